"""The TCP side of a worker: connections bounded in number, memory and time, served by turns.

A conversation is a function of what was received; it knows no socket. Each turn reads and answers a little, so that
no client keeps the others, or the UDP thread, from their turn for long.
"""

import asyncio
import errno
import logging
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from struct import pack
from typing import Final, NamedTuple

from dnsnode.address import Address, open_socket
from dnsnode.connections import Connections, client_of
from dnsnode.http_head import find_head

HTTP_SECONDS: Final = 10.0
"""For the whole of a request and its response."""
MOST_CONNECTIONS: Final = 1000
"""For one port of one process."""
BACKLOG: Final = 1024
LONGEST_QUERY: Final = 4096
"""A longer DNS message is cut here, as it is over UDP, and is the connection's last."""
LONGEST_RESPONSE: Final = 65_535

_READ: Final = 4096
"""Bytes read in one turn: some hundred queries, about half a millisecond's work."""
_ENOUGH_TO_SEND: Final = 1 << 16
"""So much unsent data keeps a connection from being asked for more."""
_MOST_LEFT_OVER: Final = 1 << 16
"""How much a client may send after its last request before it takes the response."""
_ACCEPTS: Final = 16
"""Connections accepted in one turn."""
_SEND_BUFFER, _RECEIVE_BUFFER = 1 << 16, 1 << 14
"""The kernel's, for a connection, in bytes; by default each could grow to megabytes."""
_OTHER_DESCRIPTORS: Final = 64
_OUT_OF_DESCRIPTORS: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
_PAUSE_SECONDS: Final = 0.1
_RESET: Final = pack("ii", 1, 0)
"""Linger for no time: closing forgets what is unsent instead of keeping it for a client that does not read."""

_log = logging.getLogger(__name__)


class Reply(NamedTuple):
    """What to say next, nothing while more must come; after the last the connection is closed."""

    data: bytes = b""
    is_last: bool = False


type Converse = Callable[[bytearray], Reply]
"""Answers some of what was received, and takes that away."""


def converse_dns(respond: Callable[[bytes], bytes | None]) -> Converse:
    """Answer queries in their order, several at once where they come together (RFC 7766 §6.2.1.1)."""

    def converse(received: bytearray) -> Reply:
        replies: list[bytes] = []
        at = to_send = 0
        is_last = False
        while not is_last and to_send < _ENOUGH_TO_SEND and len(received) >= at + 2:
            size = int.from_bytes(received[at : at + 2])
            end = at + 2 + min(size, LONGEST_QUERY)
            if len(received) < end:
                break
            response = respond(bytes(received[at + 2 : end]))
            if response is not None:
                replies += (len(response).to_bytes(2), response)
                to_send += len(response)
            is_last = response is None or size > LONGEST_QUERY
            at = end
        del received[:at]
        return Reply(b"".join(replies), is_last)

    return converse


def converse_http(respond: Callable[[bytes], bytes]) -> Converse:
    """Answer the one request of a connection."""

    def converse(received: bytearray) -> Reply:
        head = find_head(received)
        return Reply() if head is None else Reply(respond(head), is_last=True)

    return converse


def share_descriptors(ports: int) -> int:
    """Take as many descriptors as full ports need, if the hard limit allows; returns the most connections of each."""
    wanted = ports * MOST_CONNECTIONS + _OTHER_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(MOST_CONNECTIONS, (soft - _OTHER_DESCRIPTORS) // ports))


def listen(address: Address, converse: Converse, seconds: float, most: int = MOST_CONNECTIONS) -> "Port":
    """Listen on a port that may be shared, in the running loop; raises `OSError`."""
    sock = open_socket(address, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)  # connections inherit all of these
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))  # for clients that vanish
    sock.setblocking(False)
    sock.listen(BACKLOG)
    return Port(sock, converse, seconds, Connections(most))


@dataclass(eq=False, slots=True)
class _Connection:
    """`unsent` is what the client has not taken yet; then nothing is read from it."""

    sock: socket.socket
    host: str
    received: bytearray = field(default_factory=bytearray)
    unsent: bytes = b""
    is_last: bool = False
    left_over: int = 0


