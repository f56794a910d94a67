"""What is said on a connection, given what was received so far; no socket takes part."""

import pytest

from dnsnode.http_head import MOST_HEAD
from dnsnode.streams import LONGEST_QUERY, Reply, converse_dns, converse_http


def framed(*messages: bytes) -> bytearray:
    """Write messages as they go over TCP."""
    return bytearray(b"".join(len(message).to_bytes(2) + message for message in messages))


def test_queries_that_come_together_are_answered_together() -> None:
    """One write for all of them, in their order."""
    received = framed(b"one", b"two", b"three")
    assert converse_dns(bytes.upper)(received) == Reply(bytes(framed(b"ONE", b"TWO", b"THREE")))
    assert received == b""


@pytest.mark.parametrize("cut", range(5))
def test_half_a_query_waits_for_the_rest(cut: int) -> None:
    """What is whole is answered at once; the beginning of the next one stays."""
    whole, half = framed(b"one"), framed(b"two")[:cut]
    received = whole + half
    assert converse_dns(bytes.upper)(received) == Reply(bytes(framed(b"ONE")))
    assert received == half
    assert converse_dns(bytes.upper)(received) == Reply()


def test_silence_ends_the_connection_after_what_came_before() -> None:
    """A message that deserves no answer is the last; what follows it is not looked at."""
    asked: list[bytes] = []

    def respond(query: bytes) -> bytes | None:
        asked.append(query)
        return None if query == b"hush" else query.upper()

    assert converse_dns(respond)(framed(b"one", b"hush", b"two")) == Reply(bytes(framed(b"ONE")), is_last=True)
    assert asked == [b"one", b"hush"]


def test_a_message_too_long_is_cut_and_the_last() -> None:
    """Its first 4,096 bytes are judged as they would be over UDP; 61,439 more are not waited for."""
    received = bytearray(b"\xff\xff" + b"q" * (LONGEST_QUERY - 1))
    converse = converse_dns(lambda query: str(len(query)).encode())
    assert converse(received) == Reply()
    received += b"q"
    assert converse(received) == Reply(bytes(framed(b"4096")), is_last=True)


def test_long_responses_are_made_when_the_earlier_ones_are_taken() -> None:
    """A few thousand small queries do not become hundreds of megabytes of responses."""
    received = framed(*[b"query"] * 1000)
    converse = converse_dns(lambda _: b"x" * 60_000)
    first = converse(received)
    assert 60_000 < len(first.data) < 200_000
    count = len(first.data)
    while reply := converse(received).data:
        count += len(reply)
    assert count == 1000 * 60_002


def test_a_request_is_answered_when_its_head_is_whole() -> None:
    """Not before, however it is cut; and once."""
    head = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    converse = converse_http(lambda head: head.splitlines()[0])
    for size in range(len(head)):
        assert converse(bytearray(head[:size])) == Reply()
    assert converse(bytearray(head)) == Reply(b"GET / HTTP/1.1", is_last=True)


@pytest.mark.parametrize(
    "received",
    [b"\x16", b"\r\n\0", b"\n\xff", b"GET /\n", b"\r\n\r\n", b"G" * (MOST_HEAD + 1)],
    ids=["a TLS handshake", "a NUL", "no ASCII", "HTTP/0.9", "empty lines", "no end"],
)
def test_what_can_not_become_a_request_is_not_waited_for(received: bytes) -> None:
    """A hopeless beginning is answered at once."""
    assert converse_http(lambda _: b"no")(bytearray(received)) == Reply(b"no", is_last=True)
