"""What one process serves, DNS and HTTP-01 together, changed by the parent's changes."""

from collections.abc import Callable
from typing import assert_never

from dnsnode import wire
from dnsnode.changes import Change, RemoveBody, RemoveZone, SetBody, SetLease, SetTxt, SetZone
from dnsnode.counts import Counts
from dnsnode.http_answers import HttpAnswers
from dnsnode.lease import Lease, Sight
from dnsnode.table import AnswerTable


class Serving:
    """The answer table and the HTTP-01 bodies under one lease; `on_notify` is `AnswerTable`'s.

    `challenge_host` and `deployment` are those of `HttpAnswers`.
    """

    def __init__(
        self,
        challenge_host: str,
        lease: Lease,
        on_notify: Callable[[], None] | None = None,
        deployment: str = "",
    ) -> None:
        self.dns = AnswerTable(lease, on_notify)
        self.http = HttpAnswers(challenge_host, deployment)
        self.udp_counts, self.tcp_counts = Counts(), Counts()
        self._lease = lease

    def apply(self, change: Change, now: float) -> None:
        """Apply one change; `now` is the monotonic clock's."""
        match change:
            case SetTxt(name, values):
                self.dns.set_txt(name, values)
            case SetBody(token, host, body):
                self.http.set_body(token, host, body)
            case RemoveBody(token):
                self.http.remove_body(token)
            case SetZone(zone):
                self.dns.set_zone(zone)
                self.http.set_name_servers(zone.origin, zone.name_servers)
            case RemoveZone(origin):
                self.dns.remove_zone(origin)
                self.http.set_name_servers(origin, ())
            case SetLease(lease):
                self._lease = lease
                self.dns.set_lease(lease, now)
            case _:
                assert_never(change)

    def respond_tcp(self, query: bytes, now: float) -> bytes | None:
        """Answer a DNS message that came over TCP at `now`; None is silence."""
        self.dns.tick(now)
        response = self.dns.respond(query, wire.LONGEST_MESSAGE, self.tcp_counts)
        self.tcp_counts.finish(1)
        return response

    def respond_http(self, head: bytes, now: float) -> bytes:
        """Answer an HTTP-01 request at `now`."""
        return self.http.respond(head, lambda: self._lease.sight(now) is Sight.CLEAR)
