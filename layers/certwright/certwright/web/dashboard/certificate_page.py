"""One certificate: its state in words, the records it needs, the way a CA takes, what is stored, what happened.

Long, but one page: each function is a part of it, from the top down.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from certwright.domain.access import Action
from certwright.domain.ca import CaEntry
from certwright.domain.certificate import Current, Event
from certwright.domain.identifier import display_name
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import MINUTE
from certwright.flows.read_certificate import CertificateView
from certwright.web.dashboard import html as h
from certwright.web.dashboard.chain import draw_chain, hops_by_dns, hops_by_http, hops_seen, tone_of
from certwright.web.dashboard.downloads import download_card
from certwright.web.dashboard.history import history_card
from certwright.web.dashboard.html import Element, Html, Node
from certwright.web.dashboard.layout import Visit, frame, post_form
from certwright.web.dashboard.parts import ago, back, domain, facts, notice, pill, when
from certwright.web.dashboard.progress import progress_card
from certwright.web.dashboard.records_card import lacking_records, other_forms, records_table
from certwright.web.dashboard.redirects import redirect_choice
from certwright.web.dashboard.words import Tone, ca_in_words, count, day
from certwright.web.dashboard.words import pill as pill_words

CHAINS_SHOWN = 6
LIVE_AT_WORK = 2
LIVE_WAITING = 5


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is known of a certificate, with what is needed to show it."""

    view: CertificateView
    events: Sequence[Event]
    owner: str
    ca: CaEntry
    challenge_host: str
    origin: str
    registrable: Callable[[str], str | None]


def certificate_page(visit: Visit, dossier: Dossier, done: str = "") -> Html:
    """Show one certificate."""
    view = dossier.view
    title = display_name(view.desired.names[0])
    return frame(
        visit,
        title,
        _head(visit, dossier),
        notice(done) if done else None,
        h.div(
            _problem_card(dossier),
            progress_card(view, ca_in_words(view.desired.account, dossier.ca)),
            _chains_card(dossier),
            id="now",
            data_region=True,
            class_="stack",
        ),
        h.div(
            h.div(
                h.div(_standing_records(dossier), id="standing", data_region=True, class_="stack"),
                h.div(history_card(dossier.events, view.work.attempt, visit.now), id="history", data_region=True),
                class_="stack",
            ),
            h.div(
                h.div(_current_card(view, visit.now), id="current", data_region=True, class_="stack"),
                h.div(download_card(view, dossier.origin), id="download", data_region=True),
                _request_card(dossier, visit.now),
                class_="stack",
            ),
            class_="columns",
        ),
        _delete_dialog(visit, dossier) if visit.may(Action.REQUEST) and not view.desired.is_deleted else None,
        live_seconds=_live_seconds(view, visit.now),
    )


def _live_seconds(view: CertificateView, now: int) -> int:
    """Tell how often the page looks again: often while work is under way, seldom while somebody is waited for."""
    is_new = view.status.state == "waiting" and not view.status.problem
    if view.work.attempt or view.desired.is_deleted or is_new:
        return LIVE_AT_WORK
    return LIVE_WAITING if view.status.problem and view.work.due_at < now + 10 * MINUTE else 0


def _head(visit: Visit, dossier: Dossier) -> Html:
    view = dossier.view
    words, tone = _pill(view)
    return h.div(
        h.div(
            back("/", "Certificates"),
            h.h1(_title(view), class_="name"),
            h.p(
                h.span(pill(words, tone), data_announced=True),
                h.span(_in_a_sentence(view, visit.now)),
                class_="subhead",
                id="subhead",
                data_region=True,
            ),
        ),
        _actions(visit, view),
        class_="page-head",
    )


def _pill(view: CertificateView) -> tuple[str, Tone]:
    """Say the state, with how many records it waits for."""
    words, tone = pill_words(view.status.state, view.status.reason)
    lacking = len(lacking_records(view.records, view.work.checks)) if view.status.state == "waiting" else 0
    if not lacking or tone is not Tone.WAIT:
        return words, tone
    return f"Waiting for {'one record' if lacking == 1 else f'{lacking} records'}", tone_of(view.status.problem)


def _title(view: CertificateView) -> list[Node]:
    names = view.desired.names
    plain = sorted(names, key=lambda name: (name.startswith("*."), name)) if len(names) == 2 else list(names)
    shown: list[Node] = [domain(display_name(plain[0]))]
    if len(plain) == 2:
        shown.extend([h.span(" + ", class_="plus"), domain(display_name(plain[1]))])
    elif len(plain) > 2:
        shown.append(h.span(f" + {len(plain) - 1} more names", class_="plus"))
    return shown


