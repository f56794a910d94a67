"""States, reasons, CAs and times in a few words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

from certwright.domain.ca import CaEntry
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND
from certwright.domain.shown import Summary


class Tone(StrEnum):
    """How a state looks: well, somebody's turn, broken, being worked on, or of no matter."""

    OK = "ok"
    WAIT = "wait"
    BROKEN = "broken"
    WORK = "work"
    QUIET = "quiet"


AT_WORK = ("issuing", "renewing")

STATES: Mapping[str, tuple[str, Tone]] = {
    "waiting": ("Waiting", Tone.WAIT),
    "issuing": ("Being issued", Tone.WORK),
    "failing": ("Failing", Tone.BROKEN),
    "issued": ("Issued", Tone.OK),
    "renewing": ("Being renewed", Tone.WORK),
    "expired": ("Expired", Tone.BROKEN),
    "revoked": ("Revoked", Tone.QUIET),
    "deleting": ("Being deleted", Tone.QUIET),
    "passed": ("Dry run passed", Tone.OK),
    "failed": ("Dry run failed", Tone.BROKEN),
}

_MOVING = frozenset(
    {
        "",
        "new",
        "requested",
        "issued",
        "renewal-due",
        "renewal-requested",
        "ca-at-work",
        "awaiting-nodes",
        "same-names-in-flight",
        "revoking",
    }
)
"""Reasons of what moves by itself right now, or is well."""

_IN_LINE = frozenset({"waiting-for-budget", "budgets-busy"})
"""Reasons of what waits for its turn at a CA, perhaps for days."""

_NOBODYS = _MOVING | _IN_LINE | {"revoked"}
"""Reasons that ask nothing of anybody."""

REASONS: Mapping[str, str] = {
    "new": "About to be looked at",
    "renewal-due": "Renewal is due",
    "renewal-requested": "Renewal was asked for",
    "ca-at-work": "The CA is at work",
    "awaiting-nodes": "Waiting for the DNS nodes",
    "same-names-in-flight": "Another order has the same names",
    "backing-off": "Tried again later",
    "cname-missing": "CNAME missing",
    "cname-elsewhere": "CNAME leads elsewhere",
    "cname-doubled": "CNAME with the domain twice",
    "cname-from-wildcard": "A wildcard answers for the CNAME",
    "cname-not-everywhere": "CNAME not on all servers yet",
    "cname-loop": "CNAME leads in a circle",
    "cname-chain-too-long": "Too many CNAMEs in a row",
    "delegated-elsewhere": "Delegated to another owner",
    "txt-in-the-way": "TXT where the CNAME goes",
    "ns-in-the-way": "NS where the CNAME goes",
    "zone-address-missing": "A record of the name server missing",
    "zone-address-elsewhere": "Name server’s address is another",
    "zone-address-alias": "Name server is an alias",
    "zone-ns-missing": "NS record missing",
    "zone-ns-elsewhere": "NS record leads elsewhere",
    "zone-ns-not-everywhere": "NS record not on all servers yet",
    "zone-missing": "No zone to delegate to",
    "ns-at-apex": "NS at the domain itself",
    "ns-with-address": "NS with an address for a value",
    "address-missing": "A record missing",
    "address-elsewhere": "Address is another site’s",
    "redirect-path-lost": "Redirect loses its path",
    "lame": "A name server does not know its zone",
    "domain-missing": "Domain does not exist",
    "name-not-granted": "Name not granted",
    "name-not-proven": "Name not proven",
    "name-held": "Name held by another owner",
    "owner-inactive": "Owner not active",
    "answers-not-served": "Answers not served by the nodes",
    "stuck": "Set aside after crashes",
    "waiting-for-budget": "The CA’s limit is used up for now",
    "budgets-busy": "Many wait for the CA’s limits",
    "revoking": "Being revoked",
    "key-compromised": "Its key was compromised",
    "csr-key-compromised": "The key of the CSR was compromised",
    "zone-ds": "DS record at our zone",
    "unreachable-udp": "Our node can’t be reached by UDP",
    "unreachable-tcp": "Our node can’t be reached by TCP",
    "cname-proxied": "CNAME proxied by the provider",
    "cname-of-provider": "CNAME of another service",
    "ipv6-elsewhere": "IPv6 address is another site’s",
    "ipv6-not-testable": "Name servers with IPv6 only",
    "caa-forbids": "CAA forbids this CA",
    "caa-unreadable": "CAA can’t be read",
    "dnssec-bogus": "DNSSEC is broken",
    "check-too-slow": "DNS of the names is too slow",
    "dns-failure": "Name servers don’t answer",
    "address-not-granted": "IP address not granted",
    "ca-paused": "Paused by the CA after failures",
    "cname-left-over": "CNAME of a deleted delegation",
    "rehearsal-failed": "A rehearsal of the renewal failed",
    "ca-deactivated": "The CA account was given up",
}


