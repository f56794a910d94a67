"""A DNS client for tests: builds questions, asks them over UDP or TCP, returns the parsed response and its bytes."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dnslib import RCODE, DNSRecord

TIMEOUT_SECONDS = 10.0
TYPES = {
    "A": 1,
    "NS": 2,
    "CNAME": 5,
    "MX": 15,
    "SOA": 6,
    "TXT": 16,
    "AAAA": 28,
    "DS": 43,
    "IXFR": 251,
    "AXFR": 252,
    "ANY": 255,
}
TYPES |= {"CAA": 257, "HTTPS": 65}

type Transport = Literal["udp", "tcp"]


@dataclass(frozen=True, slots=True)
class Response:
    """One response, as bytes and taken apart."""

    wire: bytes

    @property
    def parsed(self) -> DNSRecord:
        """The whole message by dnslib."""
        return DNSRecord.parse(self.wire)

    @property
    def rcode(self) -> str:
        """The code in the header: NOERROR, NXDOMAIN and so on."""
        return str(RCODE[self.wire[3] & 0x0F])

    @property
    def is_authoritative(self) -> bool:
        """Whether AA is set."""
        return bool(self.wire[2] & 0x04)

    @property
    def is_truncated(self) -> bool:
        """Whether TC is set."""
        return bool(self.wire[2] & 0x02)

    @property
    def answers(self) -> list[str]:
        """The data of the answer section, TXT without quotes, in the order sent."""
        return [str(record.rdata).strip('"') for record in self.parsed.rr]

    @property
    def authority(self) -> list[str]:
        """The types of the authority section."""
        return [type(record.rdata).__name__ for record in self.parsed.auth]

    @property
    def has_opt(self) -> bool:
        """Whether an OPT came back."""
        return any(record.rtype == 41 for record in self.parsed.ar)


def encode_name(name: str) -> bytes:
    """Write a name's labels as they are, case and all; a final dot or none."""
    labels = [label.encode() for label in name.removesuffix(".").split(".") if label]
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def build_opt(
    payload: int = 1232, flags: int = 0, version: int = 0, options: bytes = b"", owner: bytes = b"\0"
) -> bytes:
    """Write an OPT record (RFC 6891 §6.1)."""
    head = owner + (41).to_bytes(2) + payload.to_bytes(2) + bytes((0, version)) + flags.to_bytes(2)
    return head + len(options).to_bytes(2) + options


def build_query(
    name: str | bytes,
    rrtype: str | int = "TXT",
    *,
    opt: bytes = b"",
    flags: int = 0,
    rrclass: int = 1,
    message_id: int = 0x1234,
) -> bytes:
    """Write a query; `opt` is one OPT record or nothing, `flags` the two flag bytes, `name` may be raw labels."""
    labels = encode_name(name) if isinstance(name, str) else name
    number = TYPES[rrtype] if isinstance(rrtype, str) else rrtype
    counts = b"\0\1\0\0\0\0" + (b"\0\1" if opt else b"\0\0")
    question = labels + number.to_bytes(2) + rrclass.to_bytes(2)
    return message_id.to_bytes(2) + flags.to_bytes(2) + counts + question + opt


def ask(
    server: tuple[str, int], name: str, rrtype: str | int = "TXT", *, transport: Transport = "udp", opt: bytes = b""
) -> Response:
    """Ask one question and return the response; raises `TimeoutError` when there is none."""
    return exchange(server, build_query(name, rrtype, opt=opt), transport)


def exchange(server: tuple[str, int], query: bytes, transport: Transport = "udp") -> Response:
    """Send a message as it is and return the response to it."""
    return Response(send_udp(server, query) if transport == "udp" else send_tcp(server, [query])[0])


def send_udp(server: tuple[str, int], query: bytes, timeout_seconds: float = TIMEOUT_SECONDS) -> bytes:
    """Send one datagram and return the one that comes back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout_seconds)
        sock.connect(server)
        sock.send(query)
        return sock.recv(65_535)


def send_tcp(server: tuple[str, int], queries: Sequence[bytes]) -> list[bytes]:
    """Send all queries at once on one connection, and return as many responses (RFC 7766 §6.2.1.1)."""
    with socket.create_connection(server, TIMEOUT_SECONDS) as sock:
        sock.sendall(b"".join(len(query).to_bytes(2) + query for query in queries))
        return [receive_tcp(sock) for _ in queries]


def receive_tcp(sock: socket.socket) -> bytes:
    """Read one message; empty when the peer has closed."""
    size = int.from_bytes(_receive_exactly(sock, 2))
    return _receive_exactly(sock, size)


def _receive_exactly(sock: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        some = sock.recv(size - len(received))
        if not some:
            return b""
        received += some
    return received
