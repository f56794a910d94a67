"""`certwright cas move`: asked for, looked at, waited for, stopped."""

import json

import pytest

from certwright_cli.connection import Json
from tests.unit.cli.conftest import Run, Script

PATH = "/v1/cas/old/move"


def moved(**fields: object) -> Json:
    """Write a move as the API shows it."""
    shown: Json = {
        "from": "old", "to": "new", "reissue": True, "per_minute": 60, "started_at": "2026-11-22T08:00:00Z",
        "handed_over_at": None, "complete": False, "total": 5, "left": 2, "under_way": 2, "done": 1,
        "next_expiry": "2026-12-01T00:00:00Z", "held_up": 0, "held_up_items": [],
    }  # fmt: skip
    return {**shown, **fields}


DONE = moved(complete=True, left=0, under_way=0, done=5, handed_over_at="2026-11-22T08:05:00Z", next_expiry=None)


def test_a_move_is_asked_about_and_sent_as_it_was_said(run: Run, server: Script) -> None:
    """It concerns everybody's certificates; looking at one asks for nothing."""
    assert run("cas", "move", "old", "--to", "new").code == 2
    assert server.asked == []
    server.say(moved(), status=202)
    assert run("cas", "move", "old", "--to", "new", "--yes").code == 0
    words = ["--to", "new", "--yes", "--no-reissue", "--per-minute", "5"]
    assert run("cas", "move", "old", *words).code == 0
    ran = run("cas", "move", "old")
    assert ran.output.splitlines()[0] == "old → new  1 of 5 done, 2 to hand over, 2 under way, 0 of them held up"
    fields = {"to": "new", "reissue": False, "per_minute": 5}
    assert server.asked == [
        ("POST", PATH, {"to": "new", "reissue": True}), ("POST", PATH, fields), ("GET", PATH, None)
    ]  # fmt: skip


def test_the_end_of_a_move_can_be_waited_for(run: Run, server: Script) -> None:
    """Each change is told; who is held up is named with the reason."""
    held = {"id": "crt_1", "names": ["example.com"], "reason": "cname-missing", "expires_at": "2026-12-01T00:00:00Z"}
    server.say(moved(), status=202)
    server.say(moved(), moved(left=0, under_way=1, done=4, held_up=1, held_up_items=[held]), DONE)
    ran = run("cas", "move", "old", "--to", "new", "--yes", "--wait")
    assert (ran.code, ran.output.splitlines()[0]) == (0, "old → new  complete: all 5 certificates")
    assert [line.split("  ", 1)[1] for line in ran.errors.splitlines()] == [
        "1 of 5 done, 2 to hand over, 2 under way, 0 of them held up",
        "4 of 5 done, 0 to hand over, 1 under way, 1 of them held up",
    ]
    server.say(moved(held_up=1, held_up_items=[held]))
    server.replies.popleft()
    assert "  crt_1  cname-missing  2026-12-01  example.com" in run("cas", "move", "old").output.splitlines()


def test_a_wait_in_vain_says_how_far_it_is(run: Run, server: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 11; the move goes on."""
    monkeypatch.setattr("certwright_cli.waiting.PAUSES_SECONDS", (2.0,))
    server.say(moved())
    ran = run("cas", "move", "old", "--wait", "--timeout", "1")
    assert (ran.code, "2 to hand over" in ran.errors) == (11, True), ran


def test_a_move_is_stopped(run: Run, server: Script) -> None:
    """With JSON there is a document too, though the API sends none."""
    server.say(b"", status=204)
    assert run("cas", "move", "old", "--stop").code == 0
    assert json.loads(run("cas", "move", "old", "--stop", "--json").output) == {"from": "old", "ended": True}
    assert server.asked == [("DELETE", PATH, None)] * 2
