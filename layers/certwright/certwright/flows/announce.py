"""Tell whoever listens what has become of certificates, CA accounts, zones and delegations."""

from collections.abc import Iterator

from certwright import ports
from certwright.domain.account_event import AccountEvent
from certwright.domain.announcement import announce_account, announce_change, announce_digest, announce_notice
from certwright.domain.certificate import Event
from certwright.domain.notice import Notice
from certwright.domain.shown import Summary

PAGE = 500


def announce_event(overview: ports.Overview, bus: ports.Bus, certificate_id: str, event: Event) -> None:
    """Announce one change of state that was stored."""
    bus.announce(announce_change(certificate_id, event, overview.read_summary(certificate_id)))


def announce_account_event(bus: ports.Bus, event: AccountEvent) -> None:
    """Announce what happened to a CA account."""
    bus.announce(announce_account(event))


def announce_what_was_noticed(bus: ports.Bus, notice: Notice) -> None:
    """Announce what became of a zone or a delegation."""
    bus.announce(announce_notice(notice))


def announce_daily(owners: ports.Owners, certificates: ports.Certificates, bus: ports.Bus, clock: ports.Clock) -> None:
    """Announce how all certificates stand."""
    bus.announce(announce_digest(_list_all(owners, certificates), clock.now()))


def _list_all(owners: ports.Owners, certificates: ports.Certificates) -> Iterator[Summary]:
    for owner in owners.list_all():
        cursor = ""
        while True:
            page = certificates.list_summaries(owner.id, cursor, PAGE)
            yield from page.items
            cursor = page.cursor
            if not cursor:
                break
