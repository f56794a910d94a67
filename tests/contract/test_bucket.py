"""Pending keys, versions and the current bundle, the same in memory and in S3."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest

from certwright.adapters.s3_bucket import Bucket
from certwright.adapters.s3_pending_keys import S3PendingKeys
from certwright.adapters.s3_versions import S3Versions
from certwright.domain.errors import InvalidRequest, NotFound, StaleRevision
from certwright.ports import KeptVersions, PendingKeys, StoredBundle, Versions
from tests.contract.at_once import at_once
from tests.fakes.bucket import FakeBucket, FakePendingKeys, FakeVersions

KEY, CHAIN = b"key 1\n", b"chain 1\n"


@dataclass(frozen=True, slots=True)
class Store:
    pending_keys: PendingKeys
    versions: Versions
    kept: KeptVersions
    read: Callable[[str], bytes | None]

    def replace(self, version: int, etag: str, mark: bytes = b"") -> str:
        """Make a version current; `mark` makes its content its own."""
        content = f"{version}".encode() + mark
        return self.versions.replace_current("crt_1", version, etag, b"key " + content, b"chain " + content)


@pytest.fixture(params=["fake", "moto"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "fake":
        fake = FakeBucket()
        return Store(FakePendingKeys(fake), FakeVersions(fake), FakeVersions(fake), fake.read)
    stack = request.getfixturevalue("stack")
    bucket = Bucket(stack.client("s3"), stack.name("CertificatesBucket"))
    return Store(S3PendingKeys(bucket), S3Versions(bucket), S3Versions(bucket), bucket.read)


def test_a_pending_key_is_read_back(store: Store) -> None:
    """By certificate and attempt; another's is not there."""
    store.pending_keys.keep("crt_1", "att_1", KEY)
    assert store.pending_keys.read("crt_1", "att_1") == KEY
    with pytest.raises(NotFound):
        store.pending_keys.read("crt_1", "att_2")


def test_a_version_is_read_by_its_attempt(store: Store) -> None:
    """Key and chain as they were kept; another attempt's is not there."""
    store.versions.keep("crt_1", "att_1", KEY, CHAIN)
    assert store.kept.read_version("crt_1", "att_1") == KEY + CHAIN
    assert store.kept.read_version("crt_1", "att_2") is None


def test_a_version_is_kept_once(store: Store) -> None:
    """The same again is harmless, and nothing ever replaces it."""
    for chain in (CHAIN, CHAIN, b"other"):
        store.versions.keep("crt_1", "att_1", KEY, chain)
    assert store.read("versions/crt_1/att_1/bundle.pem") == KEY + CHAIN


def test_nothing_is_current_at_first(store: Store) -> None:
    """Neither described nor read."""
    assert store.versions.describe_current("crt_1") is None
    assert store.versions.read_bundle("crt_1") is None


def test_current_is_replaced_under_its_etag(store: Store) -> None:
    """Bundle, chain, number and ETag agree."""
    first = store.replace(1, "")
    assert store.versions.describe_current("crt_1") == StoredBundle(1, first)
    second = store.replace(2, first)
    assert first != second
    assert store.versions.describe_current("crt_1") == StoredBundle(2, second)
    assert store.versions.read_bundle("crt_1") == b"key 2"
    assert store.read("current/crt_1/chain.pem") == b"chain 2"


@pytest.mark.parametrize("etag", ["", "old"])
def test_a_late_worker_puts_nothing_back(store: Store, etag: str) -> None:
    """Neither the bundle nor the chain, whether it knew of none or of an older one."""
    first = store.replace(1, "")
    second = store.replace(2, first)
    with pytest.raises(StaleRevision):
        store.replace(1, first if etag else "")
    assert store.versions.describe_current("crt_1") == StoredBundle(2, second)
    assert store.read("current/crt_1/chain.pem") == b"chain 2"


def test_an_etag_of_nothing_is_refused(store: Store) -> None:
    """Where the bundle is gone, nobody's ETag is right."""
    with pytest.raises(StaleRevision):
        store.replace(2, '"00000000000000000000000000000000"')
    assert store.versions.describe_current("crt_1") is None


def test_the_same_bundle_again_tells_its_etag(store: Store) -> None:
    """A crash between put and save is mended by repeating with the ETag known then."""
    first = store.replace(1, "")
    assert store.replace(1, "") == first
    second = store.replace(2, first)
    assert store.replace(2, first) == second
    with pytest.raises(StaleRevision):
        store.replace(2, first, b" of another attempt")


def test_of_two_first_bundles_at_once_one_is_put(store: Store) -> None:
    """If-None-Match decides."""

    def attempt(mark: bytes) -> bool:
        try:
            store.replace(1, "", mark)
        except StaleRevision:
            return False
        return True

    assert at_once(*(partial(attempt, mark) for mark in (b" a", b" b", b" c"))).count(True) == 1


def test_removal_takes_all_of_one_certificate(store: Store) -> None:
    """Pending keys, versions and current; not those of one whose id begins alike."""
    for certificate_id in ("crt_1", "crt_11"):
        store.pending_keys.keep(certificate_id, "att_1", KEY)
        store.versions.keep(certificate_id, "att_1", KEY, CHAIN)
        store.versions.replace_current(certificate_id, 1, "", KEY + CHAIN, CHAIN)
    for _ in range(2):
        store.versions.remove("crt_1")
    assert store.versions.read_bundle("crt_1") is None
    assert store.read("versions/crt_1/att_1/bundle.pem") is None
    assert store.read("current/crt_1/chain.pem") is None
    with pytest.raises(NotFound):
        store.pending_keys.read("crt_1", "att_1")
    assert store.versions.read_bundle("crt_11") == KEY + CHAIN
    assert store.pending_keys.read("crt_11", "att_1") == KEY


def test_what_can_not_be_an_id_names_no_object(store: Store) -> None:
    """A path in an id would reach another certificate's key."""
    with pytest.raises(InvalidRequest):
        store.versions.read_bundle("crt_1/../crt_2")
