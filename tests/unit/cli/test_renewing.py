"""`certwright renew`: one, several or all; what can't be renewed is told beside what can."""

import json

import pytest

from certwright_cli.connection import Json
from tests.unit.cli.conftest import Run, Script, issued

CONFLICT = {"code": "not-issued-yet", "detail": "Nothing is issued yet."}
ASKED = issued(message="A renewal was asked for.", renewal_requested_at="2026-11-22T09:00:00Z")


def summary(id: str, state: str = "issued", issued_at: str | None = "2026-11-22T08:00:00Z") -> Json:
    """Write a certificate as lists show it."""
    return {"id": id, "state": state, "issued_at": issued_at, "names": [f"{id}.example.com"]}


def test_a_renewal_is_asked_for_with_what_was_said(run: Run, server: Script) -> None:
    """Nothing is asked back: nothing is lost."""
    server.say(ASKED, status=202)
    assert run("renew", "crt_1").output == "crt_1  issued: A renewal was asked for.\n"
    assert run("renew", "crt_1", "--new-key").code == 0
    path = "/v1/certificates/crt_1/renew"
    assert server.asked == [("POST", path, {}), ("POST", path, {"new_key": True})]


def test_the_new_version_can_be_waited_for(run: Run, server: Script) -> None:
    """Until the wish is fulfilled and nothing is under way, whatever the version is then."""
    under_way = issued(1, renewal_requested_at="2026-11-22T09:00:00Z", attempt={"id": "att_1"})
    server.say(ASKED, under_way, issued(2, attempt={"id": "att_1"}, renewal_requested_at=None))
    server.say(issued(2, renewal_requested_at=None))
    ran = run("renew", "crt_1", "--wait")
    assert (ran.code, ran.output.splitlines()[0]) == (0, "crt_1  issued, version 2")


def test_what_can_not_be_renewed_is_the_failure_of_a_single_one(run: Run, server: Script) -> None:
    """The server's own words, and no result."""
    server.say(CONFLICT, status=409)
    ran = run("renew", "crt_1", "--json")
    assert (ran.code, ran.output) == (6, "")
    assert json.loads(ran.errors)["error"]["code"] == "not-issued-yet"


def test_of_several_those_are_renewed_that_can_be(run: Run, server: Script) -> None:
    """Each once; the exit code is that of the first that failed."""
    server.say(ASKED, status=202)
    server.say(CONFLICT, status=409)
    server.say(issued(id="crt_3", renewal_requested_at="2026-11-22T09:00:00Z"), status=202)
    ran = run("renew", "crt_1", "crt_2", "crt_1", "crt_3", "--json")
    said = json.loads(ran.output)
    assert [item["id"] for item in said["items"]] == ["crt_1", "crt_3"]
    assert said["failed"] == [{"id": "crt_2", "code": "not-issued-yet", "message": "Nothing is issued yet."}]
    assert (ran.code, json.loads(ran.errors)["error"]["code"]) == (6, "not-renewed")


def test_all_of_an_owner_are_renewed_if_somebody_is_sure(run: Run, server: Script) -> None:
    """Those that were issued and are not given up; where nobody can answer, nothing is asked of the server."""
    listed = [summary("crt_1"), summary("crt_2", "waiting", None), summary("crt_3", "revoked"), summary("crt_4")]
    server.say({"items": listed, "cursor": None})
    assert run("renew", "--all", "--owner", "own_b").code == 2
    server.asked.clear()
    server.replies.clear()
    server.say({"items": listed, "cursor": None})
    server.say(ASKED, status=202)
    assert run("renew", "--all", "--owner", "own_b", "--yes").code == 0
    assert [path for _, path, _ in server.asked] == [
        "/v1/certificates?owner=own_b&limit=1000",
        "/v1/certificates/crt_1/renew",
        "/v1/certificates/crt_4/renew",
    ]


@pytest.mark.parametrize("words", [(), ("crt_1", "--all"), ("crt_1", "--owner", "own_b")])
def test_what_can_not_be_meant_is_not_sent(words: tuple[str, ...], run: Run, server: Script) -> None:
    """Neither nothing, nor one and all, nor an owner beside an id."""
    assert (run("renew", *words).code, server.asked) == (2, [])


def test_what_all_would_meet_ends_it(run: Run, server: Script) -> None:
    """A token that may not do it is not tried with a thousand ids."""
    server.say({"code": "role-not-sufficient", "detail": "No."}, status=403)
    assert run("renew", "crt_1", "crt_2").code == 4
    assert len(server.asked) == 1
