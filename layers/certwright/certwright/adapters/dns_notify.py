"""NOTIFY to the nodes (RFC 1996): a published answer is looked for at once, not half a second later."""

import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import dns.flags
import dns.message
import dns.opcode

from certwright.adapters.dns_exchange import name_of
from certwright.adapters.egress import Egress, EgressRefused
from certwright.domain.answer import Answer, Counter, ServedZone, TxtAnswer
from certwright.ports import Answers

COPIES = 4
"""Datagrams to each address, each from a port of its own: behind one address a load balancer hides several nodes."""


@dataclass(frozen=True, slots=True)
class Herald:
    """Tells the nodes behind their fixed addresses that a zone has changed; nobody relies on it."""

    egress: Egress
    addresses: Sequence[str]

    def notify(self, origin: str) -> None:
        """Send NOTIFY for a zone and wait for no response; what can't be sent is left out."""
        message = dns.message.make_query(name_of(origin), "SOA", flags=dns.flags.AA)
        message.set_opcode(dns.opcode.NOTIFY)
        wire = message.to_wire()
        for address in self.addresses:
            with suppress(EgressRefused):
                self.egress.permit(address, self.egress.dns_port)
                for _ in range(COPIES):
                    _send(wire, address, self.egress.dns_port)


@dataclass(frozen=True, slots=True)
class HeraldedAnswers:
    """Fills in `ports.Answers` with another's, and notifies the nodes of what is published by DNS-01."""

    answers: Answers
    herald: Herald

    def publish(self, answers: Iterable[Answer]) -> Mapping[Counter, int]:
        """Publish, then notify: a node that looks finds the generations moved."""
        wanted = tuple(answers)
        generations = self.answers.publish(wanted)
        for origin in {answer.name.partition(".")[2] for answer in wanted if isinstance(answer, TxtAnswer)}:
            self.herald.notify(origin)
        return generations

    def withdraw(self, answers: Iterable[Answer]) -> None:
        """Withdraw; nobody waits for that."""
        self.answers.withdraw(answers)

    def publish_zone(self, zone: ServedZone) -> int:
        """Publish a zone: a node takes no NOTIFY of one that it does not know."""
        return self.answers.publish_zone(zone)

    def withdraw_zone(self, origin: str) -> int:
        """Withdraw a zone."""
        return self.answers.withdraw_zone(origin)


def _send(wire: bytes, address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.sendto(wire, (address, port))
