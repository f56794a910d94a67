"""One certificate: its state in words, the records it needs, the way a CA takes, what is stored, what happened."""

from certwright.domain.access import Action
from certwright.domain.identifier import display_name
from certwright.domain.record_states import lacking
from certwright.domain.renewal import MINUTE
from certwright.flows.read_certificate import CertificateView
from certwright.web.dashboard import html as h
from certwright.web.dashboard.adding_card import Adding, added_card, adding_card
from certwright.web.dashboard.attempts_card import attempts_card
from certwright.web.dashboard.caa_card import caa_card
from certwright.web.dashboard.chain import draw_chain, hops_by_dns, hops_by_http, hops_seen, tone_of
from certwright.web.dashboard.dossier import Dossier
from certwright.web.dashboard.downloads import download_card
from certwright.web.dashboard.history import history_card
from certwright.web.dashboard.html import Html, Node
from certwright.web.dashboard.layout import Visit, frame, post_form
from certwright.web.dashboard.parts import ago, back, domain, facts, notice, pill
from certwright.web.dashboard.problem_card import is_unseen, problem_card
from certwright.web.dashboard.progress import progress_card
from certwright.web.dashboard.questions import dialogs, may_renew
from certwright.web.dashboard.records_card import other_forms, records_table
from certwright.web.dashboard.versions_card import day_and_distance, versions_card
from certwright.web.dashboard.words import Tone, ca_in_words, count
from certwright.web.dashboard.words import pill as pill_words

CHAINS_SHOWN = 6
LIVE_AT_WORK = 2
LIVE_WAITING = 5


def certificate_page(visit: Visit, dossier: Dossier, done: str = "", adding: Adding | None = None) -> Html:
    """Show one certificate."""
    view, now = dossier.view, visit.now
    return frame(
        visit,
        display_name(view.desired.names[0]),
        _head(visit, dossier),
        notice(done) if done else None,
        added_card(adding),
        _region("now", problem_card(dossier, now)),
        _region("adding", adding_card(visit, dossier)),
        _region(
            "next",
            progress_card(view, ca_in_words(view.desired.account, dossier.ca)),
            _chains_card(dossier),
        ),
        h.div(
            h.div(
                _region("standing", _standing_records(dossier), caa_card(view)),
                _region("attempts", attempts_card(dossier.attempts, view.work.attempt, now)),
                _region("history", history_card(dossier.events, now)),
                class_="stack",
            ),
            h.div(
                _region("current", versions_card(view, now)),
                _region("download", download_card(view, dossier.origin)),
                _request_card(dossier, now),
                class_="stack",
            ),
            class_="columns",
        ),
        *dialogs(visit, view),
        live_seconds=_live_seconds(view, now),
    )


def _region(id_: str, *content: Node) -> Html:
    """Make a part of the page that is replaced while the page moves."""
    return h.div(*content, id=id_, data_region=True, class_="stack")


def _live_seconds(view: CertificateView, now: int) -> int:
    """Tell how often the page looks again: often while work is under way, seldom while somebody is waited for."""
    work = view.work
    is_new = view.status.state == "waiting" and not view.status.problem
    is_due = view.status.problem is None and (work.due_at <= now or bool(work.claimed_by))
    if work.attempt or view.desired.is_deleted or is_new or is_due:
        return LIVE_AT_WORK
    return LIVE_WAITING if view.status.problem and work.due_at < now + 10 * MINUTE else 0


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
        h.div(_actions(visit, view), id="actions", data_region=True),
        class_="page-head",
    )


def _pill(view: CertificateView) -> tuple[str, Tone]:
    """Say the state, with how many records it waits for."""
    words, tone = pill_words(view.status.state, view.status.reason)
    missing = len(lacking(view.records, view.work.checks)) if view.status.state == "waiting" else 0
    if not missing or tone is not Tone.WAIT:
        return words, tone
    return f"Waiting for {'one record' if missing == 1 else f'{missing} records'}", tone_of(view.status.problem)


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
        return _rest(view, now)
    checked: list[Node] = ["Looked at ", ago(work.checked_at, now), ", "] if work.checked_at else []
    again: list[Node] = ["again ", ago(work.due_at, now), "."] if work.due_at > now else ["again at once."]
    return [*checked, *again] if checked or view.status.problem else [view.status.sentence]


