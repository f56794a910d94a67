"""`certwright doctor` and `certwright local`, without a deployment and without a clone."""

import json
from pathlib import Path

import pytest

from certwright_cli.clone import find_clone, run_in_clone
from certwright_cli.connection import Json
from certwright_cli.errors import CliError
from certwright_cli.probes import NO_ZONE, ProbeFailed, build_question, read_answer
from tests.unit.cli.conftest import Run, Script, certificate

ZONES: Json = {"items": []}
NO_DELEGATIONS: Json = {"items": [], "cursor": None}


def stack(*, ok: bool = True, host: str | None = None) -> Json:
    """Write how a deployment stands as the API shows it; no address, since no socket is used here."""
    checks = [
        {"check": "queue", "ok": True, "message": "0 messages wait"},
        {"check": "nodes", "ok": ok, "message": "1"},
    ]
    return {
        "version": "1.0", "ok": ok, "role": "operator", "owner": "own_a", "addresses": [], "challenge_host": host,
        "checks": checks,
    }  # fmt: skip


def verdict(*, passed: bool) -> Json:
    """Write a dry run that has ended."""
    problem = None if passed else {"message": "The CA found another value."}
    return certificate(state="waiting", verdict={"passed": passed, "problem": problem}, message="It would be issued.")


def test_every_part_is_told_and_one_that_is_broken_fails_it(run: Run, server: Script) -> None:
    """Exit code 10; the token's role is told, a name of tests is not looked up."""
    server.say(ZONES, stack(host="challenge.example.test"), ZONES)
    ran = run("doctor", "--stack", "--json")
    assert [item["check"] for item in json.loads(ran.output)["items"]] == ["API and token", "role", "queue", "nodes"]
    assert ran.code == 0
    server.replies.clear()
    server.say(ZONES, stack(ok=False), ZONES)
    ran = run("doctor", "--stack")
    assert (ran.code, "failed  nodes" in ran.output) == (10, True), ran


def test_a_token_that_may_not_look_is_one_failed_check(run: Run, server: Script) -> None:
    """What can be tried from outside is tried all the same."""
    server.say(ZONES)
    server.say({"code": "role-not-sufficient", "detail": "An operator may."}, status=403)
    server.say(ZONES)
    ran = run("doctor", "--stack")
    assert (ran.code, "failed  stack" in ran.output) == (10, True), ran


@pytest.mark.parametrize(("passed", "code"), [(True, 0), (False, 10)])
def test_a_trial_order_is_a_dry_run_that_is_waited_for(run: Run, server: Script, passed: bool, code: int) -> None:
    """Its verdict is the result."""
    server.say(ZONES, NO_DELEGATIONS, certificate(verdict=None), verdict(passed=passed))
    ran = run("doctor", "--order", "example.com", "--ca", "backup")
    assert ran.code == code, ran
    assert ("It would be issued." if passed else "another value") in ran.output
    assert server.asked[2] == (
        "POST", "/v1/certificates", {"names": ["example.com"], "dry_run": True, "ca": "backup"}
    )  # fmt: skip


def test_a_trial_order_is_by_dns_01_for_a_name_that_is_delegated(run: Run, server: Script) -> None:
    """Its records for DNS-01 stand, and those for HTTP-01, which a plain name is proven by, need not."""
    delegated = {"items": [{"domain": "example.com", "deleted_at": None}], "cursor": None}
    server.say(ZONES, delegated, certificate(verdict=None), verdict(passed=True))
    assert run("doctor", "--order", "Example.com.").code == 0
    body = {"names": ["Example.com."], "dry_run": True, "challenge": "dns-01"}
    assert server.asked[2] == ("POST", "/v1/certificates", body)


def test_a_delegation_that_was_deleted_proves_nothing(run: Run, server: Script) -> None:
    """It is listed for what may be left over; the trial is by what a plain name is proven by."""
    gone = {"items": [{"domain": "example.com", "deleted_at": "2026-11-01T00:00:00Z"}], "cursor": None}
    server.say(ZONES, gone, certificate(verdict=None), verdict(passed=True))
    assert run("doctor", "--order", "example.com").code == 0
    assert server.asked[2] == ("POST", "/v1/certificates", {"names": ["example.com"], "dry_run": True})


def test_a_trial_order_that_is_refused_hides_nothing_else(run: Run, server: Script) -> None:
    """It is a failed check."""
    server.say(ZONES, NO_DELEGATIONS)
    server.say({"code": "name-not-granted", "detail": "No pattern grants it."}, status=403)
    ran = run("doctor", "--order", "example.com")
    assert (ran.code, "No pattern grants it." in ran.output, "ok" in ran.output) == (10, True, True), ran


def test_a_node_without_zones_answers_that_it_serves_nothing() -> None:
    """REFUSED is its sign of life; anything else is somebody else's."""
    question = build_question(NO_ZONE, 7)
    refused = question[:2] + bytes([0x80, 0x05]) + question[4:]
    assert "no zone yet" in read_answer(question, refused)
    with pytest.raises(ProbeFailed, match="something else answers"):
        read_answer(question, question[:2] + bytes([0x84, 0x00]) + question[4:])


def test_the_local_system_needs_a_clone(
    run: Run, server: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has none is told so, and how to get one; nothing is asked of a server."""
    monkeypatch.chdir(tmp_path)
    ran = run("local")
    assert (ran.code, "clone it with git" in ran.errors, server.asked) == (2, True, []), ran
    assert run("local", "--path", str(tmp_path)).code == 2


def test_a_clone_is_found_from_a_folder_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But not from a folder above, where it was given."""
    for mark in ("Makefile", "template.yaml", "local/__main__.py"):
        (tmp_path / "clone" / mark).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "clone" / mark).touch()
    below = tmp_path / "clone/docs/deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert find_clone(None) == (tmp_path / "clone").resolve()
    with pytest.raises(CliError, match="is no clone"):
        find_clone(below)


def test_options_reach_the_local_system_as_they_were_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through make and its shell; without make that is said."""
    started: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _, words: started.append(words))
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/make")
    run_in_clone(tmp_path, ["--contact", "o'neil $5"])
    assert started[0][2:] == [str(tmp_path), "--no-print-directory", "local", "ARGS='--contact' 'o'\\''neil $$5'"]
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(CliError, match="make is not there"):
        run_in_clone(tmp_path, [])
