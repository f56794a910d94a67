"""The CA's objects as last seen: order, authorization, challenge (RFC 8555 §7.1)."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from certwright.domain.problem import Problem


class ChallengeType(StrEnum):
    """The challenges we can answer (RFC 8555 §8.3, §8.4)."""

    HTTP_01 = "http-01"
    DNS_01 = "dns-01"


class Status(StrEnum):
    """The statuses of orders, authorizations and challenges (RFC 8555 §7.1.6), one set for the three."""

    PENDING = "pending"
    READY = "ready"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"
    DEACTIVATED = "deactivated"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to prove an identifier; `type` may be one we do not know, and then has no token."""

    type: str
    url: str
    token: str
    status: Status
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """The CA's question about one identifier; `identifier` is without `*.` (RFC 8555 §7.1.4)."""

    url: str
    identifier: str
    is_wildcard: bool
    status: Status
    challenges: tuple[Challenge, ...]

    def challenge(self, challenge_type: str) -> Challenge | None:
        """Find the challenge of one type, None where the CA does not offer it."""
        return next((item for item in self.challenges if item.type == challenge_type), None)

    @property
    def name(self) -> str:
        """The name that was asked for, with `*.` where the authorization is a wildcard's."""
        return f"*.{self.identifier}" if self.is_wildcard else self.identifier


@dataclass(frozen=True, slots=True)
class Order:
    """An order; times are epoch milliseconds, 0 where the CA gave none.

    `authorizations` are those that were read to tell why an order is invalid. `retry_at` is the instant before which
    the CA asks not to be asked again (Retry-After, clamped).
    """

    url: str
    status: Status
    names: tuple[str, ...]
    finalize_url: str
    authorization_urls: tuple[str, ...]
    authorizations: tuple[Authorization, ...] = ()
    certificate_url: str = ""
    expires_at: int = 0
    retry_at: int = 0
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """An ACME account at one CA; `thumbprint` is its key's (RFC 7638), `url` is empty until it is registered.

    `limits` are what an operator has set for the CA, empty for nothing.
    """

    name: str
    directory: str
    url: str
    thumbprint: str
    limits: str = ""


def key_authorization(token: str, thumbprint: str) -> str:
    """Join a challenge's token and the account key's thumbprint (RFC 8555 §8.1)."""
    return f"{token}.{thumbprint}"


def txt_value(token: str, thumbprint: str) -> str:
    """Digest a key authorization into what DNS holds (RFC 8555 §8.4)."""
    digest = sha256(key_authorization(token, thumbprint).encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