def pill(state: str, reason: str) -> tuple[str, Tone]:
    """Say a state in a word or three, with its tone."""
    if state == "issued" and reason == "rehearsal-failed":
        return "Renewal would fail", Tone.WAIT
    if state == "issued" and reason not in _NOBODYS:
        return "Renewal held up", Tone.BROKEN
    if state == "waiting" and reason in _IN_LINE:
        return "In line at the CA", Tone.WORK
    if state == "waiting" and reason in _MOVING:
        return "Just requested", Tone.WORK
    return STATES.get(state, (state, Tone.QUIET))


def reason_in_words(reason: str) -> str:
    """Say a reason in a few words; what is not known by heart is the code with spaces."""
    if reason.startswith("ca-") and reason not in REASONS:
        return f"The CA said: {reason.removeprefix('ca-')}"
    return REASONS.get(reason) or reason.replace("-", " ").capitalize()


def needs_someone(item: Summary) -> bool:
    """Tell whether a certificate goes nowhere until a person acts or an attempt at last succeeds."""
    if item.state in ("failing", "expired"):
        return True
    return item.state in ("waiting", "issued") and item.reason not in _NOBODYS


def is_under_way(item: Summary) -> bool:
    """Tell whether a certificate moves by itself right now."""
    return item.state in (*AT_WORK, "deleting") or (item.state == "waiting" and item.reason in _MOVING)


_CAS = {
    "letsencrypt": "Let’s Encrypt",
    "letsencrypt-staging": "Let’s Encrypt staging",
    "zerossl": "ZeroSSL",
    "google": "Google Trust Services",
    "google-staging": "Google Trust Services staging",
}


def ca_in_words(account: str, ca: CaEntry) -> str:
    """Name a CA as people do; one that is given by its directory is named by that."""
    if account in _CAS:
        return _CAS[account]
    return ca.directory.split("/")[2] if account == ca.account and "//" in ca.directory else account


def day(instant: int, now: int) -> str:
    """Write a day, with the year where it is another."""
    date, today = _date(instant), _date(now)
    return f"{date.day} {date:%b}" if date.year == today.year or abs(instant - now) < 200 * DAY else f"{date:%-d %b %Y}"


def moment(instant: int, now: int) -> str:
    """Write an instant for a log, UTC."""
    date = _date(instant)
    return f"today {date:%H:%M:%S}" if date.date() == _date(now).date() else f"{day(instant, now)} {date:%H:%M}"


def span(milliseconds: int) -> str:
    """Write how long something is, in its largest unit."""
    for unit, word, over in ((DAY, "day", 2 * DAY), (HOUR, "h", 2 * HOUR), (MINUTE, "min", 2 * MINUTE)):
        if milliseconds >= over:
            count = milliseconds // unit
            return f"{count} {word}{'s' if word == 'day' else ''}"
    return f"{max(0, milliseconds) // SECOND} s"


def seconds(milliseconds: int) -> str:
    """Write how long something took: to a tenth below ten seconds, else in its largest unit."""
    return f"{milliseconds / SECOND:.1f} s" if 0 <= milliseconds < 10 * SECOND else span(milliseconds)


def away(instant: int, now: int) -> str:
    """Write how far an instant is from now."""
    if instant <= now:
        return f"{span(now - instant)} ago"
    return f"in {span(instant - now)}"


def count(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _date(instant: int) -> datetime:
    return datetime.fromtimestamp(instant / 1000, UTC)
