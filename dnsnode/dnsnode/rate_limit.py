"""The rate limit over UDP: a client network that asks too much gets truncated responses, and comes back over TCP.

No response is ever dropped, so nobody shuts a CA out by forging its address: its resolvers go on over TCP. And a
truncated response is no longer than its query, so a reflector gains nothing.
"""

from ipaddress import ip_address
from typing import Final

RESPONSES_PER_SECOND: Final = 1000
"""For one network, by default. It lets 200 publications a second, the node's envelope, be validated from one network
with five questions each; and all that a forged address is sent is 1.5 Mbit/s."""
_BUCKETS: Final = 1 << 16
"""Networks share counters by their hash, so memory is bounded: half a megabyte. Who shares one with a flood is asked to
come over TCP too."""


class RateLimit:
    """Counts responses by client network in whole seconds of the clock; with 0 there is no limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._second = 0
        self._total = 0
        self._was_busy = False
        self._spent = [0] * _BUCKETS

    def is_watching(self, responses: int, now: float) -> bool:
        """Count a batch, and tell whether its responses must be counted by network.

        While all together stay below the limit, nobody can exceed it: no network is looked at, until a whole second
        after the last busy one. So the limit costs one call a batch; in a busy second, a response that
        is cut costs 4 µs more.
        """
        if not self._most:
            return False
        second = int(now)
        if second != self._second:
            if self._total > self._most:
                self._spent = [0] * _BUCKETS
            self._was_busy = self._total > self._most and second == self._second + 1
            self._second, self._total = second, 0
        self._total += responses
        return self._was_busy or self._total > self._most

    def exceeds(self, network: bytes) -> bool:
        """Count a response to a network, and tell whether it is one too many."""
        bucket = hash(network) % _BUCKETS  # the hash is salted anew in each process: nobody can aim at another's bucket
        self._spent[bucket] += 1
        return self._spent[bucket] > self._most


def find_network(sockaddr: bytes, *, is_ipv6: bool) -> bytes:
    """Find the network in a sockaddr: /24 of IPv4, also where mapped into IPv6 (RFC 4291 §2.5.5.2), else /56."""
    if not is_ipv6:
        return sockaddr[4:7]
    return sockaddr[20:23] if sockaddr[8:20] == _MAPPED else sockaddr[8:15]


def find_network_of_host(host: str) -> bytes:
    """Find the network of an address as text, as `find_network` does."""
    address = ip_address(host.partition("%")[0])
    packed = (getattr(address, "ipv4_mapped", None) or address).packed
    return packed[:3] if len(packed) == 4 else packed[:7]


_MAPPED: Final = b"\0" * 10 + b"\xff\xff"
