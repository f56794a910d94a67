"""The queue only hastens: messages may be lost or come twice, and every certificate is issued once."""

from collections.abc import Iterator

import pytest

from local.system import Options
from tests.support.world_queues import DetouredSystem, courier
from tests.support.world_user import TICKS_A_MINUTE, WILDCARD, User

OPTIONS = Options(time_scale=TICKS_A_MINUTE)


@pytest.fixture
def losing() -> Iterator[DetouredSystem]:
    """A system whose workers get no message but those of `functions/renewal`."""
    with DetouredSystem(OPTIONS, direct=("RenewalFunction",)) as system:
        yield system


@pytest.fixture
def stuttering() -> Iterator[DetouredSystem]:
    """A system whose workers get what somebody carries to them."""
    with DetouredSystem(OPTIONS) as system:
        yield system


@pytest.mark.slow
def test_a_certificate_is_issued_when_every_message_but_the_sweeps_is_lost(losing: DetouredSystem) -> None:
    """The due index alone brings a job to its end, from the request over missing records to the renewal."""
    user = User.of(losing)
    certificate = user.request_wildcard()
    user.api.wait_for_version(certificate["id"], 1)
    first = user.prove_bundle(certificate["id"], set(WILDCARD))
    user.ca.suggest_renewal_now(first.leaf)
    user.api.check_now(certificate["id"])
    user.api.wait_for_version(certificate["id"], 2)
    assert losing.message_count(losing.work_url) >= 3, "the API and the workers sent messages, and all were lost"


@pytest.mark.slow
def test_nothing_happens_twice_when_every_message_comes_twice(stuttering: DetouredSystem) -> None:
    """Two workers at everything at once: one account, one order and one stored version for each certificate."""
    user, names = User.of(stuttering), ("a.example.test", "b.example.test")
    with courier(stuttering, copies=2) as taken:
        for name in names:
            user.add_record({"type": "A", "name": name, "value": stuttering.node_address})
        ids = [user.request_wildcard()["id"], *(user.api.ask_for([name])["id"] for name in names)]
        for certificate_id in ids:
            user.api.wait_for_version(certificate_id, 1)
        assert taken() >= len(ids)
    assert (user.orders_placed(), user.accounts_made()) == (len(ids), 1)
    for certificate_id in ids:
        assert len(stored_attempts(stuttering, certificate_id)) == 1
        assert [event["reason"] for event in user.api.events(certificate_id)].count("issued") == 1


def stored_attempts(system: DetouredSystem, certificate_id: str) -> set[str]:
    """List the attempts whose certificates were kept."""
    prefix, s3 = f"versions/{certificate_id}/", system.stack.client("s3")
    found = s3.list_objects_v2(Bucket=system.stack.name("CertificatesBucket"), Prefix=prefix)
    return {item["Key"].removeprefix(prefix).partition("/")[0] for item in found["Contents"]}
