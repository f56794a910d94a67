"""No bytes at all stop the HTTP-01 server or get a body that they must not get; no socket takes part."""

from random import Random

from dnsnode.http_answers import PREFIX, HttpAnswers
from dnsnode.streams import converse_http

BODY = "token.thumbprint"
GOOD = (
    f"GET {PREFIX}token HTTP/1.1\r\nHost: www.example.test\r\nUser-Agent: x\r\n\r\n".encode(),
    f"HEAD http://www.example.test:80{PREFIX}token?q HTTP/1.0\r\n\r\n".encode(),
    f"GET {PREFIX}token HTTP/1.1\nhost: [2001:db8::1]:80\nX:\t \n\n".encode(),
)
SPECIAL = (
    *(b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\0", b" ", b"\t", b":", b"//", b"/", b"?", b"#", b"%", b"[", b"]", b"@"),
    *(
        b"http://",
        b"Host: www.example.test\r\n",
        b"Host:",
        b"HTTP/1.1",
        b"\xc3\xa9",
        b"\x85",
        b"\xff",
        b"GET ",
        b"HEAD ",
    ),
)
STATUSES = {200, 400, 404, 405, 414, 431, 501, 505}


def answers() -> HttpAnswers:
    """One live token of www.example.test."""
    served = HttpAnswers()
    served.set_body("token", "www.example.test", BODY)
    return served


def mutate(random: Random, request: bytes) -> bytes:
    """Replace, insert, remove or repeat some parts."""
    for _ in range(random.randrange(1, 5)):
        at, end = sorted(random.randrange(len(request) + 1) for _ in range(2))
        request = random.choice(
            (
                request[:at] + random.choice(SPECIAL) + request[at:],
                request[:at] + random.randbytes(2) + request[at + 2 :],
                request[:at] + request[min(end, at + 9) :],
                request[:end] + request[at:end] + request[end:],
            )
        )
    return request


def test_any_bytes_get_a_status_or_are_waited_for() -> None:
    """Twenty thousand mutilated requests: each has a well-formed response of a known status, in ASCII."""
    random = Random(13)
    converse = converse_http(answers().respond)
    seen = set()
    for _ in range(20_000):
        request = mutate(random, random.choice(GOOD))
        reply = converse(bytearray(request))
        if not reply.is_last:
            continue
        head, _, body = reply.data.partition(b"\r\n\r\n")
        assert head.isascii()
        assert head.startswith(b"HTTP/1.1 ")
        assert all(b": " in line for line in head.split(b"\r\n")[1:])
        seen.add(int(head[9:12]))
        assert body != BODY.encode() or f"{PREFIX}token".encode() in request
    assert seen <= STATUSES
    assert {200, 400, 404} <= seen


def test_a_request_is_understood_alike_however_it_is_cut() -> None:
    """Byte by byte or at once: the same status, so nothing can be hidden in the seams."""
    random = Random(21)
    converse = converse_http(answers().respond)
    for _ in range(300):
        request = mutate(random, random.choice(GOOD))
        at_once = converse(bytearray(request))
        slowly = next(
            (reply for size in range(len(request) + 1) if (reply := converse(bytearray(request[:size]))).is_last), None
        )
        assert (slowly is not None) == at_once.is_last
        assert slowly is None or slowly.data[9:12] == at_once.data[9:12]
