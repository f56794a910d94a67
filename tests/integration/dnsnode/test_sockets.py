"""The UDP loop by itself: the fallback without recvmmsg."""

import socket
from threading import Thread

from dnsnode.address import Address
from dnsnode.counts import Counts
from dnsnode.rate_limit import RateLimit
from dnsnode.udp import open_udp, serve_one_packet


class Shouting:
    """Answers in capitals."""

    def tick(self, now: float) -> None:
        """Take no notice."""

    def respond(self, query: bytes, limit: int, counts: Counts) -> bytes | None:
        return None if query == b"hush" else query.upper()


def test_one_packet_at_a_time_is_answered_too() -> None:
    """Where the C library has no recvmmsg: the same answers, silence where there is none to give."""
    with open_udp(Address("127.0.0.1", 0)) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.connect(server.getsockname())

        counts = Counts()

        def serve() -> None:
            for _ in range(2):
                serve_one_packet(server, Shouting(), counts, RateLimit(0))

        thread = Thread(target=serve)
        thread.start()
        client.send(b"hush")
        client.send(b"query")
        assert client.recv(100) == b"QUERY"
        thread.join()
        assert counts.received == 2
