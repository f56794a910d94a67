"""A renewal that somebody asked for, ahead of its time."""

from dataclasses import dataclass

RENEWAL_REQUESTED = "renewal-requested"
"""The reason of a certificate with a renewal that was asked for and is still to be done."""


@dataclass(frozen=True, slots=True)
class AskedRenewal:
    """The wish to have a newer version than `version`, as the API took it at `asked_at` (epoch milliseconds).

    `unwanted_key` is the digest of the key that the newer version must not have, empty where that does not matter.
    """

    version: int
    asked_at: int
    unwanted_key: str = ""

    def is_met_by(self, version: int, public_key: str) -> bool:
        """Tell whether a version with this key is what was asked for."""
        return version > self.version and (not self.unwanted_key or public_key != self.unwanted_key)