def _in_a_sentence(view: CertificateView, now: int) -> list[Node]:
    work = view.work
    if view.desired.is_deleted:
        return ["Its answers are being withdrawn, then it is gone."]
    if work.attempt:
        return ["Under way since ", ago(work.attempt.started_at, now), "."]
    if work.current and not view.status.problem:
        return ["Renewed by itself ", ago(work.renew_at, now), "." if work.renew_at > now else ": due."]
    checked: list[Node] = ["Looked at ", ago(work.checked_at, now), ", "] if work.checked_at else []
    again: list[Node] = ["again ", ago(work.due_at, now), "."] if work.due_at > now else ["again at once."]
    return [*checked, *again] if checked or view.status.problem else [view.status.sentence]


def _actions(visit: Visit, view: CertificateView) -> Html | None:
    if not visit.may(Action.REQUEST) or view.desired.is_deleted:
        return None
    address = f"/certificates/{view.desired.id}"
    return h.div(
        post_form(visit, f"{address}/check", h.button("Check now", type="submit")),
        h.a("Delete…", href=f"{address}/delete", class_="button", data_opens="delete"),
        class_="actions",
    )


_WHO = {
    Actor.USER: "This needs you",
    Actor.OPERATOR: "This needs an operator",
    Actor.CA: "The CA holds this up",
    Actor.US: "This is our fault",
}


def _problem_card(dossier: Dossier) -> Html | None:
    """Say what is wrong, and show the records with it while that is what is missing."""
    view = dossier.view
    problem, work = view.status.problem, view.work
    about_records = problem is not None and any(check.problem for check in work.checks)
    if not about_records and not _is_unseen(view):
        return h.section(*_say(problem), class_="card ask broken") if problem else None
    tone = tone_of(problem) if problem else Tone.WAIT
    return h.section(
        h.h2(_ask(view)),
        *_found_instead(problem),
        records_table(view.records, work.checks, label="Records to add") if view.records else None,
        redirect_choice(view.desired.http_names, dossier.challenge_host),
        other_forms(view.records, dossier.registrable) if view.records else None,
        class_=f"card ask {'broken' if tone is Tone.BROKEN else ''}",
    )


def _is_unseen(view: CertificateView) -> bool:
    """Tell whether the records were never found standing."""
    work = view.work
    is_begun = work.current or work.attempt or work.checked_at or view.status.problem
    return bool(view.records) and not is_begun


def _ask(view: CertificateView) -> str:
    if view.work.current and view.records:
        return "Please put this right with your DNS provider: the renewal waits for it"
    lacking = lacking_records(view.records, view.work.checks)
    each = f"this {lacking[0].type} record" if len(lacking) == 1 else "these records"
    return f"Please add {each} with your DNS provider"


def _found_instead(problem: Problem | None) -> list[Node]:
    """Say what was found: in a few words where a record is merely not there, else the whole sentence."""
    if problem is None:
        return [h.p("They are looked for in a moment, and noticed when they are there.", class_="quiet")]
    if tone_of(problem) is not Tone.WAIT:
        return _say(problem, has_title=False)
    found: list[Node] = ["Found at ", h.code(problem.subject), ": ", h.b(problem.found or "nothing"), ". "]
    return [h.p(found if problem.subject else problem.sentence, "It is noticed by itself, and renewals need it.")]


def _say(problem: Problem | None, *, has_title: bool = True) -> list[Node]:
    if problem is None:
        return []
    said: list[Node] = [h.h2(_WHO[problem.actor])] if has_title else []
    said.append(h.p(problem.sentence, class_="verdict"))
    if problem.wanted or problem.found:
        said.append(
            h.dl(
                *((h.dt("Wanted"), h.dd(h.code(problem.wanted))) if problem.wanted else ()),
                *((h.dt("Found"), h.dd(h.code(problem.found))) if problem.found else ()),
                class_="against",
            )
        )
    if problem.ca_problem:
        said.append(h.p("The CA’s own words: ", h.code(problem.ca_problem), class_="said"))
    return said


