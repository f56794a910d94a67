"""Answers, generations and heartbeats, the same in memory and in DynamoDB."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from certwright.adapters.dynamodb_answers import DynamoAnswers
from certwright.adapters.dynamodb_nodes import DynamoNodes
from certwright.adapters.dynamodb_table import Table
from certwright.domain.answer import (
    GENERATIONS_KEY,
    Answer,
    BadItem,
    Generations,
    HttpAnswer,
    NodeRow,
    ServedZone,
    TxtAnswer,
    decode_answer,
    decode_generations,
    decode_zone,
    encode_node,
    shard_of,
)
from certwright.ports import Answers
from local.stack import Stack
from tests.contract.at_once import at_once
from tests.fakes.answers import FakeAnswers, FakeNodes
from tests.fakes.clock import FakeClock
from tests.support.stack import ENGINES, stack_on

UNTIL = 1_800_007_200
TXT = TxtAnswer("4b1f.acme.example.test", "value-1", "att_1", UNTIL)
HTTP = HttpAnswer("token", "www.example.test", "token.thumbprint", "att_1", UNTIL)
ZONE = ServedZone("acme.example.test", ("ns.example.test",), ("192.0.2.1",))


@dataclass(frozen=True, slots=True)
class FakeBoard:
    """Looks into the fake."""

    answers: FakeAnswers

    def served(self) -> frozenset[Answer]:
        return self.answers.served

    def zones(self) -> list[ServedZone]:
        return list(self.answers.zones.values())

    def generations(self) -> Generations:
        return self.answers.generations


@dataclass(frozen=True, slots=True)
class TableBoard:
    """Looks into the table, as a node would."""

    answers: Answers
    table: Table
    client: Any
    name: str

    def served(self) -> frozenset[Answer]:
        return frozenset(decode_answer(item) for item in self._items("shard#"))

    def zones(self) -> list[ServedZone]:
        return [decode_zone(item) for item in self._items("zones")]

    def generations(self) -> Generations:
        return decode_generations(self.table.get(GENERATIONS_KEY))

    def _items(self, prefix: str) -> list[dict[str, Any]]:
        keys = self.client.scan(TableName=self.name, ProjectionExpression="pk, sk")["Items"]
        found = [self.table.get({"pk": key["pk"]["S"], "sk": key["sk"]["S"]}) for key in keys]
        return [item for item in found if item and item["pk"].startswith(prefix)]


type Board = FakeBoard | TableBoard


@pytest.fixture(params=["fake", *ENGINES])
def board(request: pytest.FixtureRequest) -> Board:
    if request.param == "fake":
        return FakeBoard(FakeAnswers())
    stack = stack_on(request, request.param)
    client, name = stack.client("dynamodb"), stack.name("AnswersTable")
    table = Table(client, name)
    return TableBoard(DynamoAnswers(table), table, client, name)


def test_published_answers_stand_and_their_shards_move(board: Board) -> None:
    """Each shard once for a publication, however many answers it holds."""
    another = replace(TXT, value="value-2")
    moved = board.answers.publish([TXT, another, HTTP])
    assert board.served() == {TXT, another, HTTP}
    assert moved == {shard_of(TXT): 1, shard_of(HTTP): 1, "zones": 0}
    assert {counter: board.generations()[counter] for counter in moved} == moved
    assert sum(board.generations().shards) == len({shard_of(TXT), shard_of(HTTP)})


def test_a_publication_tells_the_generation_its_zones_stand_at(board: Board) -> None:
    """A node that does not know a zone yet must not count as serving what lies in it."""
    board.answers.publish_zone(ZONE)
    assert board.answers.publish([TXT])["zones"] == 1


def test_publishing_again_is_harmless_and_moves_on(board: Board) -> None:
    """A crash before the generation was saved is mended by repeating."""
    board.answers.publish([TXT])
    assert board.answers.publish(iter([TXT, TXT])) == {shard_of(TXT): 2, "zones": 0}
    assert board.served() == {TXT}


def test_nothing_published_moves_nothing(board: Board) -> None:
    """No answers, no generation."""
    assert board.answers.publish([]) == {}
    board.answers.withdraw([])
    assert board.generations() == Generations()


def test_withdrawing_takes_one_attempts_answer_only(board: Board) -> None:
    """The same name and value of another attempt stays; the shard moves on."""
    other = replace(TXT, attempt="att_2")
    board.answers.publish([TXT, other])
    for _ in range(2):
        board.answers.withdraw([TXT])
    assert board.served() == {other}
    assert board.generations()[shard_of(TXT)] == 3


def test_more_answers_than_a_batch_all_stand(board: Board) -> None:
    """A hundred names are several batches, and every touched shard moves by one."""
    answers = [TxtAnswer(f"{at}.acme.example.test", "value", "att_1", UNTIL) for at in range(60)]
    moved = board.answers.publish(answers)
    assert board.served() == set(answers)
    assert moved == {shard_of(answer): 1 for answer in answers} | {"zones": 0}
    board.answers.withdraw(answers)
    assert board.served() == frozenset()


def test_an_answer_the_nodes_would_refuse_is_not_published(board: Board) -> None:
    """Nor anything beside it."""
    with pytest.raises(BadItem):
        board.answers.publish([HTTP, replace(TXT, value="two words")])
    assert board.served() == frozenset()
    assert board.generations() == Generations()


def test_publications_at_once_get_generations_of_their_own(board: Board) -> None:
    """No two writers may wait for the same one."""
    calls = [lambda: board.answers.publish([TXT])[shard_of(TXT)] for _ in range(5)]
    assert sorted(at_once(*calls)) == [1, 2, 3, 4, 5]


def test_zones_have_a_generation_of_their_own(board: Board) -> None:
    """New values replace the old ones."""
    assert board.answers.publish_zone(ZONE) == 1
    renamed = replace(ZONE, name_servers=("ns2.example.test",))
    assert board.answers.publish_zone(renamed) == 2
    assert board.zones() == [renamed]
    assert board.answers.withdraw_zone(ZONE.origin) == 3
    assert board.zones() == []
    assert board.generations() == Generations(zones=3)


ROW = NodeRow("node-a", Generations(zones=2), 1_800_000_060_000, ("bad item",), 1_800_000_000_000)


def test_heartbeats_are_read_from_the_table(stack_on_each: Stack) -> None:
    """Every row; a row that can't be read is an error, since its node may be serving."""
    table = Table(stack_on_each.client("dynamodb"), stack_on_each.name("NodesTable"))
    nodes = DynamoNodes(table)
    assert nodes.list_rows() == ()
    other = replace(ROW, task="node-b")
    for row in (ROW, other):
        table.put({"Item": encode_node(row)})
    assert set(nodes.list_rows()) == {ROW, other}
    table.put({"Item": {**encode_node(ROW), "lease_until": "soon"}})
    with pytest.raises(BadItem, match="lease_until"):
        nodes.list_rows()


def test_the_fake_nodes_acknowledge_lag_crash_and_leave() -> None:
    """So that flows can be tried against each."""
    answers, clock = FakeAnswers(), FakeClock()
    nodes = FakeNodes(answers, clock)
    nodes.lag("node-a")
    answers.publish([TXT])
    behind, current = nodes.list_rows()
    assert (behind.acks, current.acks) == (Generations(), answers.generations)
    nodes.crash("node-b")
    clock.advance(seconds=61)
    assert [row.lease_until > clock.now() for row in nodes.list_rows()] == [True, False]
    nodes.catch_up("node-a")
    nodes.leave("node-b")
    assert [row.acks for row in nodes.list_rows()] == [answers.generations]
