"""`delegations` and `offboard`: what is sent, what is shown, and that nothing goes without a look and a yes."""

import json
from typing import Any

import pytest

from certwright_cli.exits import Exit
from tests.unit.cli.conftest import Run, Script


def delegation(**fields: Any) -> Any:
    """Write a delegation as the API shows it before its records are added."""
    return {
        "domain": "example.com",
        "owner": "own_a",
        "id": "u",
        "state": "waiting",
        "problem": None,
        "records": [{"type": "CNAME", "name": "_acme-challenge.example.com", "value": "u.acme.example.com"}],
        "target": None,
        "certificates": [],
        "created_at": "2026-11-22T08:00:00Z",
        "deleted_at": None,
        "looked_at": None,
        "last_seen_at": None,
        "hops": [],
        **fields,
    }


def plan(**fields: Any) -> Any:
    """Write what the API says before an owner is offboarded."""
    seen = {"id": "crt_1", "owner": "own_a", "names": ["a.example"], "names_total": 1, "state": "issued"}
    return {
        "done": False,
        "confirm": "0123",
        "certificates": [seen],
        "certificates_total": 1,
        "revoked": False,
        "delegations": [{"owner": "own_a", "domain": "example.com"}],
        "zones": [{"id": "zon_1", "owner": "own_a", "origin": "acme.example.com"}],
        "kept": [],
        "owners": ["own_a"],
        "tokens": ["tok1"],
        "cas": [],
        "records": delegation()["records"],
        "left_over": [],
        "retained": [],
        **fields,
    }


DONE = plan(
    done=True, certificates=[], certificates_total=0, delegations=[], zones=[], owners=[], tokens=[], records=[]
)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting takes no time."""
    monkeypatch.setattr("certwright_cli.commands.offboard.PAUSE_SECONDS", 0.0)


def test_records_are_prepared_and_printed_as_lines_to_paste(run: Run, server: Script) -> None:
    """Before any certificate is requested."""
    server.say(delegation())
    ran = run("delegations", "add", "example.com")
    assert ran.code == Exit.OK
    assert server.asked == [("POST", "/v1/delegations", {"domain": "example.com"})]
    assert "_acme-challenge.example.com. 300 IN CNAME u.acme.example.com." in ran.output


def test_a_look_at_a_delegation_ends_by_what_it_finds(run: Run, server: Script) -> None:
    """Exit code 10 for scripts, where it does not stand."""
    server.say(delegation(), delegation(state="stands"), delegation(state="left-over"))
    codes = [run("delegations", "check", "example.com", "--owner", "own_a").code for _ in range(3)]
    assert codes == [Exit.MISSING, Exit.OK, Exit.MISSING]
    assert server.asked[0][1] == "/v1/delegations/example.com/check?owner=own_a"


def test_a_delegation_is_given_up_only_upon_a_yes(run: Run, server: Script) -> None:
    """Nothing is sent without."""
    server.say(delegation(state="deleted", records=[]))
    assert run("delegations", "delete", "example.com").code != Exit.OK
    assert server.asked == []
    assert run("delegations", "delete", "example.com", "--yes").code == Exit.OK
    assert server.asked == [("DELETE", "/v1/delegations/example.com", None)]


def test_delegations_are_listed(run: Run, server: Script) -> None:
    """One a line, or as the API has them."""
    pages: list[dict[str, object]] = [
        {"items": [delegation(state="stands", certificates=["crt_1"])], "cursor": "example.com"}
    ]
    pages.append({"items": [delegation(domain="other.com")], "cursor": None})
    server.say(*pages, *pages)
    shown = run("delegations", "list").output.splitlines()
    assert [line.split() for line in shown[1:]] == [
        ["example.com", "stands", "1", "-", "u"],
        ["other.com", "waiting", "0", "-", "u"],
    ]
    assert server.asked[1][1] == "/v1/delegations?limit=1000&cursor=example.com"
    items = json.loads(run("delegations", "list", "--json").output)["items"]
    assert [item["domain"] for item in items] == ["example.com", "other.com"]


def test_what_would_go_is_shown_and_nothing_goes_without_a_yes(run: Run, server: Script) -> None:
    """With --dry, and where nobody can be asked."""
    server.say(plan())
    ran = run("offboard", "owner", "own_a", "--dry")
    assert ran.code == Exit.OK
    for part in ("crt_1", "acme.example.com", "tok1", "_acme-challenge.example.com. 300 IN CNAME"):
        assert part in ran.output
    assert run("offboard", "owner", "own_a").code != Exit.OK
    assert {body["confirm"] if body and "confirm" in body else "" for _, _, body in server.asked} == {""}


def test_it_goes_on_until_nothing_is_left_and_then_names_the_records_to_remove(run: Run, server: Script) -> None:
    """Each request confirms the one look; the records are those of it."""
    server.say(plan(), plan(owners=[], tokens=[]), plan(zones=[]), DONE)
    ran = run("offboard", "owner", "own_a", "--revoke", "--yes")
    assert ran.code == Exit.OK, ran.errors
    bodies = [body for _, _, body in server.asked]
    assert [body.get("confirm") for body in bodies if body] == [None, "0123", "0123", "0123"]
    assert all(body and body["revoke"] and body["scope"] == "owner" for body in bodies)
    assert "Nothing is left of it." in ran.output
    assert ran.output.rstrip().endswith("_acme-challenge.example.com. 300 IN CNAME u.acme.example.com.")


def test_the_whole_deployment_says_what_stays(run: Run, server: Script) -> None:
    """And as JSON, the records of the first look with the end."""
    retained = [{"resource": "AddressA", "holds": "a fixed address"}]
    server.say(plan(retained=retained), {**DONE, "retained": retained})
    assert "AddressA" in run("offboard", "deployment", "--deactivate-cas", "--yes").output
    assert server.asked[0][2] == {"scope": "deployment", "revoke": False, "deactivate_cas": True}
    server.say(plan(retained=retained), {**DONE, "retained": retained})
    shown = json.loads(run("offboard", "domain", "example.com", "--yes", "--json").output)
    assert (shown["done"], len(shown["records"])) == (True, len(plan()["records"]) if shown["records"] else 0)


def test_what_takes_longer_is_gone_on_with_by_the_next_run(
    run: Run, server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code says so."""
    monkeypatch.setattr("certwright_cli.commands.offboard.PAUSE_SECONDS", 3600.0)
    server.say(plan(), plan())
    ran = run("offboard", "owner", "own_a", "--yes")
    assert ran.code == Exit.TIMED_OUT
    assert "run the same again" in ran.errors
