"""Bundles over HTTP: sent once, and not again to who has them."""

import pytest

from certwright import bootstrap
from functions.keys import handler as keys
from tests.functions.conftest import Callers
from tests.support.deployment import Deployment

BUNDLE = "GET /v1/certificates/{id}/bundle"


@pytest.fixture
def issued(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> tuple[Deployment, str]:
    """A deployment with an issued certificate, whose bundle the callers can fetch."""
    town = Deployment()
    certificate_id = town.issue()
    safe = bootstrap.Safe(town.clock, callers.desk.tokens, town.certificates, town.versions)
    monkeypatch.setattr(keys, "safe", lambda: safe)
    return town, certificate_id


def test_who_has_the_current_bundle_is_not_sent_it_again(callers: Callers, issued: tuple[Deployment, str]) -> None:
    """304 with the same tag and no body, however the tag is listed; S3 is not read, so no key is."""
    town, certificate_id = issued
    first = callers.call(BUNDLE, id=certificate_id)
    tag = first.headers["etag"]
    assert first.status == 200
    assert "PRIVATE KEY" in first.body
    assert tag.startswith('"')
    assert tag.endswith('"')
    town.bucket.objects.clear()
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = callers.call(BUNDLE, id=certificate_id, headers={"if-none-match": known})
        assert (again.status, again.body, again.headers["etag"]) == (304, "", tag), known


def test_a_renewed_bundle_is_sent_under_another_tag(callers: Callers, issued: tuple[Deployment, str]) -> None:
    """A tag of an earlier version is no reason to send nothing."""
    town, certificate_id = issued
    first = callers.call(BUNDLE, id=certificate_id)
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    town.run_until(certificate_id, "renewal-due")
    town.run_until(certificate_id, "issued")
    second = callers.call(BUNDLE, id=certificate_id, headers={"if-none-match": first.headers["etag"]})
    assert second.status == 200
    assert second.body != first.body
    assert second.headers["etag"] != first.headers["etag"]


def test_a_tag_opens_nothing(callers: Callers, issued: tuple[Deployment, str]) -> None:
    """Whoever may not read the key learns nothing by naming a tag."""
    town, _ = issued
    town.add_owner("own_b")
    certificate_id = town.issue("*.b.example.com", owner="own_b")
    for token, status in (("viewer", 403), ("other", 403), ("key-reader", 404)):
        reply = callers.call(BUNDLE, token, id=certificate_id, headers={"if-none-match": "*"})
        assert reply.status == status, token
