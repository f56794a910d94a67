"""`certwright dead-letters`: what is asked, and what is shown."""

from tests.unit.cli.conftest import Run, Script

LETTERS = {
    "items": [
        {"id": "m1", "kind": "work", "about": "crt_1", "sent_at": "2026-11-21T05:00:00Z", "redrivable": True},
        {
            "id": "m2",
            "kind": "announcement",
            "about": "3 changes from 2026-11-20T05:00:00Z",
            "sent_at": "2026-11-22T05:00:00Z",
            "redrivable": False,
        },
    ]
}


def test_the_list_says_which_can_be_sent_again(run: Run, server: Script) -> None:
    """One on each line, with what it is about."""
    server.say(LETTERS)
    lines = run("dead-letters", "list").output.splitlines()
    assert lines[1:] == [
        "work          2026-11-21  yes                crt_1",
        "announcement  2026-11-22  no                 3 changes from 2026-11-20T05:00:00Z",
    ]


def test_nothing_is_thrown_away_unless_told(run: Run, server: Script) -> None:
    """What became of them is told."""
    server.say({"sent": 2, "discarded": 0, "left": 1})
    for words, discard in ((["redrive"], False), (["redrive", "--discard"], True)):
        assert run("dead-letters", *words).output == "Sent again: 2. Thrown away: 0. Left: 1.\n"
        assert server.asked[-1] == ("POST", "/v1/dead-letters/redrive", {"discard": discard})
