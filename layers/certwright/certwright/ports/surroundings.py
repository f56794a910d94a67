"""Time, chance and what is known of names everywhere."""

from typing import Protocol


class Clock(Protocol):
    """Time, so that tests and simulations can own it."""

    def now(self) -> int:
        """Tell the time in epoch milliseconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait, at most 2 seconds at a time."""
        ...


class Chance(Protocol):
    """Randomness, so that tests and simulations can own it."""

    def new_id(self, prefix: str) -> str:
        """Make an id like `crt_<32 hex digits>`."""
        ...

    def new_uuid(self) -> str:
        """Make a dashed UUID, version 4, in lower case."""
        ...

    def new_label(self) -> str:
        """Make a short random DNS label, hard to collide by accident."""
        ...

    def new_secret(self) -> str:
        """Make a secret of 256 bits from letters and digits."""
        ...

    def fraction(self) -> float:
        """Draw a number from 0 up to 1."""
        ...


class Beats(Protocol):
    """When parts of the deployment were last alive."""

    def note(self, part: str, at: int) -> None:
        """Note that a part is alive, `at` an instant (epoch milliseconds)."""
        ...

    def read(self, part: str) -> int:
        """Tell when a part was last alive, 0 for never."""
        ...


class PublicSuffixes(Protocol):
    """The public suffix list, bundled and never fetched; an unlisted top-level domain counts as a suffix."""

    def registrable(self, name: str) -> str | None:
        """Find the registrable domain of a name, None where the name is a public suffix itself."""
        ...

    def is_listed(self, name: str) -> bool:
        """Tell whether a name ends in a suffix that is on the list."""
        ...
