"""What a CA lets through: its limits as values, as an operator writes them, and as its refusals name them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from certwright.domain.errors import InvalidRequest
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND


class Kind(StrEnum):
    """What is limited; `CA` stands for all requests to a CA, which have no limit but can be asked to stay away."""

    CA = "ca"
    SET = "set"
    DOMAIN = "domain"
    ORDERS = "orders"
    FAILURES = "failures"


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket: so many at once, and one more every `interval` milliseconds."""

    burst: int
    interval: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a CA by `Kind`, None where it has none.

    `spares_renewals`: a renewal in the window that the CA suggests, with `replaces`, is exempt from all of them, and a
    set of names that had a certificate lately from all but its own and that of failures (Let's Encrypt).
    """

    set: Limit | None = None
    domain: Limit | None = None
    orders: Limit | None = None
    failures: Limit | None = None
    spares_renewals: bool = False

    def of(self, kind: Kind) -> Limit | None:
        """Find the limit of a kind."""
        return {
            Kind.SET: self.set,
            Kind.DOMAIN: self.domain,
            Kind.ORDERS: self.orders,
            Kind.FAILURES: self.failures,
            Kind.CA: None,
        }[kind]


LETS_ENCRYPT = Limits(
    set=Limit(5, 34 * HOUR),
    domain=Limit(50, 202 * MINUTE),
    orders=Limit(300, 36 * SECOND),
    failures=Limit(5, 12 * MINUTE),
    spares_renewals=True,
)
"""https://letsencrypt.org/docs/rate-limits/ (2026-08-05)."""

LETS_ENCRYPT_STAGING = Limits(
    set=Limit(30_000, 20_160),
    orders=Limit(1500, 7200),
    failures=Limit(200, 18 * SECOND),
    spares_renewals=True,
)
"""https://letsencrypt.org/docs/staging-environment/ (2026-04-10); its 30,000 a second for a domain are no limit."""

_SPARED = {"renewals=spared": True, "renewals=counted": False}
_UNITS: Mapping[str, int] = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_SETTABLE = tuple(field.name for field in fields(Limits) if field.name != "spares_renewals")
_WRITTEN = re.compile(rf"({'|'.join(_SETTABLE)})=(?:([1-9]\d{{0,8}})/([1-9]\d{{0,5}})([smhd])|none)", re.ASCII)


def parse_limits(text: str, known: Limits) -> Limits:
    """Read limits like `orders=300/3h domain=50/7d`, or `set=none`, over those that are known of a CA.

    `renewals=spared` or `renewals=counted` sets whether renewals are exempt as they are at Let's Encrypt. Raises
    `InvalidRequest` naming the part that can't be read.
    """
    limits = known
    for part in text.split():
        if part in _SPARED:
            limits = replace(limits, spares_renewals=_SPARED[part])
            continue
        found = _WRITTEN.fullmatch(part)
        if found is None:
            raise InvalidRequest(
                f"“{part}” is no limit: write one of {', '.join(_SETTABLE)}, “=”, and a number and a time like 300/3h, "
                "or none; or renewals=spared, or renewals=counted.",
                field="limits",
            )
        limits = replace(limits, **{found[1]: _read(found)})  # type: ignore[arg-type]  # the pattern names limits only
    return limits


def _read(found: re.Match[str]) -> Limit | None:
    if not found[2]:
        return None
    burst, period = int(found[2]), int(found[3]) * _UNITS[found[4]]
    return Limit(burst, -(-period // burst))


_NAMED: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.ORDERS, re.compile(r"#new-orders-per-account|too many new orders")),
    (Kind.SET, re.compile(r"#new-certificates-per-exact-set|issued for this exact set")),
    (Kind.FAILURES, re.compile(r"#authorization-failures-per|too many failed authorizations")),
    (Kind.DOMAIN, re.compile(r"#new-certificates-per-registered-domain|too many certificates .*already issued for \"")),
)
_QUOTED = re.compile(r'"([^"\s]{1,253})"')
_UNPAUSE = re.compile(r"https://[^\s\"<>]+/unpause\?[^\s\"<>]+")


@dataclass(frozen=True, slots=True)
class Named:
    """The limit that a refusal names; `subject` is the domain or name it is about, empty where it tells none."""

    kind: Kind
    subject: str = ""


def named_limit(detail: str) -> Named | None:
    """Find the limit that a CA's refusal is about, by Boulder's wording and the anchors of its documentation."""
    kind = next((kind for kind, pattern in _NAMED if pattern.search(detail)), None)
    if kind is None:
        return None
    quoted = _QUOTED.search(detail) if kind in (Kind.DOMAIN, Kind.FAILURES) else None
    return Named(kind, quoted[1].lower().removeprefix("*.") if quoted else "")


def unpause_link(detail: str) -> str:
    """Find the link by which a paused account or name is let through again; empty where there is none."""
    found = _UNPAUSE.search(detail)
    return found[0].rstrip(".,;)") if found else ""
