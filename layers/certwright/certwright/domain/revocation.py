"""Revocation: what was asked, what became of it, and what it forbids (RFC 5280 §5.3.1, RFC 8555 §7.6)."""

from dataclasses import dataclass
from enum import StrEnum

from certwright.domain.problem import Actor, Problem

MOST_REVOCATIONS = 20
"""So many a certificate may have; each lies in its item."""


class Reason(StrEnum):
    """Why a certificate is revoked: the reasons that subscribers may give (CA/Browser Forum BR §4.9.1.1, §7.2.2)."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"

    @property
    def code(self) -> int:
        """The CRLReason's number (RFC 5280 §5.3.1)."""
        return _CODES[self]


_CODES = {
    Reason.UNSPECIFIED: 0,
    Reason.KEY_COMPROMISE: 1,
    Reason.AFFILIATION_CHANGED: 3,
    Reason.SUPERSEDED: 4,
    Reason.CESSATION_OF_OPERATION: 5,
}


@dataclass(frozen=True, slots=True)
class Revocation:
    """A version that is to be revoked, as the API took it; `reissues` says whether another is to be issued for it."""

    version: int
    reason: Reason
    asked_at: int
    reissues: bool


@dataclass(frozen=True, slots=True)
class Revoked:
    """What became of a revocation: `problem` is None when it is done, else why the CA will not have it."""

    version: int
    at: int
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """A version that is stored and not expired: what is needed to revoke it; `public_key` may be empty."""

    version: int
    attempt: str
    account: str
    not_after: int
    public_key: str = ""


MOST_KEPT = 20
"""So many versions before the current one are remembered."""

KEY_COMPROMISED = Problem(
    "key-compromised", "The key of this attempt was reported as compromised; a new one is made.", Actor.US
)
CSR_COMPROMISED = Problem(
    "csr-key-compromised",
    "The key of this certificate's CSR was reported as compromised: delete the certificate, and request one with a CSR "
    "of another key.",
    Actor.USER,
)


def default_reissue(reason: Reason) -> bool:
    """Tell whether a revoked certificate is replaced where nothing was said: always, but for what is given up."""
    return reason is not Reason.CESSATION_OF_OPERATION
