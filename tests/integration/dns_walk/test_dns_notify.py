"""What is sent to the nodes when answers were published."""

import socket
from collections.abc import Iterator

import dns.message
import dns.opcode
import pytest

from certwright.adapters.dns_notify import COPIES, Herald, HeraldedAnswers
from certwright.adapters.egress import Egress, parse_allow_list
from certwright.domain.answer import HttpAnswer, TxtAnswer, shard_of
from tests.fakes.answers import FakeAnswers

LATER = 4_000_000_000
TXT = TxtAnswer("d420c923-bbd7-4056-ab64-c3ca54c9b3cf.acme.example.test", "value", "att_1", LATER)
BODY = HttpAnswer("token", "www.example.test", "token.thumbprint", "att_1", LATER)


@pytest.fixture
def node() -> Iterator[socket.socket]:
    """A socket where a node would listen."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.77.9", 0))
        sock.settimeout(10)
        yield sock


def heralded(node: socket.socket, allow: str) -> tuple[HeraldedAnswers, FakeAnswers]:
    """Answers whose nodes are at the socket's address, and what lies behind them."""
    address, port = node.getsockname()
    answers = FakeAnswers()
    herald = Herald(Egress(port, allow=parse_allow_list(allow)), (address,))
    return HeraldedAnswers(answers, herald), answers


def test_what_is_published_is_announced_from_several_ports(node: socket.socket) -> None:
    """A NOTIFY for the zone, from ports of its own each, once the generations have moved."""
    answers, published = heralded(node, "127.0.0.0/8")
    assert answers.publish([TXT])[shard_of(TXT)] == published.generations[shard_of(TXT)] == 1
    received = [node.recvfrom(512) for _ in range(COPIES)]
    assert len({client for _, client in received}) == COPIES
    for wire, _ in received:
        message = dns.message.from_wire(wire)
        assert (message.opcode(), message.question[0].to_text()) == (dns.opcode.NOTIFY, "acme.example.test. IN SOA")


def test_nothing_else_is_announced(node: socket.socket) -> None:
    """A body for HTTP-01 belongs to no zone, and a withdrawal is awaited by nobody."""
    answers, _ = heralded(node, "127.0.0.0/8")
    answers.publish([BODY])
    answers.withdraw([TXT])
    node.setblocking(False)
    with pytest.raises(BlockingIOError):
        node.recv(512)


def test_the_egress_policy_is_kept_to(node: socket.socket) -> None:
    """An address that may not be reached is sent nothing; the answers are published all the same."""
    answers, published = heralded(node, "")
    assert answers.publish([TXT])[shard_of(TXT)] == published.generations[shard_of(TXT)] == 1
    node.setblocking(False)
    with pytest.raises(BlockingIOError):
        node.recv(512)
