"""What is issued is watched, and offboarding takes everything away, against the whole system."""

import json
import ssl
from collections.abc import Iterator
from urllib.request import urlopen

import pytest

from local.system import LocalSystem
from tests.support.api_client import Json
from tests.support.eventually import eventually
from tests.support.local_options import local_options
from tests.support.world_user import ORIGIN, TICKS_A_MINUTE, WILDCARD, User

DOMAIN, CHALLENGE = "example.test", "_acme-challenge.example.test"
EVERYTHING = {"scope": "deployment", "revoke": True, "deactivate_cas": True}


@pytest.fixture(scope="module")
def user() -> Iterator[User]:
    """Somebody whose wildcard is issued, in a system of their own."""
    with LocalSystem(local_options(time_scale=TICKS_A_MINUTE)) as system:
        made = User.of(system)
        certificate = made.request_wildcard()
        made.api.wait_for_version(certificate["id"], 1)
        yield made


def the_one(user: User) -> Json:
    """Read the one certificate there is."""
    (certificate_id,) = user.api.ids()
    return user.api.read(certificate_id)


def cname(user: User) -> Json:
    """Tell the record by which the domain is delegated."""
    found: Json = next(item for item in the_one(user)["records"] if item["type"] == "CNAME")
    return found


def status_at_the_ca(user: User, serial: str) -> str:
    """Ask the CA what it thinks of a certificate."""
    url = f"{user.system.pebble_management_url}/cert-status-by-serial/{serial}"
    context = ssl.create_default_context(cafile=user.system.ca_bundle)
    with urlopen(url, timeout=30, context=context) as reply:  # noqa: S310 - a URL of ours
        return str(json.load(reply)["Status"])


def look(user: User) -> Json:
    """Look now where the domain leads."""
    reply = user.api.send("POST", f"/v1/delegations/{DOMAIN}/check")
    assert reply.status == 200, reply
    return reply.json


def test_a_record_that_goes_missing_is_told_while_the_certificate_is_good(user: User) -> None:
    """With the hop, what was found and what is wanted; and so is its return, with nothing ordered meanwhile."""
    certificate, record, orders = the_one(user), cname(user), user.orders_placed()
    user.remove_record(record)
    user.api.check_now(certificate["id"])
    seen = user.api.wait_for_reason(certificate["id"], "cname-missing")
    assert (seen["state"], seen["problem"]["subject"]) == ("issued", CHALLENGE)
    assert (seen["problem"]["wanted"], seen["problem"]["found"]) == (f"CNAME {record['value']}", "NXDOMAIN")
    assert [hop["code"] for hop in seen["checks"][0]["hops"] if hop["code"]] == ["cname-missing"]
    user.add_record(record)
    user.api.check_now(certificate["id"])
    user.api.wait_for_reason(certificate["id"], "issued")
    reasons = [(event["state"], event["reason"]) for event in user.api.events(certificate["id"])]
    assert reasons[:2] == [("issued", "issued"), ("issued", "cname-missing")]
    assert user.orders_placed() == orders


def test_the_zone_is_looked_at_by_the_schedule(user: User) -> None:
    """Without anybody asking."""
    eventually(lambda: bool(user.api.zones()[0]["looked_at"]), True)
    assert user.api.zones()[0]["problem"] is None


def test_the_delegation_shows_where_it_leads_and_what_needs_it(user: User) -> None:
    """A look now finds what the certificate's looks found."""
    seen = look(user)
    assert (seen["state"], seen["target"]) == ("stands", cname(user)["value"])
    assert seen["certificates"] == [the_one(user)["id"]]
    assert user.api.send("DELETE", f"/v1/delegations/{DOMAIN}").json["code"] == "delegation-needed"


def test_the_whole_deployment_goes_and_what_is_left_over_is_told_until_it_is_gone(user: User) -> None:
    """Revoked, deleted, withdrawn, the account given up; the CNAME is named before and after."""
    record, issued = cname(user), user.prove_bundle(the_one(user)["id"], set(WILDCARD))
    plan = user.api.send("POST", "/v1/offboard", EVERYTHING).json
    assert record in plan["records"]
    assert [item["origin"] for item in plan["zones"]] == [ORIGIN]

    def go_on() -> bool:
        nonlocal plan
        reply = user.api.send("POST", "/v1/offboard", {**EVERYTHING, "confirm": plan["confirm"]})
        assert reply.status == 202, reply
        plan = reply.json
        return bool(plan["done"])

    eventually(go_on, True)
    assert (user.api.ids(), user.api.zones()) == (set(), [])
    assert "AddressA" in {item["resource"] for item in plan["retained"]}
    assert status_at_the_ca(user, issued.serial) == "Revoked"
    assert user.api.send("POST", "/v1/certificates", {"names": [f"*.{DOMAIN}"]}).json["code"] == "owner-inactive"
    left = look(user)
    assert (left["state"], left["problem"]["found"]) == ("left-over", f"CNAME {record['value']}")
    user.remove_record(record)
    assert (look(user)["state"], look(user)["problem"]) == ("deleted", None)