def _rest(view: CertificateView, now: int) -> list[Node]:
    """Say what comes next of a certificate that is well, or was revoked."""
    work = view.work
    if view.status.state != "issued" or view.status.reason in ("renewal-requested", "revoking"):
        return [view.status.sentence]
    return ["Renewed by itself ", ago(work.renew_at, now), "." if work.renew_at > now else ": due."]


def _actions(visit: Visit, view: CertificateView) -> Html | None:
    if not visit.may(Action.REQUEST) or view.desired.is_deleted:
        return None
    address = f"/certificates/{view.desired.id}"
    asked = [("renew", "Renew…"), ("revoke", "Revoke…")] if may_renew(visit, view) else []
    questions = (
        h.a(words, href=f"{address}/{name}", class_="button", id=f"ask-{name}", data_opens=name)
        for name, words in (*asked, ("delete", "Delete…"))
    )
    return h.div(
        post_form(visit, f"{address}/check", h.button("Check now", type="submit")), *questions, class_="actions"
    )


def _chains_card(dossier: Dossier) -> Html | None:
    """Draw the way to each name; those that are broken come first."""
    view = dossier.view
    if view.desired.is_deleted or (not view.records and not view.work.checks):
        return None
    checks = {check.identifier: check for check in view.work.checks}
    names = [*view.desired.dns_identifiers, *view.desired.http_names]
    names.sort(key=lambda name: (not (name in checks and checks[name].problem), name))
    more = len(names) - CHAINS_SHOWN
    return h.section(
        h.div(h.h2("The way a CA will take"), h.p(view.desired.reason, class_="quiet"), class_="section-head"),
        *(_chain(view, name) for name in names[:CHAINS_SHOWN]),
        h.p(f"The same holds for {count(more, 'more name')}.", class_="quiet") if more > 0 else None,
        class_="card",
    )


def _chain(view: CertificateView, name: str) -> Html:
    """Draw the way to one name, as it was seen; before the first look, as it will have to be."""
    check = next((check for check in view.work.checks if check.identifier == name), None)
    if check and check.hops:
        hops = hops_seen(check)
    else:
        expected = hops_by_dns if name in view.desired.dns_identifiers else hops_by_http
        hops = expected(name, view.records, check)
    return h.div(draw_chain(hops, f"The way to {name}"), class_="chain-block")


def _standing_records(dossier: Dossier) -> Html | None:
    """Keep the records at hand when all of them stand."""
    view = dossier.view
    if not view.records or any(check.problem for check in view.work.checks) or is_unseen(view):
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


def _request_card(dossier: Dossier, now: int) -> Html:
    desired = dossier.view.desired
    kinds = sorted({desired.challenge_type(name).value.upper() for name in desired.names})
    names = h.ul(*(h.li(h.code(domain(display_name(name)))) for name in desired.names))
    long = h.details(h.summary(count(len(desired.names), "name")), names, id="names")
    cas = [ca_in_words(item.account, dossier.ca) for item in desired.cas or (desired,)]
    return h.section(
        h.h2("As requested"),
        facts(
            ("Names", names if len(desired.names) <= 4 else long),
            ("Covered by a wildcard, so left out", ", ".join(desired.dropped_names)),
            ("Challenge", " and ".join(kinds)),
            ("CA" if len(cas) == 1 else "CAs, in turn", ", then ".join(cas)),
            ("Profile", desired.profile),
            ("Root", desired.preferred_chain),
            ("Key", f"{desired.key_type}, {_key_choice(dossier.view)}"),
            ("Owner", dossier.owner),
            ("Requested", day_and_distance(desired.created_at, now)),
            ("Id", h.code(desired.id)),
            is_narrow=True,
        ),
        class_="card",
    )


def _key_choice(view: CertificateView) -> str:
    if view.desired.csr:
        return "from your CSR"
    return "the same at each renewal" if view.desired.reuses_key else "new at each renewal"
