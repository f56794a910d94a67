"""Delegations over HTTP: prepared ahead, listed, looked at, given up; and offboarding."""

from dataclasses import replace
from typing import Any

import pytest

from certwright.domain.problem import Actor, Problem
from tests.fakes.record_checks import FakeRecordChecks
from tests.functions.conftest import Callers

DOMAIN = "example.test"


def prepare(callers: Callers, domain: str = DOMAIN, caller: str = "requester") -> Any:
    """Prepare a domain's records."""
    return callers.call("POST /v1/delegations", caller, {"domain": domain})


def listed(callers: Callers, caller: str = "viewer") -> list[Any]:
    """List the delegations that a caller sees."""
    found: list[Any] = callers.call("GET /v1/delegations", caller).json["items"]
    return found


def test_records_are_prepared_before_any_certificate_and_again_they_are_the_same(callers: Callers) -> None:
    """So that they can be added before anything is asked for; a wildcard's name is its domain's."""
    made = prepare(callers)
    assert made.status == 200
    assert (made.json["domain"], made.json["state"], made.json["certificates"]) == (DOMAIN, "waiting", [])
    types = [item["type"] for item in made.json["records"]]
    assert types == ["A", "A", "NS", "CNAME"]
    assert made.json["records"][-1]["name"] == f"_acme-challenge.{DOMAIN}"
    assert made.json["records"][-1]["value"].startswith(made.json["id"])
    assert prepare(callers, "*.Example.test").json == made.json
    assert listed(callers) == [made.json]


def test_a_certificate_uses_the_records_that_were_prepared(callers: Callers) -> None:
    """And is named by the delegation."""
    records = prepare(callers).json["records"]
    made = callers.call("POST /v1/certificates", "requester", {"names": [f"*.{DOMAIN}"]}).json
    assert made["records"] == records
    assert listed(callers)[0]["certificates"] == [made["id"]]


def test_a_look_says_where_the_domain_leads(callers: Callers) -> None:
    """And is kept."""
    records = prepare(callers).json["records"]
    seen = callers.call("POST /v1/delegations/{domain}/check", "requester", domain=DOMAIN).json
    assert (seen["state"], seen["target"], seen["problem"]) == ("stands", records[-1]["value"], None)
    assert seen["last_seen_at"] == seen["looked_at"] is not None
    checks = callers.desk.checks
    assert isinstance(checks, FakeRecordChecks)
    checks.problems[DOMAIN] = Problem("cname-missing", "Add it.", Actor.USER)
    seen = callers.call("POST /v1/delegations/{domain}/check", "requester", domain=DOMAIN.upper()).json
    assert (seen["state"], seen["problem"]["code"]) == ("broken", "cname-missing")
    assert listed(callers)[0]["problem"]["code"] == "cname-missing"


def test_a_delegation_that_a_certificate_needs_is_not_given_up(callers: Callers) -> None:
    """409 names the certificate."""
    made = callers.call("POST /v1/certificates", "requester", {"names": [f"*.{DOMAIN}"]}).json
    refused = callers.call("DELETE /v1/delegations/{domain}", "requester", domain=DOMAIN)
    assert (refused.status, refused.json["code"]) == (409, "delegation-needed")
    assert made["id"] in refused.json["detail"]


def test_a_delegation_that_was_given_up_is_listed_until_its_cname_is_gone(callers: Callers) -> None:
    """With the record to remove, and revived under the same id."""
    made = prepare(callers).json
    gone = callers.call("DELETE /v1/delegations/{domain}", "requester", domain=DOMAIN)
    assert (gone.status, gone.json["state"], gone.json["records"]) == (200, "deleted", [])
    checks, target = callers.desk.checks, made["records"][-1]["value"]
    assert isinstance(checks, FakeRecordChecks)
    checks.aliases[f"_acme-challenge.{DOMAIN}"] = (target,)
    callers.desk.clock.sleep(1)
    seen = callers.call("POST /v1/delegations/{domain}/check", "requester", domain=DOMAIN).json
    assert (seen["state"], seen["problem"]["code"], seen["problem"]["found"]) == (
        "left-over",
        "cname-left-over",
        f"CNAME {target}",
    )
    assert (prepare(callers).json["id"], prepare(callers).json["deleted_at"]) == (made["id"], None)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"domain": "a_b.example.test"}, 422, "label-characters"),
        ({"domain": ""}, 422, "name-empty"),
        ({"domain": "test"}, 422, "name-not-qualified"),
        ({"domain": "192.0.2.7"}, 422, "ip-address"),
        ({}, 422, "field-missing"),
        ({"domain": DOMAIN, "owner": "own_b"}, 403, "owner-not-yours"),
    ],
)
def test_what_can_not_be_delegated_is_refused(callers: Callers, body: Any, status: int, code: str) -> None:
    """With a code, and nothing is stored."""
    reply = callers.call("POST /v1/delegations", "requester", body)
    assert (reply.status, reply.json["code"]) == (status, code)
    assert listed(callers) == []


