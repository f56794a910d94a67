"""What is wrong with a command is told before somebody is asked whether it is meant."""

import click
import pytest

from certwright.domain.revocation import Reason
from certwright_cli.commands.certificates import REASONS
from certwright_cli.exits import Exit
from tests.unit.cli.conftest import Run, Script, issued

CERTIFICATE, OLD, NEW = "/v1/certificates/crt_9", "/v1/cas/old", "/v1/cas/new"
LOOKED_AT = (
    (["delete", "crt_9"], [CERTIFICATE]),
    (["revoke", "crt_9", "--reason", "superseded"], [CERTIFICATE]),
    (["cas", "rollover", "old"], [OLD]),
    (["cas", "delete", "old"], [OLD]),
    (["cas", "move", "old", "--to", "new"], [OLD, NEW]),
)


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have somebody at the terminal who says no; lists what they were asked."""
    asked: list[str] = []

    def say_no(question: str, **_: object) -> None:
        asked.append(question)
        raise click.Abort

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(click, "confirm", say_no)
    return asked


@pytest.mark.parametrize(("words", "paths"), LOOKED_AT, ids=" ".join)
def test_what_is_not_there_is_told_and_nobody_is_asked(
    run: Run, server: Script, questions: list[str], words: list[str], paths: list[str]
) -> None:
    """The server's own sentence, for the last thing that is named too."""
    server.say(*[{}] * (len(paths) - 1))
    server.say({"detail": "There is none.", "code": "not-found"}, status=404)
    ran = run(*words)
    assert (ran.code, "There is none." in ran.errors, questions) == (Exit.NOT_FOUND, True, [])
    assert server.asked == [("GET", path, None) for path in paths]


@pytest.mark.parametrize(("words", "paths"), LOOKED_AT, ids=" ".join)
def test_who_is_asked_can_refuse(
    run: Run, server: Script, questions: list[str], words: list[str], paths: list[str]
) -> None:
    """Once, and nothing but looks was sent."""
    server.say(issued())
    assert run(*words).code != Exit.OK
    assert len(questions) == 1
    assert server.asked == [("GET", path, None) for path in paths]


@pytest.mark.parametrize("command", [["revoke", "crt_1"], ["revoke-with-key", "a.pem", "b.pem"]])
def test_a_reason_that_there_is_not_is_refused_at_once(
    run: Run, server: Script, questions: list[str], command: list[str]
) -> None:
    """With those that there are."""
    ran = run(*command, "--reason", "nonsense")
    assert (ran.code, questions, server.asked) == (Exit.USAGE, [], [])
    assert all(reason in ran.errors for reason in Reason)


def test_the_reasons_are_those_that_the_server_knows() -> None:
    """One that is added there is added here."""
    assert tuple(Reason) == REASONS
