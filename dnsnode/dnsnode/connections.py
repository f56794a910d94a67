"""Who is connected to a port, and who has to go when it is full."""

import socket
from collections.abc import Hashable

type Client = bytes


def client_of(peer: tuple[str, int] | tuple[str, int, int, int]) -> Client:
    """Tell who a peer's address belongs to: an IPv4 address is one client, and so is an IPv6 /64.

    A socket that takes both shows IPv4 as `::ffff:192.0.2.1`; all of those would be one /64.
    """
    host = peer[0].partition("%")[0]
    if ":" not in host:
        return socket.inet_aton(host)
    packed = socket.inet_pton(socket.AF_INET6, host)
    return packed[12:] if packed.startswith(b"\0" * 10 + b"\xff\xff") else packed[:8]


class Connections[Connection: Hashable]:
    """The open connections of one port, in the order of their last activity, as a whole and of each client.

    When the port is full, the client that holds the most loses the connection that was idle longest: one address can
    take all that is free, but nothing that another needs.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._active_at: dict[Connection, float] = {}
        self._clients: dict[Connection, Client] = {}
        self._by_client: dict[Client, dict[Connection, None]] = {}

    def __len__(self) -> int:
        return len(self._active_at)

    @property
    def is_full(self) -> bool:
        """Whether one must go before the next is added."""
        return len(self._active_at) >= self._most

    def add(self, connection: Connection, client: Client, now: float) -> None:
        """Take in a connection."""
        self._clients[connection] = client
        self.touch(connection, now)

    def touch(self, connection: Connection, now: float) -> None:
        """Note activity: now the connection, and its client among those who hold as many, are the last to go."""
        client = self._clients[connection]
        own = self._by_client.pop(client, {})
        own.pop(connection, None)
        own[connection] = None
        self._by_client[client] = own
        self._active_at.pop(connection, None)
        self._active_at[connection] = now

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is over."""
        del self._active_at[connection]
        client = self._clients.pop(connection)
        own = self._by_client[client]
        del own[connection]
        if not own:
            del self._by_client[client]

    def most_dispensable(self) -> Connection:
        """Find the one that goes first; there must be one."""
        largest: dict[Connection, None] = max(self._by_client.values(), key=len)
        return next(iter(largest))

    def active_at(self, connection: Connection) -> float:
        """Tell when a connection was last active."""
        return self._active_at[connection]

    def idlest(self) -> tuple[Connection, float] | None:
        """Find the connection that was idle longest, and since when."""
        return next(iter(self._active_at.items()), None)

    def everyone(self) -> list[Connection]:
        """List all connections."""
        return list(self._active_at)
