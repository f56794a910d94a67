"""Hostile messages from a seed, and what must hold for whatever comes back."""

from collections.abc import Callable, Sequence
from random import Random

import dns.message

from dnsnode import wire
from tests.conformance.served import EMPTY, INSIDE, LONGEST_NAME, LOWER, MANY, NAME, ORIGINS, ZONE
from tests.support.dns_client import TYPES, build_opt, build_query

NAMES = (NAME, NAME.upper(), MANY, LONGEST_NAME, f"{EMPTY}.{ZONE}", f"www.{ZONE}", f"a.ns.{INSIDE}", f"x.{LOWER}")
NUMBERS = (0, 1, 2, 4, 10, 11, 12, 16, 41, 42, 62, 63, 64, 65, 127, 128, 191, 192, 193, 250, 255)
"""Bytes at which something changes: types of labels, of records and of classes, sizes, limits."""
COOKIE = b"\0\x0a\0\x08abcdefgh"
OPTS = (
    b"",
    b"",
    build_opt(),
    build_opt(payload=512),
    build_opt(payload=65_535, flags=0x8000),
    build_opt(options=COOKIE),
    build_opt(options=COOKIE + b"\0\x0c\0\x04pad!"),
    build_opt(version=1),
)
RCODES = {wire.NOERROR, wire.FORMERR, wire.NXDOMAIN, wire.NOTIMP, wire.REFUSED}
"""All that a node that can see says: never SERVFAIL."""

type Mutation = Callable[[Random, bytearray], None]


def valid_query(random: Random) -> bytes:
    """Write a query of any of the kinds that are answered."""
    name = random.choice((*NAMES, *NAMES, *ORIGINS, "example.org", ""))
    rrtype = random.choice((*TYPES.values(), random.randrange(1 << 16)))
    flags = random.choice((0, 0, 0x0100, 0x0010, random.randrange(1 << 16)))
    rrclass = random.choice((1, 1, 1, 1, 1, 3, 255, random.randrange(1 << 16)))
    opt = random.choice(OPTS)
    return build_query(name, rrtype, opt=opt, flags=flags, rrclass=rrclass, message_id=random.randrange(1 << 16))


def _flip_bit(random: Random, message: bytearray) -> None:
    message[random.randrange(len(message))] ^= 1 << random.randrange(8)


def _set_byte(random: Random, message: bytearray) -> None:
    message[random.randrange(len(message))] = random.choice(NUMBERS)


def _set_count(random: Random, message: bytearray) -> None:
    at = random.choice((4, 6, 8, 10))
    message[at : at + 2] = random.choice((0, 1, 2, 255, 256, 65_535)).to_bytes(2)


def _cut(random: Random, message: bytearray) -> None:
    del message[random.randrange(len(message)) :]


def _remove(random: Random, message: bytearray) -> None:
    at = random.randrange(len(message))
    del message[at : at + random.randrange(1, 9)]


def _insert(random: Random, message: bytearray) -> None:
    at = random.randrange(len(message) + 1)
    message[at:at] = random.choice((random.randbytes(random.randrange(1, 9)), bytes((random.choice(NUMBERS),))))


def _repeat(random: Random, message: bytearray) -> None:
    at = random.randrange(len(message))
    message[at:at] = message[at : at + random.randrange(1, 40)] * random.choice((1, 2, 50))


def _append(random: Random, message: bytearray) -> None:
    message += random.choice((build_opt(), valid_query(random)[12:], random.randbytes(random.randrange(1, 2000))))


def _splice(random: Random, message: bytearray) -> None:
    other = valid_query(random)
    at = random.randrange(len(message))
    message[at:] = other[random.randrange(len(other)) :]


def _replace(random: Random, message: bytearray) -> None:
    message[:] = random.randbytes(random.choice((*range(20), 100, 512, 1232, 4096)))


MUTATIONS: Sequence[Mutation] = (
    _flip_bit, _set_byte, _set_count, _cut, _remove, _insert, _repeat, _append, _splice, _replace,
)  # fmt: skip


def hostile_message(random: Random) -> bytes:
    """Write a message that began as a valid query and had none or a few things done to it."""
    message = bytearray(valid_query(random))
    for _ in range(random.choice((0, 1, 1, 1, 2, 3, 6))):
        if len(message) < 12:  # a scrap stays a scrap
            break
        random.choice(MUTATIONS)(random, message)
    return bytes(message[:60_000])


def is_answered(message: bytes) -> bool:
    """Tell whether a message must be answered: it has a header, and is no response itself."""
    return len(message) >= 12 and not message[2] & 0x80


def check_response(message: bytes, response: bytes, limit: int) -> None:
    """Hold a response to what is true of all: it is one, to this query, sound, and in `limit` bytes."""
    assert len(response) <= limit
    assert response[:2] == message[:2]
    assert response[2] & 0xF9 == message[2] & 0x79 | 0x80  # QR, the query's opcode and RD
    assert response[3] & 0x0F in RCODES
    assert response[3] & 0xF0 == 0
    parsed = dns.message.from_wire(response, one_rr_per_rrset=True)  # counts and sizes fit, nothing is left over
    if parsed.question:
        end = wire.find_question_end(response)
        assert response[12:end] == message[12:end]
    else:
        assert len(response) == 12
    assert parsed.edns in (-1, 0)
    assert not parsed.options


def udp_limit(message: bytes) -> int:
    """Say how long a response over UDP may be."""
    return min(wire.OUR_PAYLOAD, wire.MOST_AMPLIFIED * len(message))
