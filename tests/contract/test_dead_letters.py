"""Messages that failed again and again: looked at, sent again, thrown away; the same in memory and at AWS."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from certwright.adapters.sqs_dead_letters import SqsDeadLetters
from certwright.adapters.sqs_queue import SqsQueue
from certwright.domain.dead_letter import DeadLetter, LetterKind
from certwright.flows.dead_letters import DeadLetterOffice, Redriven, list_letters, redrive
from tests.fakes.clock import FakeClock
from tests.fakes.dead_letters import FakeDeadLetters
from tests.fakes.queue import FakeQueue

WORK = [*(f"crt_{number:032x}" for number in range(12)), "ca:zerossl", "patrol#zones"]
LOST = json.dumps(
    {
        "version": "1.0",
        "DDBStreamBatchInfo": {"batchSize": 3, "approximateArrivalOfFirstRecord": "2026-11-22T05:57:25Z"},
    }
)


@dataclass(frozen=True, slots=True)
class Office:
    """An office, with what workers would be given."""

    office: DeadLetterOffice
    receive: Callable[[], list[str]]


@pytest.fixture(params=["fake", "moto"])
def full(request: pytest.FixtureRequest) -> Office:
    """Work, changes that nobody was told of, and what nobody understands."""
    bodies = [*WORK, LOST, "what is this?"]
    if request.param == "fake":
        queue = FakeQueue(FakeClock())
        return Office(DeadLetterOffice(queue, FakeDeadLetters(*bodies)), queue.receive)
    stack = request.getfixturevalue("stack")
    client, url, dead = stack.client("sqs"), stack.name("WorkQueue"), stack.name("DeadLetters")
    for body in bodies:
        client.send_message(QueueUrl=dead, MessageBody=body)

    def receive() -> list[str]:
        received: list[str] = []
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            received += [message["Body"] for message in messages]
        return received

    return Office(DeadLetterOffice(SqsQueue(client, url), SqsDeadLetters(client, dead)), receive)


def test_listing_changes_nothing(full: Office) -> None:
    """Twice in a row, both times everything, with its kind and what it is about."""
    for _ in range(2):
        listed = list_letters(full.office)
        assert sorted((letter.kind, letter.about) for letter in listed) == sorted(
            [
                *((LetterKind.WORK, body) for body in WORK),
                (LetterKind.ANNOUNCEMENT, "3 changes from 2026-11-22T05:57:25Z"),
                (LetterKind.UNKNOWN, "what is this?"),
            ]
        )
    assert full.receive() == []


def test_work_is_sent_again_once(full: Office) -> None:
    """Everything else stays, unless it is to be thrown away."""
    assert redrive(full.office, discards=False) == Redriven(len(WORK), 0, 2)
    assert sorted(full.receive()) == sorted(WORK)
    assert redrive(full.office, discards=True) == Redriven(0, 2, 0)
    assert (full.receive(), list_letters(full.office)) == ([], ())


@pytest.mark.parametrize("body", ["", "crt_1 crt_2", "[]", '{"DDBStreamBatchInfo": 1}', "crt_\u00e4", "a\nb", "null"])
def test_what_is_no_work_of_ours_is_never_sent_again(body: str) -> None:
    """A worker would only fail on it again; it is shown, as far as it is short."""
    assert DeadLetter("m", body, 0, "h").kind is LetterKind.UNKNOWN
    assert DeadLetter("m", "x" * 5000, 0, "h").about == "x" * 200
