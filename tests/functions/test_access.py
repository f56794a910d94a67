"""The edge: who may do what, deny by default."""

import json
from io import StringIO

import pytest

from certwright.domain.renewal import DAY
from functions.api import handler as api
from tests.fakes.clock import FakeClock
from tests.functions.conftest import Callers

BUNDLE = "GET /v1/certificates/{id}/bundle"


@pytest.mark.parametrize("token", ["", "cw_tokadmin_wrong", "cw_tokunknown_s3cret", "nonsense", "cw_"])
def test_without_a_right_token_nothing_is_said(callers: Callers, token: str) -> None:
    """401 with a challenge, for routes that exist and for those that do not."""
    for route in ("GET /v1/certificates", "GET /v1/none"):
        reply = callers.call(route, token)
        assert reply.status == 401
        assert reply.headers["www-authenticate"].startswith("Bearer")
        assert reply.json["code"] == "not-authenticated"


def test_an_expired_token_is_refused(callers: Callers) -> None:
    """At its end, not a day later; the sentence says what to do."""
    made = callers.call("POST /v1/tokens", body={"owner": "own_a", "role": "viewer", "days": 1}).json
    assert callers.call("GET /v1/certificates", made["token"]).status == 200
    clock = callers.desk.clock
    assert isinstance(clock, FakeClock)
    clock.advance(milliseconds=DAY)
    reply = callers.call("GET /v1/certificates", made["token"])
    assert (reply.status, reply.json["code"]) == (401, "token-expired")


def test_a_deleted_token_counts_no_longer_at_once(callers: Callers) -> None:
    """No cache stands between a deletion and the next request."""
    assert callers.call("DELETE /v1/tokens/{id}", id="tokviewer").status == 204
    assert callers.call("GET /v1/certificates", "viewer").status == 401


@pytest.mark.parametrize("token_id", ["tokvewer", "x" * 5000])
def test_deleting_a_token_that_is_not_there_says_so(callers: Callers, token_id: str) -> None:
    """Else a mistyped id would pass for a token that counts no more."""
    reply = callers.call("DELETE /v1/tokens/{id}", id=token_id)
    assert (reply.status, reply.json["code"]) == (404, "not-found")
    assert callers.call("GET /v1/certificates", "viewer").status == 200


@pytest.mark.parametrize(
    ("route", "token", "status"),
    [
        ("POST /v1/certificates", "viewer", 403),
        ("POST /v1/certificates", "key-reader", 403),
        ("GET /v1/owners", "requester", 403),
        ("GET /v1/budgets", "requester", 403),
        ("GET /v1/budgets", "admin", 200),
        ("GET /v1/tokens", "viewer", 403),
        (BUNDLE, "requester", 403),
        (BUNDLE, "viewer", 403),
        (BUNDLE, "key-reader", 404),
        ("GET /v1/certificates", "viewer", 200),
        ("PUT /v1/certificates", "admin", 404),
    ],
)
def test_each_role_may_do_what_it_is_for(callers: Callers, route: str, token: str, status: int) -> None:
    """A route that is not listed is refused even to an admin."""
    assert callers.call(route, token, body={"names": ["a.test"]}, id="crt_none").status == status


def test_a_requester_may_not_act_for_another_owner(callers: Callers) -> None:
    """403 that names the field; an admin may."""
    body = {"names": ["a.test"], "owner": "own_b"}
    assert callers.call("POST /v1/certificates", "requester", body).json["code"] == "owner-not-yours"
    assert callers.call("POST /v1/certificates", "admin", body).json["owner"] == "own_b"


def test_an_owner_is_changed_from_one_request_to_the_next(callers: Callers) -> None:
    """What is left out stays; who is not active may not request."""
    owner = callers.call("POST /v1/owners", body={"name": "team", "patterns": ["**.team.test"]}).json
    assert "TXT record _certwright.<name>" in owner["notice"]
    changed = callers.call("PATCH /v1/owners/{id}", body={"patterns": ["**.Other.test."]}, id=owner["id"]).json
    assert {**changed, "patterns": owner["patterns"]} == owner
    assert changed["patterns"] == ["**.other.test"]
    callers.call("PATCH /v1/owners/{id}", body={"active": False}, id=owner["id"])
    token = callers.call("POST /v1/tokens", body={"owner": owner["id"], "role": "requester"}).json["token"]
    assert callers.call("POST /v1/certificates", token, {"names": ["a.other.test"]}).status == 403


@pytest.mark.parametrize(
    ("owner", "body", "status", "code"),
    [
        ("own_none", {"active": False}, 404, "owner-not-found"),
        ("x" * 5000, {"name": "x"}, 404, "owner-not-found"),
        ("own_a", {"patterns": ["a.**"]}, 422, "pattern"),
        ("own_a", {"name": ""}, 422, "invalid-field"),
        ("own_a", {"proof": "x"}, 422, "unknown-field"),
    ],
)
def test_a_bad_change_of_an_owner_changes_nothing(
    callers: Callers, owner: str, body: dict[str, object], status: int, code: str
) -> None:
    """The reply says what is wrong."""
    before = callers.call("GET /v1/owners").json
    reply = callers.call("PATCH /v1/owners/{id}", body=body, id=owner)
    assert (reply.status, reply.json["code"]) == (status, code)
    assert callers.call("GET /v1/owners").json == before


def test_a_name_that_no_pattern_grants_is_refused(callers: Callers) -> None:
    """403 name-not-granted; the wildcard needs its own pattern."""
    owner = callers.call("POST /v1/owners", body={"name": "team", "patterns": ["**.team.test"]}).json["id"]
    token = callers.call("POST /v1/tokens", body={"owner": owner, "role": "requester"}).json["token"]
    for name in ("other.test", "team.test", "*.a.team.test"):
        reply = callers.call("POST /v1/certificates", token, {"names": [name]})
        assert (reply.status, reply.json["code"]) == (403, "name-not-granted"), name
    assert callers.call("POST /v1/certificates", token, {"names": ["a.team.test"]}).status == 202


def test_a_bundle_is_refused_until_the_certificate_is_issued(callers: Callers) -> None:
    """409 with what to do; never an empty file."""
    made = callers.call("POST /v1/certificates", body={"names": ["a.test"]}).json["id"]
    reply = callers.call(BUNDLE, "key-reader", id=made)
    assert (reply.status, reply.json["code"]) == (409, "not-issued-yet")


def test_an_error_of_ours_is_a_problem_without_its_text(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 names the request, and nothing of the exception gets out."""

    def explode(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("functions.api.handler.read_certificate.list_certificates", explode)
    reply = callers.call("GET /v1/certificates")
    assert reply.status == 500
    assert "secret detail" not in reply.body
    assert "request-1" in reply.json["detail"]


def test_the_api_describes_itself(callers: Callers) -> None:
    """The OpenAPI document has every route that is served, generated from the code."""
    document = callers.call("GET /v1/openapi.json").json
    assert {"get", "post"} <= set(document["paths"]["/v1/certificates"])
    assert "patch" in document["paths"]["/v1/zones/{id}"]


def test_a_log_line_names_the_caller_of_its_own_request_only(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of one request's context is left for the next."""
    written = StringIO()
    monkeypatch.setattr(api.logger.registered_handler, "stream", written)
    callers.call("GET /v1/certificates/{id}", "admin", id="crt_none")
    callers.call("GET /v1/certificates", "")
    first, second = [json.loads(line) for line in written.getvalue().splitlines()]
    assert first["token"] == "tokadmin"
    assert "token" not in second
    assert "owner" not in second
