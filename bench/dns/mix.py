"""The zone that every server gets, and the mix of queries that each is asked."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from struct import pack
from typing import Final
from uuid import UUID

ORIGIN: Final = "acme.example.com"
NAME_SERVER: Final = f"ns1.{ORIGIN}"
ADDRESS: Final = "192.0.2.1"
VALUE: Final = "x" * 43
"""As long as the value of a DNS-01 challenge."""
FEW: Final = 100
"""Names where their number does not matter."""
_A, _NS, _SOA, _TXT, _AAAA, _CAA = 1, 2, 6, 16, 28, 257
_OPT: Final = pack("!BHHIH", 0, 41, 1232, 0, 0)
_SEED: Final = 2026


def make_labels(number: int) -> list[str]:
    """Make the same random UUIDs in every run."""
    random = Random(_SEED)
    return [str(UUID(int=random.getrandbits(128), version=4)) for _ in range(number)]


def write_zone_file(path: Path, labels: Sequence[str]) -> None:
    """Write the zone for servers that read RFC 1035 §5."""
    lines = [
        f"$ORIGIN {ORIGIN}.",
        f"@ 5 IN SOA {NAME_SERVER}. hostmaster.{ORIGIN}. 1 14400 3600 1209600 5",
        f"@ 3600 IN NS {NAME_SERVER}.",
        f"ns1 300 IN A {ADDRESS}",
        *(f'{label} 1 IN TXT "{VALUE}"' for label in labels),
    ]
    path.write_text("\n".join(lines) + "\n")


def write_records(path: Path, labels: Sequence[str]) -> None:
    """Write the same zone for the node."""
    zone = {"origin": ORIGIN, "name_servers": [NAME_SERVER], "addresses": [ADDRESS]}
    path.write_text(json.dumps({"zones": [zone], "txt": {f"{label}.{ORIGIN}": [VALUE] for label in labels}}))


def make_queries(labels: Sequence[str], number: int, *, with_cookies: bool = False) -> list[bytes]:
    """Make 60 % existing TXT, 20 % names asked once, 10 % other types, 10 % mixed case, all with EDNS."""
    random = Random(_SEED + 1)
    return [_make_query(random, labels, position % 10, with_cookies) for position in range(number)]


def _make_query(random: Random, labels: Sequence[str], tenth: int, with_cookies: bool) -> bytes:
    label, rrtype = random.choice(labels), _TXT
    if tenth == 6:
        label = str(UUID(int=random.getrandbits(128), version=4))
    elif tenth == 7:
        label = f"{random.getrandbits(60):x}"
    elif tenth == 8:
        label, rrtype = random.choice([("", _SOA), ("", _NS), ("ns1", _A), (label, _AAAA), (label, _CAA)])
    elif tenth == 9:
        label = "".join(random.choice((letter, letter.upper())) for letter in label)
    name = b"".join(bytes((len(part),)) + part.encode() for part in f"{label}.{ORIGIN}".strip(".").split("."))
    opt = _OPT
    if with_cookies:  # a client cookie, ever new (RFC 7873 §4)
        opt = _OPT[:-2] + pack("!HHH", 12, 10, 8) + random.randbytes(8)
    return random.randbytes(2) + b"\0\0\0\1\0\0\0\0\0\1" + name + b"\0" + pack("!HH", rrtype, 1) + opt
