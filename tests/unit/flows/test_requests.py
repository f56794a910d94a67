"""Requests: what they store, what they refuse, and what two of them with one key make."""

import pytest

from certwright.domain.access import Caller, Role
from certwright.domain.errors import Conflict, InvalidRequest, NotFound, Unavailable
from certwright.domain.shown import status
from certwright.flows.create_certificate import CertificateRequest, choose_challenges, create_certificate
from certwright.flows.read_bundle import read_bundle
from certwright.flows.read_certificate import list_certificates, list_events, read_certificate
from certwright.flows.request_choices import KeyWish
from certwright.flows.wake_certificate import check_now, delete_certificate
from tests.support.deployment import ADMIN, CNAME_MISSING, WILDCARD, Deployment

NAME = "www.example.test"
STRANGER = Caller("tok", "own_b", Role.REQUESTER)


def assert_nothing_stored(town: Deployment) -> None:
    """No item, no hold on a name, no zone, no message."""
    assert (town.store.managed, town.zones.list_all(), town.queue.waiting) == ({}, (), [])
    assert town.holdings.holder(NAME) == ""


def test_a_request_is_stored_due_now_and_a_worker_is_sent_for(town: Deployment) -> None:
    """With the event that says what was asked and why it is proven so."""
    certificate_id = town.request(*WILDCARD)
    work = town.work(certificate_id)
    assert (work.due_at, work.revision) == (town.clock.now(), 0)
    assert town.queue.receive() == [certificate_id]
    [event] = list_events(town.desk, ADMIN, certificate_id)
    assert "*.example.test" in event.sentence
    assert "DNS-01, because" in event.sentence


def test_names_that_a_wildcard_covers_are_dropped_and_told(town: Deployment) -> None:
    """A CA refuses them."""
    desired = town.managed(town.request(*WILDCARD, NAME)).desired
    assert (desired.names, desired.dropped_names) == (("*.example.test", "example.test"), (NAME,))


CHOICES: list[tuple[tuple[str, ...], str | dict[str, str], tuple[str, ...], str]] = [
    (("a.com",), "", ("a.com",), "HTTP-01, because no name is a wildcard."),
    (("*.a.com", "a.com"), "", (), "DNS-01, because *.a.com is a wildcard."),
    (("a.com",), "dns-01", (), "As the request chose."),
    (("a.com",), "http-01", ("a.com",), "As the request chose."),
    (("*.a.com", "b.com"), {"b.com": "http-01"}, ("b.com",), "As the request chose."),
    (("a.com", "b.com"), {"B.com": "dns-01"}, ("a.com",), "As the request chose."),
]


@pytest.mark.parametrize(("names", "wish", "by_http", "reason"), CHOICES)
def test_how_a_name_is_proven_is_decided_here_and_may_be_wished_otherwise(
    names: tuple[str, ...], wish: str | dict[str, str], by_http: tuple[str, ...], reason: str
) -> None:
    """A wildcard makes it DNS-01 for all."""
    assert choose_challenges(names, wish) == (by_http, reason)


BAD: list[tuple[CertificateRequest, str, str]] = [
    (CertificateRequest("own_a", ()), "names", "names-missing"),
    (CertificateRequest("own_a", ("fine.test", "not_fine.test")), "names[1]", "label-characters"),
    (CertificateRequest("own_a", WILDCARD, challenge="http-01"), "challenge", "wildcard-needs-dns-01"),
    (
        CertificateRequest("own_a", WILDCARD, challenge={"*.example.test": "http-01"}),
        "challenge",
        "wildcard-needs-dns-01",
    ),
    (CertificateRequest("own_a", (NAME,), challenge="tls-alpn-01"), "challenge", "challenge-type"),
    (CertificateRequest("own_a", (NAME,), challenge={"other.test": "dns-01"}), "challenge", "challenge-name"),
    (CertificateRequest("own_a", (NAME,), key=KeyWish("rsa1024")), "key_type", "key-type"),
]


@pytest.mark.parametrize(("request_", "field", "code"), BAD)
def test_bad_input_is_refused_with_its_field_and_nothing_is_stored(
    town: Deployment, request_: CertificateRequest, field: str, code: str
) -> None:
    """Not even a name is held or a zone made."""
    with pytest.raises(InvalidRequest) as refused:
        create_certificate(town.desk, request_)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert_nothing_stored(town)


def test_two_identical_requests_with_one_key_make_one_certificate(town: Deployment) -> None:
    """The second answer is the first's; no name is held for a certificate that is not there."""
    first, second = town.request(NAME, key="k"), town.request(NAME, key="k")
    assert first == second
    assert len(town.store.managed) == 1
    town.delete(first)
    town.advance(first)
    assert town.holdings.holder(NAME) == ""


def test_the_same_key_with_another_request_is_refused_and_holds_no_name(town: Deployment) -> None:
    """422; the first certificate stays as it is."""
    town.request(NAME, key="k")
    with pytest.raises(InvalidRequest) as refused:
        town.request("other.example.test", key="k")
    assert refused.value.field == "Idempotency-Key"
    assert town.holdings.holder("other.example.test") == ""
    assert len(town.store.managed) == 1


