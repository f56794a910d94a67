"""Zones over HTTP: shown, renamed, checked."""

from dataclasses import replace
from typing import Any

import pytest

from certwright.domain.problem import Actor, Problem
from tests.fakes.queue import FakeQueue
from tests.fakes.record_checks import FakeRecordChecks
from tests.fakes.registry import FakeOwners
from tests.functions.conftest import Callers


@pytest.fixture
def zone(callers: Callers) -> Any:
    """The zone that a first wildcard request made."""
    callers.call("POST /v1/certificates", "requester", {"names": ["*.example.test"]})
    return callers.call("GET /v1/zones", "requester").json["items"][0]


def test_a_zone_that_nothing_points_at_is_replaced_at_once(callers: Callers, zone: Any) -> None:
    """Renamed, it is another zone with the chosen names, and the old one is gone."""
    names = {"origin": "acme.example.test", "name_server": "ns.example.test"}
    reply = callers.call("PATCH /v1/zones/{id}", "requester", names, id=zone["id"])
    assert reply.status == 200
    assert (reply.json["origin"], reply.json["name_server"]) == ("acme.example.test", "ns.example.test")
    assert callers.call("GET /v1/zones/{id}", "requester", id=zone["id"]).status == 404
    assert len(callers.call("GET /v1/zones", "requester").json["items"]) == 1


def test_a_new_name_server_alone_changes_the_zone_in_place(callers: Callers, zone: Any) -> None:
    """The id stays, the records show the new name."""
    reply = callers.call("PATCH /v1/zones/{id}", "requester", {"name_server": "dns.example.test"}, id=zone["id"])
    assert reply.json["id"] == zone["id"]
    assert reply.json["records"][-1] == {"type": "NS", "name": zone["origin"], "value": "dns.example.test"}


@pytest.mark.parametrize(
    ("names", "field", "code"),
    [
        ({"origin": "example.test"}, "origin", "zone-at-domain"),
        ({"origin": "a_b.example.test"}, "origin", "label-characters"),
        ({"name_server": "ns"}, "name_server", "name-not-qualified"),
        ({"orgin": "acme.example.test"}, "orgin", "unknown-field"),
    ],
)
def test_bad_names_for_a_zone_change_nothing(
    callers: Callers, zone: Any, names: dict[str, str], field: str, code: str
) -> None:
    """The problem names the field; the zone is as it was."""
    reply = callers.call("PATCH /v1/zones/{id}", "requester", names, id=zone["id"])
    assert (reply.status, reply.json["field"], reply.json["code"]) == (422, field, code)
    assert callers.call("GET /v1/zones/{id}", "requester", id=zone["id"]).json == zone


def test_a_name_that_no_pattern_grants_is_refused_with_its_field(callers: Callers, zone: Any) -> None:
    """403, with the remedy; the zone is as it was."""
    owners = callers.desk.registry.owners
    owner = owners.read("own_a")
    assert isinstance(owners, FakeOwners)
    assert owner is not None
    owners.change(replace(owner, patterns=("*.example.test",)))
    names = {"origin": "acme.example.net"}
    reply = callers.call("PATCH /v1/zones/{id}", "requester", names, id=zone["id"])
    assert (reply.status, reply.json["field"], reply.json["code"]) == (403, "origin", "name-not-granted")
    assert "operator" in reply.json["detail"]
    assert callers.call("GET /v1/zones/{id}", "requester", id=zone["id"]).json == zone


def test_a_zone_of_another_owner_does_not_exist_for_a_caller(callers: Callers, zone: Any) -> None:
    """Neither to read, to rename nor to check."""
    assert callers.call("GET /v1/zones", "other").json["items"] == []
    assert callers.call("GET /v1/zones/{id}", "other", id=zone["id"]).status == 404
    assert callers.call("PATCH /v1/zones/{id}", "other", {"name_server": "x.y.test"}, id=zone["id"]).status == 404


def test_two_owners_can_not_have_overlapping_zones(callers: Callers, zone: Any) -> None:
    """The same origin, one above and one below are refused."""
    callers.call("POST /v1/certificates", "other", {"names": ["*.other.test"]})
    theirs = callers.call("GET /v1/zones", "other").json["items"][0]
    for origin in (zone["origin"], f"deep.{zone['origin']}"):
        reply = callers.call("PATCH /v1/zones/{id}", "other", {"origin": origin}, id=theirs["id"])
        assert reply.status == 409


def test_an_operator_shares_a_zone(callers: Callers, zone: Any) -> None:
    """Its owner alone may not; the reply says in whose hands the others then are, until it is shared no longer."""
    refused = callers.call("PATCH /v1/zones/{id}", "requester", {"shared": True}, id=zone["id"])
    assert (refused.status, refused.json["code"]) == (403, "zone-shared")
    shared = callers.call("PATCH /v1/zones/{id}", "admin", {"shared": True}, id=zone["id"]).json
    assert (shared["shared"], shared["origin"]) == (True, zone["origin"])
    assert shared["notice"].startswith("Whoever controls example.test can have certificates issued")
    again = callers.call("PATCH /v1/zones/{id}", "admin", {"shared": False}, id=zone["id"]).json
    assert (again["shared"], again["notice"]) == (False, None)


def test_a_check_says_what_is_wrong_with_a_zone(callers: Callers, zone: Any) -> None:
    """The problem has a sentence, what was wanted and what was found."""
    checks = callers.desk.checks
    assert isinstance(checks, FakeRecordChecks)
    checks.zone_problems[zone["origin"]] = Problem(
        "zone-ns-missing", "Add the NS record.", Actor.USER, wanted="ns", found="nothing"
    )
    reply = callers.call("POST /v1/zones/{id}/check", "viewer", id=zone["id"])
    assert reply.json["stands"] is False
    assert reply.json["problem"]["message"] == "Add the NS record."


def test_a_renamed_zone_has_waiting_certificates_looked_at_again(callers: Callers, zone: Any) -> None:
    """What they say is missing has another name now, and nobody should have to wait to read it."""
    queue = callers.desk.queue
    assert isinstance(queue, FakeQueue)
    queue.drop_all()
    certificate = callers.call("GET /v1/certificates", "requester").json["items"][0]["id"]
    callers.call("PATCH /v1/zones/{id}", "requester", {"name_server": "dns.example.test"}, id=zone["id"])
    assert queue.receive() == [certificate]


def test_a_zone_that_others_use_is_renamed_by_operators_only(callers: Callers, zone: Any) -> None:
    """Whoever chooses its parent could get certificates for all who delegate to it."""
    zones = callers.desk.registry.zones
    [stored] = zones.list_all()
    zones.update(stored, replace(stored, is_shared=True))
    names = {"origin": "acme.elsewhere.test"}
    reply = callers.call("PATCH /v1/zones/{id}", "requester", names, id=zone["id"])
    assert (reply.status, reply.json["code"]) == (403, "zone-shared")
    assert zones.list_all() == (replace(stored, is_shared=True),)
    assert callers.call("PATCH /v1/zones/{id}", "admin", names, id=zone["id"]).status == 200
