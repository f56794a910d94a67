"""What is stored: the current version, the earlier ones that are still valid, and what was revoked."""

from certwright.domain.certificate import Current
from certwright.domain.revocation import Revocation, Revoked
from certwright.flows.read_certificate import CertificateView
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html, Node
from certwright.web.dashboard.parts import ago, facts, pill, when
from certwright.web.dashboard.problem_card import say
from certwright.web.dashboard.words import Tone, count, day

REASONS_IN_WORDS = {
    "unspecified": "no reason given",
    "keyCompromise": "the key got into wrong hands",
    "affiliationChanged": "the names belong to somebody else now",
    "superseded": "another certificate takes its place",
    "cessationOfOperation": "given up",
}


def versions_card(view: CertificateView, now: int) -> Html | None:
    """Show the versions; None while nothing is issued."""
    current = view.work.current
    if current is None:
        return None
    return h.section(
        h.div(h.h2(f"Version {current.version}"), _mark(view, current.version), class_="section-head"),
        facts(*_current_facts(current, view, now), is_narrow=True),
        _revocation_problem(view, current.version),
        _earlier(view, now),
        class_="card",
    )


def _current_facts(current: Current, view: CertificateView, now: int) -> list[tuple[str, Node]]:
    renewal, why = view.work.renew_at, view.work.window_explanation
    is_renewed = not view.work.is_current_revoked
    return [
        ("Valid until", day_and_distance(current.not_after, now)),
        ("Issued", day_and_distance(current.stored_at, now)),
        (
            "Next renewal" if renewal > now else "Renewal due since",
            day_and_distance(renewal, now) if renewal and is_renewed else None,
        ),
        ("Why then", h.a("The CA explains", href=why) if why.startswith("https://") else None),
        ("Issuer", current.issuer),
        ("Root", current.root),
        ("Serial", h.code(current.serial)),
        ("Renews", h.code(current.replaces) if current.replaces else None),
    ]


def _earlier(view: CertificateView, now: int) -> Html | None:
    """List the versions before the current one that have not expired."""
    kept = [item for item in view.work.earlier if item.not_after > now]
    if not kept:
        return None
    rows = (
        h.li(
            h.span(f"Version {item.version}"),
            h.span("valid until ", when(item.not_after, day(item.not_after, now)), class_="quiet"),
            _mark(view, item.version),
        )
        for item in kept
    )
    return h.details(
        h.summary(count(len(kept), "earlier version is", "earlier versions are"), " still valid"),
        h.ul(*rows, class_="versions"),
        id="earlier",
    )


def _mark(view: CertificateView, version: int) -> Html | None:
    """Mark a version that is revoked, or about to be."""
    asked, done = _find(view, version)
    if asked is None:
        return None
    why = REASONS_IN_WORDS[asked.reason.value]
    if done is None:
        return h.span(pill("Being revoked", Tone.WORK), title=why)
    return h.span(pill("Revoked" if done.problem is None else "Not revoked", Tone.QUIET), title=why)


def _revocation_problem(view: CertificateView, version: int) -> Html | None:
    """Say why the CA would not revoke a version."""
    _, done = _find(view, version)
    if done is None or done.problem is None:
        return None
    return h.div(h.h3("The CA did not revoke it"), *say(done.problem, has_title=False), class_="inset")


def _find(view: CertificateView, version: int) -> tuple[Revocation | None, Revoked | None]:
    asked = next((item for item in view.desired.revocations if item.version == version), None)
    return asked, next((item for item in view.work.revoked if item.version == version), None)


def day_and_distance(at: int, now: int) -> list[Node]:
    """Write a day, and how far it is."""
    return [when(at, day(at, now)), " · ", ago(at, now)]