def _chains_card(dossier: Dossier) -> Html | None:
    """Draw the way to each name; those that are broken come first."""
    view = dossier.view
    if view.desired.is_deleted or (not view.records and not view.work.checks):
        return None
    checks = {check.identifier: check for check in view.work.checks}
    names = [*view.desired.dns_identifiers, *view.desired.http_names]
    names.sort(key=lambda name: (not (name in checks and checks[name].problem), name))
    blocks = []
    for name in names[:CHAINS_SHOWN]:
        by_dns = name in view.desired.dns_identifiers
        check = checks.get(name)
        if check and check.hops:
            hops = hops_seen(check)
        else:
            hops = (hops_by_dns if by_dns else hops_by_http)(name, view.records, check)
        blocks.append(h.div(draw_chain(hops, f"The way to {name}"), class_="chain-block"))
    more = len(names) - CHAINS_SHOWN
    return h.section(
        h.div(
            h.h2("The way a CA will take"),
            h.p(view.desired.reason, class_="quiet"),
            class_="section-head",
        ),
        *blocks,
        h.p(f"The same holds for {count(more, 'more name')}.", class_="quiet") if more > 0 else None,
        class_="card",
    )


def _standing_records(dossier: Dossier) -> Html | None:
    """Keep the records at hand when all of them stand."""
    view = dossier.view
    if not view.records or any(check.problem for check in view.work.checks) or _is_unseen(view):
        return None
    return h.section(
        h.details(
            h.summary(f"The records it lives on ({len(view.records)}): leave them there"),
            records_table(view.records, view.work.checks, label="Records"),
            other_forms(view.records, dossier.registrable),
            id="standing-records",
        ),
        class_="card",
    )


def _current_card(view: CertificateView, now: int) -> Html | None:
    current = view.work.current
    if current is None:
        return None
    return h.section(
        h.h2(f"Version {current.version}"),
        facts(*_current_facts(current, view, now), is_narrow=True),
        class_="card",
    )


def _current_facts(current: Current, view: CertificateView, now: int) -> list[tuple[str, Node]]:
    renewal = view.work.renew_at
    why = view.work.window_explanation
    return [
        ("Valid until", _day_and_distance(current.not_after, now)),
        ("Issued", _day_and_distance(current.stored_at, now)),
        (
            "Next renewal" if renewal > now else "Renewal due since",
            _day_and_distance(renewal, now) if renewal else None,
        ),
        ("Why then", h.a("The CA explains", href=why) if why.startswith("https://") else None),
        ("Issuer", current.issuer),
        ("Serial", h.code(current.serial)),
        ("Renews", h.code(current.replaces) if current.replaces else None),
    ]


def _day_and_distance(at: int, now: int) -> list[Node]:
    return [when(at, day(at, now)), " · ", ago(at, now)]


def _request_card(dossier: Dossier, now: int) -> Html:
    desired = dossier.view.desired
    kinds = sorted({desired.challenge_type(name).value.upper() for name in desired.names})
    names = h.ul(*(h.li(h.code(domain(display_name(name)))) for name in desired.names))
    long = h.details(h.summary(count(len(desired.names), "name")), names, id="names")
    return h.section(
        h.h2("As requested"),
        facts(
            ("Names", names if len(desired.names) <= 4 else long),
            ("Covered by a wildcard, so left out", ", ".join(desired.dropped_names)),
            ("Challenge", " and ".join(kinds)),
            ("CA", ca_in_words(desired.account, dossier.ca)),
            ("Profile", desired.profile),
            ("Key", f"{desired.key_type}, {_key_choice(dossier.view)}"),
            ("Owner", dossier.owner),
            (
                "Requested",
                [when(desired.created_at, day(desired.created_at, now)), " · ", ago(desired.created_at, now)],
            ),
            ("Id", h.code(desired.id)),
            is_narrow=True,
        ),
        class_="card",
    )


def _key_choice(view: CertificateView) -> str:
    if view.desired.csr:
        return "from your CSR"
    return "the same at each renewal" if view.desired.reuses_key else "new at each renewal"


def delete_page(visit: Visit, view: CertificateView) -> Html:
    """Ask whether to delete, as a page of its own."""
    return frame(visit, "Delete a certificate", h.section(*_delete_question(visit, view, h.h1), class_="card alone"))


def _delete_dialog(visit: Visit, dossier: Dossier) -> Html:
    return h.dialog(*_delete_question(visit, dossier.view, h.h2), id="delete", aria_labelledby="delete-title")


def _delete_question(visit: Visit, view: CertificateView, heading: Element) -> list[Html]:
    address = f"/certificates/{view.desired.id}"
    name = display_name(view.desired.names[0])
    loss = "It is not renewed any more, and its key is deleted here. What you downloaded works until it expires."
    return [
        heading(f"Delete the certificate for {name}?", id="delete-title"),
        h.p(loss if view.work.current else "The request is withdrawn; nothing has been issued yet."),
        post_form(
            visit,
            f"{address}/delete",
            h.div(
                h.button("Delete it", type="submit", class_="danger"),
                h.a("Keep it", href=address, class_="button", data_closes=True),
                class_="actions",
            ),
        ),
    ]
