"""What the DNS nodes answer, and what they acknowledge."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from certwright.domain.answer import Answer, Counter, NodeRow, ServedZone


class Answers(Protocol):
    """What the nodes serve, as the issuer writes it."""

    def publish(self, answers: Iterable[Answer]) -> Mapping[Counter, int]:
        """Put answers, then move their shards on.

        Returns each shard's new generation, and that of the zones as it stands: an answer is visible on a node only if
        the node knows its zone.
        """
        ...

    def withdraw(self, answers: Iterable[Answer]) -> None:
        """Delete answers and move their shards on."""
        ...

    def publish_zone(self, zone: ServedZone) -> int:
        """Put a zone, or its new values, and return the zones' new generation."""
        ...

    def withdraw_zone(self, origin: str) -> int:
        """Stop serving a zone and return the zones' new generation."""
        ...


class Nodes(Protocol):
    """The nodes' heartbeats."""

    def list_rows(self) -> tuple[NodeRow, ...]:
        """Read every node's row, strongly consistent."""
        ...
