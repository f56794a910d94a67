"""What was restored from a backup is worked on like anything else, though table and bucket are of different times."""

from dataclasses import replace

import pytest

from certwright.domain import storage_keys
from tests.fakes.bucket import FakeVersions
from tests.support.deployment import Deployment

HOUR = 3_600_000


@pytest.fixture
def town() -> Deployment:
    """A deployment with nothing in it."""
    return Deployment()


def renew(town: Deployment, certificate_id: str) -> None:
    """Have a certificate renewed as its CA suggests; renewals are an hour apart."""
    town.clock.advance(milliseconds=2 * HOUR)
    before = town.bucket.objects.get(storage_keys.current_bundle(certificate_id))
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    town.run_until(certificate_id, "issued")
    assert town.bucket.objects[storage_keys.current_bundle(certificate_id)] != before


@pytest.mark.parametrize(("renewals", "version"), [(1, 2), (2, 4), (3, 5)])
def test_a_table_from_before_some_renewals_is_renewed_over_what_the_bucket_has(renewals: int, version: int) -> None:
    """Readers get the newest, whole, and its number never goes back; a bundle of the same number is replaced."""
    town = Deployment()
    certificate_id = town.issue()
    backup = town.work(certificate_id)
    for _ in range(renewals):
        renew(town, certificate_id)
    now_there = town.bucket.objects[storage_keys.current_bundle(certificate_id)]
    town.store.put_work(backup)
    renew(town, certificate_id)
    current = town.work(certificate_id).current
    stored = town.bucket.objects[storage_keys.current_bundle(certificate_id)]
    assert current is not None
    assert (current.version, stored.version, stored.etag) == (version, version, current.etag)
    assert stored.body != now_there.body


def test_a_bucket_that_was_copied_has_other_tags_and_is_renewed_all_the_same(town: Deployment) -> None:
    """S3 gives an object that is copied another ETag where our own key encrypts it."""
    certificate_id = town.issue()
    key = storage_keys.current_bundle(certificate_id)
    town.bucket.objects[key] = replace(town.bucket.objects[key], etag='"of-the-copy"')
    renew(town, certificate_id)
    assert town.bucket.objects[key].version == 2


def test_a_certificate_whose_objects_are_gone_is_stored_again(town: Deployment) -> None:
    """One that was deleted after the backup comes back with the table, without its bundle."""
    certificate_id = town.issue()
    town.bucket.objects.clear()
    renew(town, certificate_id)
    assert town.bucket.objects[storage_keys.current_bundle(certificate_id)].version == 2


def test_a_frozen_worker_still_puts_nothing_back(town: Deployment) -> None:
    """Whoever finds that somebody else has saved meanwhile stops, whatever is in the bucket."""
    certificate_id = town.issue()
    key = storage_keys.current_bundle(certificate_id)

    class ThawingVersions(FakeVersions):
        """Those of a worker that slept before its put, while another one stored and saved."""

        def replace_current(self, certificate_id: str, version: int, etag: str, bundle: bytes, chain: bytes) -> str:
            town.bucket.objects[key] = replace(town.bucket.objects[key], etag='"of-another"', version=version)
            town.change_work(certificate_id, revision=town.work(certificate_id).revision + 1)
            return super().replace_current(certificate_id, version, etag, bundle, chain)

    town.workshop = replace(town.workshop, versions=ThawingVersions(town.bucket))
    town.clock.advance(milliseconds=2 * HOUR)
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    town.run_until(certificate_id, "lost")
    assert town.bucket.objects[key].etag == '"of-another"'
