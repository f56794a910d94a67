"""The query log: a sample of the DNS queries and what became of them, one JSON object a line on standard output.

Of a client only its network is logged, /24 for IPv4 and /56 for IPv6, and of a response no data: who asks is mostly
somebody's resolver, and a log outlives its reasons. At most `MOST_LINES` are written a second, and none is waited for,
so neither a flood nor a log that is stuck keeps anybody from an answer.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address, ip_network
from random import random
from threading import Lock
from time import monotonic, time
from typing import Final

from dnsnode import wire

MOST_LINES: Final = 100
"""Lines a second, of one process."""
_TYPES: Final = {
    wire.A: "A",
    wire.NS: "NS",
    5: "CNAME",
    wire.SOA: "SOA",
    15: "MX",
    wire.TXT: "TXT",
    wire.AAAA: "AAAA",
    43: "DS",
    48: "DNSKEY",
    65: "HTTPS",
    wire.IXFR: "IXFR",
    wire.AXFR: "AXFR",
    wire.ANY: "ANY",
    257: "CAA",
}
_RCODES: Final = {
    wire.NOERROR: "NOERROR",
    wire.FORMERR: "FORMERR",
    wire.SERVFAIL: "SERVFAIL",
    wire.NXDOMAIN: "NXDOMAIN",
    wire.NOTIMP: "NOTIMP",
    wire.REFUSED: "REFUSED",
    wire.BADVERS: "BADVERS",
}
_AS_IT_IS: Final = frozenset(range(0x21, 0x7F)) - frozenset(b'.\\"')

type Note = Callable[[bytes, str, bytes | None], None]
"""Takes a query, its client's address, and the response, None for silence."""


class QueryLog:
    """Samples a share (0 to 1) of what it is told; any thread may tell it."""

    def __init__(self, share: float, write: Callable[[str], bool]) -> None:
        """Keep where lines go: `write` must not block, and tells whether it took the line."""
        self._share = share
        self._write = write
        self._lock = Lock()
        self._second = 0
        self._lines = 0
        self._unlogged = 0

    def note(self, protocol: str) -> Note:
        """Give what takes the queries of one protocol."""

        def note(query: bytes, client: str, response: bytes | None) -> None:
            if random() < self._share:  # noqa: S311 - a sample needs no secrecy
                self._log(protocol, query, client, response)

        return note

    def _log(self, protocol: str, query: bytes, client: str, response: bytes | None) -> None:
        with self._lock:
            second = int(monotonic())
            if second != self._second:
                self._second, self._lines = second, 0
            self._lines += 1
            fits = self._lines <= MOST_LINES
            if fits and self._write(describe(protocol, query, client, response, now_s=time(), unlogged=self._unlogged)):
                self._unlogged = 0
            else:
                self._unlogged += 1


def describe(
    protocol: str, query: bytes, client: str, response: bytes | None, *, now_s: float, unlogged: int = 0
) -> str:
    """Write the line; `unlogged` counts the sampled queries left out since the last line."""
    qname, qtype = _read_question(query)
    moment = datetime.fromtimestamp(now_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fields = {
        "event": "query",
        "time": moment,
        "client": find_network_name(client),
        "protocol": protocol,
        "qname": qname,
        "qtype": qtype,
        "rcode": None if response is None else _read_rcode(response),
        "size": 0 if response is None else len(response),
        "truncated": response is not None and bool(response[2] & wire.TC),
        "unlogged": unlogged,
    }
    return json.dumps(fields, separators=(",", ":"))


def find_network_name(client: str) -> str:
    """Name the network an address is of, the one that the rate limit counts by."""
    address = ip_address(client.partition("%")[0])
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return str(ip_network((address, 24 if address.version == 4 else 56), strict=False))


def _read_question(query: bytes) -> tuple[str | None, str | None]:
    """Read name and type; None where there is no well-formed question."""
    if len(query) < wire.HEADER:
        return None, None
    try:
        end = wire.find_question_end(query)
    except wire.RefusedQuery:
        return None, None
    qtype = int.from_bytes(query[end - 4 : end - 2])
    return _write_name(query[wire.HEADER : end - 4]), _TYPES.get(qtype, f"TYPE{qtype}")  # RFC 3597 §5


def _write_name(name: bytes) -> str:
    """Write a name as a zone file would, all that could mislead a reader as \\DDD (RFC 1035 §5.1)."""
    labels = []
    at = 0
    while size := name[at]:
        label = name[at + 1 : at + 1 + size]
        labels.append("".join(chr(byte) if byte in _AS_IT_IS else f"\\{byte:03d}" for byte in label))
        at += 1 + size
    return ".".join([*labels, ""]) or "."


def _read_rcode(response: bytes) -> str:
    """Read the response code, with what OPT adds to it (RFC 6891 §6.1.3); OPT is the last of our records."""
    rcode = response[3] & 0x0F
    if len(response) > wire.HEADER + wire.PLAIN_OPT and response[11]:
        rcode |= response[-6] << 4
    return _RCODES.get(rcode, str(rcode))
