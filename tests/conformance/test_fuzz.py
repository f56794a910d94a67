"""No input stops the node, and none gets out more than it may: hostile messages from a seed.

FUZZ_TIMES=100 makes a run a hundred times as long, FUZZ_SEED=7 another one.
"""

import os
import re
import socket
import struct
from itertools import takewhile
from random import Random

import pytest

from certwright.domain.answer import TxtAnswer
from dnsnode.records_file import parse_records
from dnsnode.table import AnswerTable
from tests.conformance.mutations import check_response, hostile_message, is_answered, udp_limit
from tests.conformance.served import NAME, RECORDS, VALUES
from tests.support.dns_client import ask, build_query
from tests.support.node_process import NodeProcess

TIMES = int(os.environ.get("FUZZ_TIMES", "1"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
LONGEST_MESSAGE = 4096
"""What the node reads of one, over UDP and TCP."""
LONGEST_RESPONSE = 65_535
"""Over TCP."""


def random_for(part: str) -> Random:
    """Draw the same messages in every run."""
    return Random(f"{part} {SEED}")


def build_table() -> AnswerTable:
    """Load what the process serves into a table of this process."""
    records, table = parse_records(RECORDS), AnswerTable()
    for zone in records.zones:
        table.set_zone(zone)
    values: dict[str, list[str]] = {}
    for answer in records.answers:
        assert isinstance(answer, TxtAnswer)
        values.setdefault(answer.name, []).append(answer.value)
    for name, texts in values.items():
        table.set_txt(name, tuple(texts))
    return table


def test_any_message_gets_a_sound_response_or_the_silence_it_deserves() -> None:
    """And the same one from a table that has seen nothing yet: what it remembers changes no answer."""
    warm, cold, random = build_table(), build_table(), random_for("table")
    for _ in range(12_000 * TIMES):
        message = hostile_message(random)
        response = warm.respond(message)
        cold._frames.clear()
        assert cold.respond(message) == response, message
        assert (response is not None) is is_answered(message), message
        if response is not None:
            check_response(message, response, udp_limit(message))


def test_over_udp_each_message_gets_its_own_response(node: NodeProcess) -> None:
    """Batches of 32 from one port, each message under a number of its own; the process stays as it was."""
    random, workers = random_for("udp"), node.workers()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(30)
        sock.connect(node.dns)
        for _ in range(100 * TIMES):
            batch = [number.to_bytes(2) + hostile_message(random)[2:] for number in range(32)]
            for message in (*batch, build_query(NAME, message_id=0xFFFF)):
                sock.send(message)
            responses = receive_until(sock, 0xFFFF)
            assert set(responses) == {number for number, message in enumerate(batch) if is_answered(message)}
            for number, response in responses.items():
                check_response(batch[number], response, udp_limit(batch[number]))
    expect_unharmed(node, workers)


def receive_until(sock: socket.socket, last: int) -> dict[int, bytes]:
    """Receive the responses that come before the one with the last id."""
    responses: dict[int, bytes] = {}
    while (number := int.from_bytes((response := sock.recv(65_535))[:2])) != last:
        assert number not in responses
        responses[number] = response
    return responses


def test_over_tcp_each_message_gets_its_own_response_in_order(node: NodeProcess) -> None:
    """Up to the first that gets silence, which ends the connection."""
    random, workers = random_for("tcp"), node.workers()
    for _ in range(150 * TIMES):
        messages = [hostile_message(random) for _ in range(random.randrange(1, 12))]
        expected = answered_over_tcp(messages)
        stream = b"".join(len(message).to_bytes(2) + message for message in messages)
        responses = converse(node, stream)
        assert len(responses) == len(expected)
        for message, response in zip(expected, responses, strict=True):
            check_response(message, response, LONGEST_RESPONSE)
    expect_unharmed(node, workers)


def answered_over_tcp(messages: list[bytes]) -> list[bytes]:
    """Pick those that are answered: silence ends the connection, and so does a message that is too long."""
    answered = list(takewhile(is_answered, messages))
    longest = next((at for at, message in enumerate(answered, 1) if len(message) > LONGEST_MESSAGE), None)
    return answered[:longest]


def test_over_tcp_bytes_that_are_no_messages_do_no_harm(node: NodeProcess) -> None:
    """Lengths that fit nothing, streams that end anywhere."""
    random, workers = random_for("stream"), node.workers()
    for _ in range(100 * TIMES):
        converse(node, random.randbytes(random.choice((0, 1, 2, 3, 13, 14, 100, 5000))))
    expect_unharmed(node, workers)


def converse(node: NodeProcess, stream: bytes) -> list[bytes]:
    """Send a stream to its end and take apart what comes back, to its end."""
    received = b""
    with socket.create_connection(node.dns, 30) as sock:
        sock.sendall(stream)
        sock.shutdown(socket.SHUT_WR)
        while some := sock.recv(65_535):
            received += some
    responses = []
    while received:
        size = int.from_bytes(received[:2])
        assert len(received) >= 2 + size
        responses.append(received[2 : 2 + size])
        received = received[2 + size :]
    return responses


def expect_unharmed(node: NodeProcess, workers: list[int]) -> None:
    """The same processes serve, and have had nothing to complain of."""
    assert ask(node.dns, NAME).answers == VALUES
    assert ask(node.dns, NAME, transport="tcp").answers == VALUES
    assert (node.process.poll(), node.workers()) == (None, workers)
    assert not re.findall("WARNING|ERROR|CRITICAL|Traceback", node.log.read_text())


def test_a_forged_source_does_no_harm(node: NodeProcess) -> None:
    """Port 0 can't be answered; the node's own port gets its responses, which it does not answer."""
    try:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
    except PermissionError:
        pytest.skip("a raw socket can't be had: run as root")
    workers, query = node.workers(), build_query(NAME)
    host, port = node.dns
    with raw:
        for source in (0, port) * 40:
            raw.sendto(struct.pack("!4H", source, port, 8 + len(query), 0) + query, (host, 0))
    expect_unharmed(node, workers)
