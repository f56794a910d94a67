"""Look over all certificates from outside the work on them: whatever stops there must be seen from here."""

from dataclasses import dataclass

from certwright import ports
from certwright.domain.owner import Zone
from certwright.domain.renewal import SECOND
from certwright.domain.shown import Hearer, Summary
from certwright.domain.zone_watch import endangers_renewals

MOST_LATE = 100
"""So many late ones of each hearer are counted; more make no difference to who is called."""
FIRST_TO_EXPIRE = 20
"""Among so many that are late first lies the one that expires first, but for those never issued."""


@dataclass(frozen=True, slots=True)
class Report:
    """How a deployment stands.

    `due_for_seconds` is how long the certificate that waits longest has been due, 0 where none is. `late` are those,
    past the time by which they should have been issued or renewed, that an operator must hear of;
    `soonest_expiry_seconds` is of those too, 0 once expired, None without any. Users must hear of `late_for_users`.
    Renewals will fail in `zones_in_trouble` unless somebody acts.
    """

    due_for_seconds: int
    soonest_expiry_seconds: int | None
    live_nodes: int
    late: tuple[Summary, ...]
    late_for_users: int
    zones_in_trouble: tuple[Zone, ...] = ()


def look_over(overview: ports.Overview, nodes: ports.Nodes, zones: ports.Zones, clock: ports.Clock) -> Report:
    """Take stock; what it reads follows the number of late certificates, not of all."""
    now = clock.now()
    oldest = overview.oldest_due()
    listed = overview.list_by_lateness(Hearer.OPERATOR, MOST_LATE)
    expiries = [found.expires_at for found in _read(overview, listed[:FIRST_TO_EXPIRE]) if found.expires_at]
    users = overview.list_by_lateness(Hearer.USER, MOST_LATE)
    return Report(
        due_for_seconds=max(0, now - oldest) // SECOND if oldest is not None else 0,
        soonest_expiry_seconds=max(0, min(expiries) - now) // SECOND if expiries else None,
        live_nodes=sum(row.lease_until > now for row in nodes.list_rows()),
        late=_read(overview, tuple(item for item in listed if item.late_at <= now)),
        late_for_users=sum(item.late_at <= now for item in users),
        zones_in_trouble=tuple(zone for zone in zones.list_all() if endangers_renewals(zone, now)),
    )


def _read(overview: ports.Overview, listed: tuple[ports.Lateness, ...]) -> tuple[Summary, ...]:
    """Read the summaries, without those that are gone or renewed since the index was written."""
    found = [(item, overview.read_summary(item.certificate)) for item in listed]
    return tuple(summary for item, summary in found if summary and summary.late_at == item.late_at)
