"""What is announced: changes of certificates, CA accounts, zones and delegations, a daily digest (docs/events.md)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from certwright.domain.account_event import AccountEvent
from certwright.domain.certificate import Event
from certwright.domain.instants import instant
from certwright.domain.notice import About, Notice
from certwright.domain.shown import Hearer, Summary

STATE_CHANGED = "Certificate State Changed"
DIGEST = "Certificate Digest"
ACCOUNT_CHANGED = "CA Account Changed"
NOTICED = {About.ZONE: "Zone State Changed", About.DELEGATION: "Delegation State Changed"}
MOST_NAMED = 200
"""So many certificates a digest names: an event holds 256 KB."""

type Detail = dict[str, object]


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event: its detail type, when it came about (epoch milliseconds), whom it is about, and its detail."""

    kind: str
    at: int
    certificate: str
    detail: Detail


def announce_change(certificate_id: str, event: Event, shown: Summary | None) -> Announcement:
    """Tell of a change of state; `shown` is the certificate as lists show it now, None where it is gone."""
    detail: Detail = {
        "certificate": certificate_id,
        "at": instant(event.at),
        "state": event.state,
        "reason": event.reason,
        "message": event.sentence,
        "owner": shown.owner if shown else None,
        "names": list(shown.names) if shown else [],
        "names_total": shown.names_total if shown else 0,
        "expires_at": instant(shown.expires_at) if shown else None,
        "correlation_id": event.correlation_id or None,
        "dry_run": shown.is_dry_run if shown else False,
        "untrusted": shown.is_untrusted if shown else False,
    }
    return Announcement(STATE_CHANGED, event.at, certificate_id, detail)


def announce_account(event: AccountEvent) -> Announcement:
    """Tell what happened to an account at a CA."""
    detail: Detail = {
        "ca": event.account,
        "directory": event.directory,
        "at": instant(event.at),
        "change": event.change.value,
        "message": event.sentence,
        "reason": event.code or None,
        "terms_before": event.terms_before or None,
        "terms_now": event.terms_now or None,
    }
    return Announcement(ACCOUNT_CHANGED, event.at, "", detail)


def announce_notice(notice: Notice) -> Announcement:
    """Tell what a zone or a delegation is found to be."""
    name = "origin" if notice.about is About.ZONE else "domain"
    detail: Detail = {
        notice.about.value: notice.id,
        "at": instant(notice.at),
        "state": notice.state,
        "reason": notice.reason,
        "message": notice.sentence,
        "owner": notice.owner,
        name: notice.name,
    }
    return Announcement(NOTICED[notice.about], notice.at, "", detail)


def announce_digest(summaries: Iterable[Summary], now: int) -> Announcement:
    """Tell how many certificates are in which state, and which need somebody; `now` in epoch milliseconds.

    Dry runs are no certificates, and are left out.
    """
    states: Counter[str] = Counter()
    needy: list[Summary] = []
    for found in summaries:
        if found.is_dry_run:
            continue
        states[found.state] += 1
        if needs_attention(found, now):
            needy.append(found)
    needy.sort(key=lambda found: (found.expires_at or found.late_at, found.id))
    detail: Detail = {
        "at": instant(now),
        "states": dict(sorted(states.items())),
        "needing_attention": [_describe(found) for found in needy[:MOST_NAMED]],
        "needing_attention_total": len(needy),
    }
    return Announcement(DIGEST, now, "", detail)


def needs_attention(shown: Summary, now: int) -> bool:
    """Tell whether somebody must look at a certificate: it is late, has expired, failed, or will not renew as it is."""
    is_lost = shown.state == "issued" and shown.is_troubled
    return 0 < shown.late_at <= now or shown.state in ("failing", "expired") or is_lost


def _describe(shown: Summary) -> Detail:
    return {
        "certificate": shown.id,
        "owner": shown.owner,
        "names": list(shown.names),
        "names_total": shown.names_total,
        "state": shown.state,
        "reason": shown.reason,
        "expires_at": instant(shown.expires_at),
        "must_act": Hearer(shown.late_for).value,
    }
