"""What the world sees of a name."""

from typing import Protocol

from certwright.domain.problem import Problem
from certwright.domain.records import NameCheck, WantedAddress, WantedCaa, WantedDelegation, WantedZone


class RecordChecks(Protocol):
    """A fresh look at DNS from the root, authoritative servers only, never a cache (and HTTP where it must be)."""

    def check_delegation(self, wanted: WantedDelegation) -> NameCheck:
        """Walk `_acme-challenge.<identifier>`; the problem names the first broken hop: A, NS, reachability, CNAME."""
        ...

    def check_address(self, wanted: WantedAddress) -> NameCheck:
        """Look whether HTTP-01 for the identifier reaches us, by its address or by a redirect."""
        ...

    def check_caa(self, wanted: WantedCaa) -> NameCheck:
        """Look whether CAA lets the CA issue the names for our account by the method (RFC 8659, RFC 8657)."""
        ...

    def check_zone(self, wanted: WantedZone) -> Problem | None:
        """Look whether the zone is delegated to us and answers over UDP and TCP."""
        ...

    def read_txt(self, name: str) -> tuple[str, ...]:
        """Read the TXT values at a name from its authoritative servers; empty where there are none."""
        ...


class AliasWalks(Protocol):
    """Where a name leads, whether or not anything there is ours."""

    def find_aliases(self, name: str, last_label: str) -> tuple[str, ...]:
        """List the names that CNAMEs lead to from a name, as far as the one that begins with a label.

        Empty for none; `Unavailable` where no server of the name's zone answers.
        """
        ...


class EveryCheck(RecordChecks, AliasWalks, Protocol):
    """All looks at the world."""