def test_a_key_is_the_owners_own(town: Deployment) -> None:
    """Two owners may use the same one."""
    town.add_owner("own_b", "**.example.test", "example.test", "*.example.test")
    assert town.request(*WILDCARD, key="k") != town.request(*WILDCARD, key="k", owner="own_b")


def test_a_key_whose_certificate_was_deleted_says_so(town: Deployment) -> None:
    """Nobody is given the id of something that is not there."""
    certificate_id = town.request(NAME, key="k")
    town.delete(certificate_id)
    assert town.advance(certificate_id).code == "removed"
    with pytest.raises(Conflict) as refused:
        town.request(NAME, key="k")
    assert refused.value.code == "idempotent-certificate-deleted"
    assert town.holdings.holder(NAME) == ""


def test_a_store_that_does_not_answer_leaves_no_name_held(town: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller may try again, and so may another owner."""

    def refuse_all(*_: object) -> str:
        raise Unavailable("DynamoDB does not answer.")

    monkeypatch.setattr(town.certificates, "create", refuse_all)
    with pytest.raises(Unavailable):
        town.request(NAME)
    assert_nothing_stored(town)


def test_a_certificate_is_shown_with_its_state_and_the_records_to_add(town: Deployment) -> None:
    """A and NS once for the zone, the CNAME for the domain; apex and wildcard share it."""
    town.checks.problems["example.test"] = CNAME_MISSING
    certificate_id = town.request(*WILDCARD)
    town.advance(certificate_id)
    shown = read_certificate(town.desk, ADMIN, certificate_id)
    zone, delegation = town.zone(), town.delegations.read("own_a", "example.test")
    assert delegation is not None
    assert (shown.status.state, shown.status.reason, shown.status.problem) == (
        "waiting",
        "cname-missing",
        CNAME_MISSING,
    )
    assert [(record.type, record.name, record.value) for record in shown.records] == [
        ("A", zone.name_server, "192.0.2.9"),
        ("NS", zone.origin, zone.name_server),
        ("CNAME", "_acme-challenge.example.test", f"{delegation.uuid}.{zone.origin}"),
    ]


def test_an_http_name_is_shown_with_the_address_to_add(town: Deployment) -> None:
    """Nothing else is needed."""
    shown = read_certificate(town.desk, ADMIN, town.request(NAME))
    assert [(record.type, record.name, record.value) for record in shown.records] == [("A", NAME, "192.0.2.9")]


def test_reading_never_writes(town: Deployment) -> None:
    """Nor does it hasten anything."""
    certificate_id = town.request(NAME)
    town.queue.drop_all()
    before = town.managed(certificate_id)
    read_certificate(town.desk, ADMIN, certificate_id)
    list_certificates(town.desk, "own_a", "", 10)
    assert (town.managed(certificate_id), town.queue.waiting) == (before, [])


def test_what_is_not_the_callers_is_not_found(town: Deployment) -> None:
    """As if it were not there, for reading, waking, deleting and the key."""
    certificate_id = town.issue(NAME)
    before = town.managed(certificate_id)
    with pytest.raises(NotFound):
        read_certificate(town.desk, STRANGER, certificate_id)
    with pytest.raises(NotFound):
        list_events(town.desk, STRANGER, certificate_id)
    with pytest.raises(NotFound):
        check_now(town.desk, STRANGER, certificate_id)
    with pytest.raises(NotFound):
        delete_certificate(town.desk, STRANGER, certificate_id)
    with pytest.raises(NotFound):
        read_bundle(town.certificates, town.versions, STRANGER, certificate_id)
    assert town.managed(certificate_id) == before


def test_a_bundle_is_handed_out_once_there_is_one(town: Deployment) -> None:
    """Key and chain in one; before, a conflict that says where to look; after deletion, nothing."""
    certificate_id = town.request(NAME)
    with pytest.raises(Conflict) as refused:
        read_bundle(town.certificates, town.versions, ADMIN, certificate_id)
    assert refused.value.code == "not-issued-yet"
    town.run_until(certificate_id, "issued")
    assert b"PRIVATE KEY" in read_bundle(town.certificates, town.versions, ADMIN, certificate_id)
    town.delete(certificate_id)
    with pytest.raises(NotFound):
        read_bundle(town.certificates, town.versions, ADMIN, certificate_id)


def test_the_state_shown_follows_the_work(town: Deployment) -> None:
    """Derived each time, from waiting to expired."""
    town.nodes.lag("node-a")
    certificate_id = town.request(NAME)
    states = [state(town, certificate_id)]
    town.advance(certificate_id)
    states.append(state(town, certificate_id))
    town.nodes.catch_up("node-a")
    town.run_until(certificate_id, "issued")
    states.append(state(town, certificate_id))
    town.clock.advance(seconds=91 * 86_400)
    states.append(state(town, certificate_id))
    town.delete(certificate_id)
    states.append(state(town, certificate_id))
    assert states == ["waiting", "issuing", "issued", "expired", "deleting"]


def state(town: Deployment, certificate_id: str) -> str:
    """Derive the state shown now."""
    managed = town.managed(certificate_id)
    return status(managed.desired, managed.work, town.clock.now()).state
