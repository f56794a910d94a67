"""What Let's Encrypt promises and limits, as data: profiles, windows for renewal, and token buckets.

From its documentation of profiles (2026-07-14), of rate limits (2026-08-05) and of the move to 45 days (2025-12-02).
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND


@dataclass(frozen=True, slots=True)
class Profile:
    """How long things of one profile last, in milliseconds."""

    validity: int
    pending_authorization: int
    valid_authorization: int
    order: int
    most_names: int


def _instant(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * SECOND


TO_64_DAYS, TO_45_DAYS = _instant(2027, 2, 10), _instant(2028, 2, 16)

CLASSIC_90 = Profile(90 * DAY, 7 * DAY, 30 * DAY, 7 * DAY, 100)
CLASSIC_64 = Profile(64 * DAY, 7 * DAY, 10 * DAY, 7 * DAY, 100)
CLASSIC_45 = Profile(45 * DAY, 7 * DAY, 7 * HOUR, 7 * DAY, 100)
TLSSERVER = Profile(45 * DAY, HOUR, 7 * HOUR, 8 * HOUR, 25)
SHORTLIVED = Profile(160 * HOUR, HOUR, 7 * HOUR, 8 * HOUR, 25)
PROFILES = ("classic", "tlsserver", "shortlived")


def profile_at(name: str, now: int) -> Profile | None:
    """Find what a profile, empty for the default, means at an instant; None where there is no such profile."""
    if name in ("", "classic"):
        return CLASSIC_90 if now < TO_64_DAYS else CLASSIC_64 if now < TO_45_DAYS else CLASSIC_45
    return {"tlsserver": TLSSERVER, "shortlived": SHORTLIVED}.get(name)


def suggested_window(not_before: int, not_after: int) -> tuple[int, int]:
    """Suggest when to renew as Boulder does: 2 % of the validity around 2/3 of it, 1/2 under 10 days."""
    validity = not_after - not_before
    middle = not_before + (validity // 2 if validity < 10 * DAY else validity * 2 // 3)
    return middle - validity // 100, middle + validity // 100


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket: so many at once, and one more each `refill` milliseconds."""

    burst: int
    refill: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that an account meets."""

    orders_per_account: Limit = Limit(300, 36 * SECOND)
    certificates_per_domain: Limit = Limit(50, 202 * MINUTE)
    certificates_per_set: Limit = Limit(5, 34 * HOUR)
    failures_per_name: Limit = Limit(5, 12 * MINUTE)


LETS_ENCRYPT = Limits()
TIGHT = Limits(Limit(2, 10 * MINUTE), Limit(2, 202 * MINUTE), Limit(2, 34 * HOUR), Limit(3, 12 * MINUTE))
"""The same kinds with smaller numbers, so that a handful of certificates meets them."""


def describe(limits: Limits) -> str:
    """Write limits as an operator sets them."""
    written = {
        "orders": limits.orders_per_account,
        "domain": limits.certificates_per_domain,
        "set": limits.certificates_per_set,
        "failures": limits.failures_per_name,
    }
    parts = (f"{name}={limit.burst}/{limit.burst * limit.refill // SECOND}s" for name, limit in written.items())
    return " ".join((*parts, "renewals=spared"))


@dataclass(slots=True)
class Buckets:
    """The state of all buckets, by limit and subject (GCRA: the instant at which each is full again).

    They are kept a second time without what nobody outside the CA can know that it counts.
    """

    _full_at: dict[tuple[Limit, Hashable], int] = field(default_factory=dict)
    _foreseeable: dict[tuple[Limit, Hashable], int] = field(default_factory=dict)

    def wait(self, limit: Limit, subject: Hashable, now: int) -> int:
        """Tell how long until one may be taken, 0 for now; takes nothing."""
        return _wait(self._full_at, limit, subject, now)

    def foreseeable_wait(self, limit: Limit, subject: Hashable, now: int) -> int:
        """Tell how long whoever knows what can be known has to expect to wait."""
        return _wait(self._foreseeable, limit, subject, now)

    def take(self, limit: Limit, subject: Hashable, now: int, *, is_foreseeable: bool = True) -> None:
        """Take one."""
        for full_at in (self._full_at, self._foreseeable) if is_foreseeable else (self._full_at,):
            full_at[limit, subject] = max(now, full_at.get((limit, subject), 0)) + limit.refill


def _wait(full_at: Mapping[tuple[Limit, Hashable], int], limit: Limit, subject: Hashable, now: int) -> int:
    return max(0, full_at.get((limit, subject), 0) - now - (limit.burst - 1) * limit.refill)
