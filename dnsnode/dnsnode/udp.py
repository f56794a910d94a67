"""UDP in batches: up to 64 packets for each pair of system calls, through recvmmsg(2) and sendmmsg(2).

Batches serve 1.4 times the queries that recvfrom and sendto do on one core; those are the fallback where the C library
has no recvmmsg. A response is written over its query, in the same slot and to the same peer.
"""

import ctypes
import socket
from collections.abc import Callable
from contextlib import suppress
from struct import pack
from time import monotonic
from typing import Any, Final, Protocol

from dnsnode.address import Address, open_socket
from dnsnode.counts import Counts
from dnsnode.query_log import Note
from dnsnode.rate_limit import RateLimit, find_network, find_network_of_host
from dnsnode.wire import PLAIN_UDP, cut


class Responder(Protocol):
    """Answers messages."""

    def tick(self, now: float) -> None:
        """Learn the monotonic clock's time, before each batch."""
        ...

    def respond(self, query: bytes, limit: int, counts: Counts, /) -> bytes | None:
        """Answer a message in at most `limit` bytes, or what EDNS allows; None is silence. Count but usual answers."""
        ...


BATCH: Final = 64
SLOT: Final = 4096
"""The longest message taken; ours are far shorter, and so is every honest query."""
_PEER: Final = 28
"""The size of a sockaddr_in6, the longer of the two."""
_MSG_WAITFORONE: Final = 0x10000
_RECEIVE_BUFFER: Final = 1 << 20


class _Iovec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("len", ctypes.c_size_t))


class _Msghdr(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("namelen", ctypes.c_uint32),
        ("iov", ctypes.POINTER(_Iovec)),
        ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("controllen", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Mmsghdr(ctypes.Structure):
    _fields_ = (("hdr", _Msghdr), ("len", ctypes.c_uint32))


def open_udp(address: Address) -> socket.socket:
    """Bind a socket with room for a burst."""
    sock = open_socket(address, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    return sock


def serve_udp(
    sock: socket.socket, responder: Responder, counts: Counts, rate_limit: RateLimit, note: Note | None = None
) -> None:
    """Answer until the process ends; where `note` is told of each packet, they are answered one by one."""
    libc = ctypes.CDLL(None, use_errno=True)
    if note is None and hasattr(libc, "recvmmsg") and hasattr(libc, "sendmmsg"):
        batches = _Batches(sock, libc)
        while True:
            batches.serve_one(responder, counts, rate_limit)
    while True:
        serve_one_packet(sock, responder, counts, rate_limit, note)


def serve_one_packet(
    sock: socket.socket, responder: Responder, counts: Counts, rate_limit: RateLimit, note: Note | None = None
) -> None:
    """Answer one packet with a pair of system calls."""
    with suppress(OSError):  # an earlier response was refused by ICMP; or this one can't be sent: its port is 0
        query, client = sock.recvfrom(SLOT)
        now = monotonic()
        responder.tick(now)
        response = responder.respond(query, PLAIN_UDP, counts)
        is_watching = response is not None and rate_limit.is_watching(1, now)
        if response and is_watching and rate_limit.exceeds(find_network_of_host(client[0])):
            whole, response = response, cut(response)
            counts.limited += len(response) < len(whole)
        counts.finish(1)
        if note:
            note(query, client[0], response)
        if response is not None:
            sock.sendto(response, client)


class _Batches:
    """The arrays that recvmmsg fills and sendmmsg reads, made once for a socket."""

    def __init__(self, sock: socket.socket, libc: ctypes.CDLL) -> None:
        self._fd = sock.fileno()
        self._data: Any = (ctypes.c_char * (BATCH * SLOT))()
        self._peers: Any = (ctypes.c_char * (BATCH * _PEER))()
        self._iovecs, self._messages = (_Iovec * BATCH)(), (_Mmsghdr * BATCH)()
        self._at, self._step = ctypes.addressof(self._messages), ctypes.sizeof(_Mmsghdr)
        for i in range(BATCH):
            self._iovecs[i].base = ctypes.addressof(self._data) + i * SLOT
            header = self._messages[i].hdr
            header.name = ctypes.addressof(self._peers) + i * _PEER
            header.iov, header.iovlen = ctypes.pointer(self._iovecs[i]), 1
        self._view = memoryview(self._data).cast("B")
        self._is_ipv6 = sock.family == socket.AF_INET6
        self._slots = [(i, i * SLOT) for i in range(BATCH)]
        self._map_columns()
        self._receive, self._send = _bind_calls(libc)

    def _map_columns(self) -> None:
        """See the three columns of numbers that change with every batch as plain integers: far faster than ctypes."""
        words = memoryview(self._messages).cast("B").cast("I")
        row = self._step // 4
        self._received = words[ctypes.sizeof(_Msghdr) // 4 :: row]
        self._peer_sizes = words[_Msghdr.namelen.offset // 4 :: row]
        self._lengths = memoryview(self._iovecs).cast("B").cast("Q")[1::2]
        self._full = memoryview(pack(f"{BATCH}Q", *[SLOT] * BATCH)).cast("B").cast("Q")
        self._full_peers = memoryview(pack(f"{BATCH}I", *[_PEER] * BATCH)).cast("B").cast("I")

    def serve_one(self, responder: Responder, counts: Counts, rate_limit: RateLimit) -> None:
        """Wait for packets, answer those that are there, send what there is to say in runs without gaps."""
        self._lengths[:] = self._full
        self._peer_sizes[:] = self._full_peers
        count = max(self._receive(self._fd, self._at, BATCH, _MSG_WAITFORONE, None), 0)
        now = monotonic()
        responder.tick(now)
        respond, silent = responder.respond, []
        data, received, lengths, view = self._data, self._received, self._lengths, self._view
        for i, start in self._slots[:count]:
            response = respond(data[start : start + received[i]], PLAIN_UDP, counts)
            if response is None:
                silent.append(i)
            else:
                lengths[i] = size = len(response)
                view[start : start + size] = response
        if rate_limit.is_watching(count, now):
            counts.limited += self._cut([i for i in range(count) if i not in silent], rate_limit)
        counts.finish(count)  # before it is sent: who has a response has been counted
        first = 0
        for i in (*silent, count):
            self._send_run(first, i)
            first = i + 1

    def _cut(self, answered: list[int], rate_limit: RateLimit) -> int:
        """Truncate the responses to networks that ask too much; tell how many these are."""
        cuts = 0
        for i in answered:
            peer = self._peers[i * _PEER : (i + 1) * _PEER]
            if rate_limit.exceeds(find_network(peer, is_ipv6=self._is_ipv6)):
                start, size = i * SLOT, self._lengths[i]
                response = cut(self._data[start : start + size])
                self._lengths[i] = len(response)
                self._view[start : start + len(response)] = response
                cuts += len(response) < size
        return cuts

    def _send_run(self, first: int, last: int) -> None:
        while first < last:  # a packet that can't be sent is skipped
            first += max(self._send(self._fd, self._at + first * self._step, last - first, 0), 1)


def _bind_calls(libc: ctypes.CDLL) -> tuple[Callable[..., Any], Callable[..., Any]]:
    number, pointer, unsigned = ctypes.c_int, ctypes.c_void_p, ctypes.c_uint
    receive = ctypes.CFUNCTYPE(number, number, pointer, unsigned, number, pointer, use_errno=True)
    send = ctypes.CFUNCTYPE(number, number, pointer, unsigned, number, use_errno=True)
    return receive(("recvmmsg", libc)), send(("sendmmsg", libc))