@pytest.mark.parametrize("domain", ["nothing.test", "*", "..", "a" * 300, "%00"])
def test_a_delegation_that_is_not_there_is_not_found(callers: Callers, domain: str) -> None:
    """Whatever is asked for."""
    prepare(callers)
    for route in ("POST /v1/delegations/{domain}/check", "DELETE /v1/delegations/{domain}"):
        assert callers.call(route, "requester", domain=domain).status == 404


def test_another_owners_delegations_do_not_exist(callers: Callers) -> None:
    """Neither listed nor found; operators name the owner."""
    prepare(callers)
    assert listed(callers, "other") == []
    assert callers.call("DELETE /v1/delegations/{domain}", "other", domain=DOMAIN).status == 404
    assert callers.call("GET /v1/delegations", "other", query={"owner": "own_a"}).status == 403


def test_a_domain_that_no_pattern_grants_is_not_prepared(callers: Callers) -> None:
    """The wildcard's pattern is enough, for the wildcard's records are the domain's."""
    owners = callers.desk.registry.owners
    owner = owners.read("own_a")
    assert owner is not None
    owners.change(replace(owner, patterns=("*.example.test",)))
    assert prepare(callers).status == 200
    refused = prepare(callers, "elsewhere.test")
    assert (refused.status, refused.json["code"]) == (403, "name-not-granted")


def test_offboarding_looks_first_and_then_wants_that_look_confirmed(callers: Callers) -> None:
    """A look changes nothing; one that is out of date confirms nothing."""
    prepare(callers)
    wish = {"scope": "owner", "owner": "own_a"}
    plan = callers.call("POST /v1/offboard", "admin", wish)
    assert plan.status == 200
    assert [item["domain"] for item in plan.json["delegations"]] == [DOMAIN]
    assert listed(callers)[0]["state"] == "waiting"
    callers.desk.clock.sleep(1)
    callers.call("POST /v1/certificates", "requester", {"names": [f"*.{DOMAIN}"]})
    stale = callers.call("POST /v1/offboard", "admin", {**wish, "confirm": plan.json["confirm"]})
    assert (stale.status, stale.json["code"]) == (409, "offboard-changed")
    again = callers.call("POST /v1/offboard", "admin", wish).json
    done = callers.call("POST /v1/offboard", "admin", {**wish, "confirm": again["confirm"]})
    assert done.status == 202
    assert (done.json["done"], done.json["owners"]) == (False, [])
    assert [item["state"] for item in done.json["certificates"]] == ["deleting"]


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"scope": "everything"}, 422),
        ({"scope": "owner", "owner": "own_x"}, 404),
        ({"scope": "domain"}, 422),
        ({"scope": "owner", "domain": DOMAIN}, 422),
        ({"scope": "domain", "domain": "a_b.test"}, 422),
        ({"scope": "owner", "deactivate_cas": True}, 422),
    ],
)
def test_a_wish_to_offboard_that_names_nothing_is_refused(callers: Callers, wish: Any, status: int) -> None:
    """Before anything is looked at."""
    assert callers.call("POST /v1/offboard", "admin", wish).status == status


def test_many_delegations_come_page_by_page(callers: Callers) -> None:
    """By domain, each once."""
    for name in ("c", "a", "b"):
        prepare(callers, f"{name}.example.test")
    seen, cursor = [], ""
    for _ in range(3):
        page = callers.call("GET /v1/delegations", "viewer", query={"limit": "1", "cursor": cursor}).json
        seen += [item["domain"] for item in page["items"]]
        cursor = page["cursor"]
    assert seen == ["a.example.test", "b.example.test", "c.example.test"]
    end = callers.call("GET /v1/delegations", "viewer", query={"limit": "1", "cursor": cursor}).json
    assert end == {"items": [], "cursor": None}


def test_a_certificate_that_is_gone_keeps_no_delegation(callers: Callers) -> None:
    """A worker that was frozen may have noted it after its end."""
    prepare(callers)
    callers.desk.registry.delegations.hold("own_a", DOMAIN, "crt_gone")
    assert callers.call("DELETE /v1/delegations/{domain}", "requester", domain=DOMAIN).json["state"] == "deleted"


def test_only_admins_offboard(callers: Callers) -> None:
    """An owner's requester deletes certificates one by one."""
    assert callers.call("POST /v1/offboard", "requester", {"scope": "owner"}).status == 403
