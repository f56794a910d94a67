"""Object names lead where they should, whoever chose the ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.domain import storage_keys
from certwright.domain.errors import InvalidRequest

IDS = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)


def test_every_object_has_its_place() -> None:
    """Policies, lifecycle rules and readers rest on these names."""
    assert storage_keys.pending_key("crt_1", "att_1") == "pending/crt_1/att_1/key.pem"
    assert storage_keys.version_bundle("crt_1", "att_1") == "versions/crt_1/att_1/bundle.pem"
    assert storage_keys.current_bundle("crt_1") == "current/crt_1/bundle.pem"
    assert storage_keys.current_chain("crt_1") == "current/crt_1/chain.pem"


@given(IDS, IDS, IDS)
def test_a_prefix_covers_all_of_one_certificate_and_none_of_another(one: str, other: str, attempt: str) -> None:
    """Deleting by prefix deletes no neighbour, even where one id begins with the other."""
    for certificate_id in (one, other, f"{one}1"):
        keys = (
            storage_keys.pending_key(certificate_id, attempt),
            storage_keys.version_bundle(certificate_id, attempt),
            storage_keys.current_bundle(certificate_id),
            storage_keys.current_chain(certificate_id),
        )
        is_ones = certificate_id == one
        assert [key.startswith(storage_keys.prefixes(one)) for key in keys] == [is_ones] * len(keys)


@pytest.mark.parametrize(
    "hostile", ["", ".", "..", "a/b", "../crt_2", "crt_1/", "crt_1\n", "crt 1", "ü", "a" * 65, "crt_1\x00", "%2e%2e"]
)
def test_a_hostile_id_names_nothing(hostile: str) -> None:
    """Each place an id can stand in is guarded."""
    for build in (
        lambda: storage_keys.pending_key(hostile, "att_1"),
        lambda: storage_keys.pending_key("crt_1", hostile),
        lambda: storage_keys.version_bundle(hostile, "att_1"),
        lambda: storage_keys.version_bundle("crt_1", hostile),
        lambda: storage_keys.current_bundle(hostile),
        lambda: storage_keys.current_chain(hostile),
        lambda: storage_keys.prefixes(hostile),
    ):
        with pytest.raises(InvalidRequest):
            build()