class Port:
    """Accepts connections and holds a conversation on each.

    A connection has `seconds` for a whole request to arrive and its reply to be taken; then it is closed. `host` is the
    address of the client that is being answered.
    """

    def __init__(
        self, sock: socket.socket, converse: Converse, seconds: float, connections: Connections[_Connection]
    ) -> None:
        self._sock = sock
        self._converse = converse
        self._seconds = seconds
        self._connections = connections
        self.host = ""
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._has_told = False
        self._loop.add_reader(sock, self._accept)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self._sock.getsockname()[:2]
        return host, port

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    def close(self) -> None:
        """Stop listening and end all connections."""
        self._loop.remove_reader(self._sock)
        self._sock.close()
        if self._timer:
            self._timer.cancel()
        for connection in self._connections.everyone():
            self._end(connection)

    # ------------------------------------------------------------------ connections come and go

    def _accept(self) -> None:
        for _ in range(_ACCEPTS):
            try:
                sock, peer = self._sock.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _OUT_OF_DESCRIPTORS and not self._make_room(error):
                    return
                continue  # room was made, or the connection was broken off while it waited
            sock.setblocking(False)
            if self._connections.is_full:
                self._end(self._connections.most_dispensable())
            connection = _Connection(sock, peer[0])
            self._connections.add(connection, client_of(peer), self._loop.time())
            self._loop.add_reader(sock, self._take_turn, self._read, connection)
            if not self._timer:
                self._end_overdue()

    def _make_room(self, error: OSError) -> bool:
        """End an idle connection so that another can be accepted; if there is none, try again in a while."""
        if not self._has_told:
            _log.warning("can't accept a connection: %s; raise the limit of open files", error.strerror)
            self._has_told = True
        if len(self._connections):
            connection = self._connections.most_dispensable()
            if self._connections.active_at(connection) + _PAUSE_SECONDS < self._loop.time():
                self._end(connection)
                return True
        self._loop.remove_reader(self._sock)
        self._loop.call_later(_PAUSE_SECONDS, self._resume)
        return False

    def _resume(self) -> None:
        if self._sock.fileno() >= 0:
            self._loop.add_reader(self._sock, self._accept)

    def _end_overdue(self) -> None:
        """End the connections whose time is over, and come back when the next one's is."""
        self._timer = None
        while idlest := self._connections.idlest():
            connection, since = idlest
            if self._loop.time() < since + self._seconds:
                self._timer = self._loop.call_at(since + self._seconds, self._end_overdue)
                return
            self._end(connection)

    def _end(self, connection: _Connection) -> None:
        self._connections.remove(connection)
        self._loop.remove_reader(connection.sock)
        self._loop.remove_writer(connection.sock)
        if connection.unsent:
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.sock.close()

    # ------------------------------------------------------------------ one connection's turn

    def _take_turn(self, step: Callable[[_Connection], None], connection: _Connection) -> None:
        """Run one step; whatever goes wrong costs this connection, and no other."""
        try:
            step(connection)
        except BlockingIOError:
            return
        except OSError:  # the client is gone
            self._end(connection)
        except BaseException:
            self._end(connection)
            raise

    def _read(self, connection: _Connection) -> None:
        data = connection.sock.recv(_READ)
        if connection.is_last:
            connection.left_over += len(data)
        else:
            connection.received += data
        if not data or connection.left_over > _MOST_LEFT_OVER:  # all that came whole is answered
            self._end(connection)
        elif not connection.is_last:
            self._go_on(connection)

    def _go_on(self, connection: _Connection) -> None:
        """Answer what has come, until more must come or the client must take what it was sent."""
        while not connection.is_last:
            self.host = connection.host
            reply = self._converse(connection.received)
            if reply == Reply():
                return
            connection.unsent, connection.is_last = reply
            if not self._send(connection):
                self._loop.remove_reader(connection.sock)
                self._loop.add_writer(connection.sock, self._take_turn, self._send_on, connection)
                return

    def _send_on(self, connection: _Connection) -> None:
        if self._send(connection):
            self._loop.remove_writer(connection.sock)
            self._loop.add_reader(connection.sock, self._take_turn, self._read, connection)
            self._go_on(connection)

    def _send(self, connection: _Connection) -> bool:
        """Send what the client takes, and tell whether it has taken all."""
        with suppress(BlockingIOError):
            connection.unsent = connection.unsent[connection.sock.send(connection.unsent) :]
        if connection.unsent:
            return False
        if connection.is_last:
            connection.sock.shutdown(socket.SHUT_WR)  # and read on: data left unread would reset the connection
        else:
            self._connections.touch(connection, self._loop.time())
        return True
