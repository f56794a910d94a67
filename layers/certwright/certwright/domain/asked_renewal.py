"""A renewal that somebody asked for, ahead of its time."""

from dataclasses import dataclass

RENEWAL_REQUESTED = "renewal-requested"
"""The reason of a certificate with a renewal that was asked for and is still to be done."""


@dataclass(frozen=True, slots=True)
class AskedRenewal:
    """The wish to have a newer version than `version`, as the API took it at `asked_at` (epoch milliseconds).

    `unwanted_key` is the digest of the key that the newer version must not have, `unwanted_account` the CA account that
    it must not come from; empty where that does not matter. `moved_from` is the account whose certificates are moved,
    where that is why.
    """

    version: int
    asked_at: int
    unwanted_key: str = ""
    unwanted_account: str = ""
    moved_from: str = ""

    def is_met_by(self, version: int, public_key: str, account: str) -> bool:
        """Tell whether a version with this key, from this account, is what was asked for."""
        has_old_key = bool(self.unwanted_key) and public_key == self.unwanted_key
        is_from_old_account = bool(self.unwanted_account) and account == self.unwanted_account
        return version > self.version and not has_old_key and not is_from_old_account
