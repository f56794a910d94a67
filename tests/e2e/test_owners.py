"""Two owners in one deployment: neither gets a certificate for what is the other's."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local.system import LocalSystem
from tests.support.api_client import ApiClient, Json
from tests.support.local_options import local_options
from tests.support.world_user import TICKS_A_MINUTE, WILDCARD, User

PLAIN = "www.example.test"


@dataclass(frozen=True)
class Neighbours:
    """Owner A with what was issued to it, and B, who may ask for the same names."""

    a: User
    b: ApiClient
    b_owner: Json
    wildcard: Json
    plain: Json


@pytest.fixture(scope="module")
def neighbours() -> Iterator[Neighbours]:
    """A running system in which A has the wildcard by DNS-01 and a plain name by HTTP-01."""
    with LocalSystem(local_options(time_scale=TICKS_A_MINUTE)) as system:
        user = User.of(system)
        wildcard = user.request_wildcard()
        user.add_record({"type": "A", "name": PLAIN, "value": system.node_address})
        plain = user.api.ask_for([PLAIN])
        issued = [user.api.wait_for_version(item["id"], 1) for item in (wildcard, plain)]
        owner = user.api.create_owner("B", ["**.example.test", "example.test", "*.example.test"])
        yield Neighbours(user, user.api.caller_for(owner["id"], "requester"), owner, *issued)


def test_a_name_that_another_owner_holds_is_refused(neighbours: Neighbours) -> None:
    """409 at once, without a word of who holds it; nothing is stored and nothing ordered."""
    orders, own = neighbours.a.orders_placed(), neighbours.b.ids()
    reply = neighbours.b.send("POST", "/v1/certificates", {"names": [PLAIN]})
    assert (reply.status, reply.headers["content-type"]) == (409, "application/problem+json")
    assert reply.json["code"] == "name-held"
    assert neighbours.plain["owner"] not in reply.content.decode()
    assert (neighbours.a.orders_placed(), neighbours.b.ids()) == (orders, own)


def test_a_name_is_free_again_when_its_holders_last_certificate_is_deleted(neighbours: Neighbours) -> None:
    """Refused while it is held, whatever the holder's certificate still waits for; taken once it is gone."""
    name = "mail.example.test"
    held = neighbours.a.api.ask_for([name])
    assert neighbours.b.send("POST", "/v1/certificates", {"names": [name]}).json["code"] == "name-held"
    neighbours.a.api.delete(held["id"])
    neighbours.a.api.wait_until_gone(held["id"])
    theirs = neighbours.b.ask_for([name])
    neighbours.b.delete(theirs["id"])
    neighbours.b.wait_until_gone(theirs["id"])


def test_a_name_that_no_pattern_grants_is_refused(neighbours: Neighbours) -> None:
    """403 with the name; nothing is stored."""
    own = neighbours.b.ids()
    reply = neighbours.b.send("POST", "/v1/certificates", {"names": ["example.com"]})
    assert (reply.status, reply.json["code"]) == (403, "name-not-granted")
    assert "example.com" in reply.json["detail"]
    assert neighbours.b.ids() == own


def test_a_name_that_is_delegated_to_another_owner_waits_and_is_not_ordered(neighbours: Neighbours) -> None:
    """B's request is taken, shows B's own record, and waits as long as the delegation is A's."""
    orders = neighbours.a.orders_placed()
    certificate = neighbours.b.ask_for(WILDCARD)
    seen = neighbours.b.wait_for_reason(certificate["id"], "delegated-elsewhere")
    own, others = (cname(item)["value"] for item in (certificate, neighbours.wildcard))
    assert own != others
    assert seen["attempt"] is None
    assert neighbours.a.orders_placed() == orders
    neighbours.b.delete(certificate["id"])
    neighbours.b.wait_until_gone(certificate["id"])


def test_another_owners_certificates_can_not_be_seen_or_touched(neighbours: Neighbours) -> None:
    """They are as if they did not exist, and their keys out of reach."""
    path = f"/v1/certificates/{neighbours.wildcard['id']}"
    asked = [("GET", path), ("DELETE", path), ("POST", f"{path}/check"), ("GET", f"{path}/events")]
    assert [neighbours.b.send(method, where).status for method, where in asked] == [404] * len(asked)
    assert neighbours.b.send("GET", f"{path}/bundle").status == 403
    reader = neighbours.a.api.caller_for(neighbours.b_owner["id"], "key-reader")
    assert reader.send("GET", f"{path}/bundle").status == 404


def test_a_plain_name_needs_a_proof_once_there_are_two_owners(neighbours: Neighbours) -> None:
    """A name that points at the deployment is nobody's in particular: the record with the owner's token tells whose."""
    user, name = neighbours.a, "shop.example.test"
    user.add_record({"type": "A", "name": name, "value": user.system.node_address})
    orders = user.orders_placed()
    certificate = user.api.ask_for([name])
    seen = user.api.wait_for_reason(certificate["id"], "name-not-proven")
    assert user.orders_placed() == orders
    user.add_record({"type": "TXT", "name": seen["problem"]["subject"], "value": seen["problem"]["wanted"]})
    user.api.check_now(certificate["id"])
    user.api.wait_for_version(certificate["id"], 1)


def test_a_renewal_is_not_ordered_after_the_delegation_went_to_another_owner(neighbours: Neighbours) -> None:
    """Ownership is looked at before every order: A's certificate stays as it is and says what is wrong."""
    user, held = neighbours.a, neighbours.wildcard
    theirs = neighbours.b.ask_for(WILDCARD)
    user.remove_record(cname(held))
    for record in theirs["records"]:
        user.add_record(record)
    neighbours.b.check_now(theirs["id"])
    neighbours.b.wait_for_version(theirs["id"], 1)
    orders = user.orders_placed()
    user.ca.suggest_renewal_now(user.prove_bundle(held["id"], set(WILDCARD)).leaf)
    user.api.check_now(held["id"])
    seen = user.api.wait_for_reason(held["id"], "delegated-elsewhere")
    assert (seen["state"], seen["current"]["version"], seen["attempt"]) == ("issued", 1, None)
    assert user.orders_placed() == orders


def cname(certificate: Json) -> Json:
    """Pick the CNAME among a certificate's records."""
    (record,) = [item for item in certificate["records"] if item["type"] == "CNAME"]
    return dict(record)
