"""Dry runs and accounts for them, on the command line."""

import pytest

from tests.unit.cli.conftest import Run, Script, certificate

VERDICT = {"passed": True, "at": "2026-11-22T09:00:00Z", "problem": None, "issuer": "CN=Fake", "goes_at": None}


def test_a_dry_run_is_asked_for_and_its_end_waited_for(run: Run, server: Script) -> None:
    """It has no version to wait for; the exit code is that of success."""
    passed = certificate(state="passed", message="It would be issued.", problem=None, verdict=VERDICT, dry_run=True)
    server.say(certificate(verdict=None), certificate(verdict=None), passed)
    ran = run("request", "a.test", "--dry-run", "--wait")
    assert (ran.code, "crt_1  passed, a dry run" in ran.output) == (0, True)
    assert server.asked[0] == ("POST", "/v1/certificates", {"names": ["a.test"], "dry_run": True})


def test_a_dry_run_that_fails_has_an_exit_code(run: Run, server: Script) -> None:
    """A script can go by it."""
    failed = certificate(state="failed", verdict={**VERDICT, "passed": False}, dry_run=True)
    server.say(certificate(verdict=None), failed)
    assert run("request", "a.test", "--dry-run", "--wait").code == 10


@pytest.mark.parametrize("days", ["0", "7"])
def test_days_of_rehearsal_are_sent_where_they_are_given(run: Run, server: Script, days: str) -> None:
    """None is a wish of its own."""
    server.say(certificate(), status=202)
    run("request", "a.test", "--rehearse-days", days)
    assert server.asked[0][2] == {"names": ["a.test"], "rehearse_days": int(days)}


def test_a_name_does_not_stand_for_a_dry_run(run: Run, server: Script) -> None:
    """A rehearsal has the names of its certificate, and is not what anybody means."""
    listed = [{"id": "crt_2", "names": ["a.test"], "dry_run": True}, {"id": "crt_1", "names": ["a.test"]}]
    server.say({"items": listed, "cursor": None}, certificate())
    assert run("show", "a.test").code == 0
    assert server.asked[-1][1] == "/v1/certificates/crt_1"


def test_what_is_untrusted_is_labelled(run: Run, server: Script) -> None:
    """On its first line."""
    server.say(certificate(state="issued", untrusted=True))
    assert "crt_1  issued, untrusted: for tests only" in run("show", "crt_1").output


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["--key", "kms"], {"key": "kms"}),
        (["--staging", "test"], {"staging": "test"}),
        (["--staging", ""], {"staging": ""}),
        (["--limits", "orders=3/1h"], {"limits": "orders=3/1h"}),
        (["--terms-agreed"], {"terms_agreed": True}),
    ],
)
def test_changes_of_an_account_are_sent_as_given(
    run: Run, server: Script, words: list[str], body: dict[str, object]
) -> None:
    """What is left out stays."""
    account: dict[str, object] = {
        **dict.fromkeys(("contact", "terms_of_service", "eab_kid", "profile", "account_url", "problem"), None),
        "name": "x",
        "directory": "https://ca.test",
        "profiles": [],
        "settled": True,
        "deactivated": False,
        "terms_changed": False,
    }
    server.say(account, status=202)
    run("cas", "change", "x", *words)
    assert server.asked == [("PATCH", "/v1/cas/x", body)]
