"""What is wrong with a certificate: who must act, the evidence, and the records while they are what is missing."""

from certwright.domain.problem import Actor, Problem
from certwright.domain.record_states import lacking
from certwright.flows.read_certificate import CertificateView
from certwright.web.dashboard import html as h
from certwright.web.dashboard.ca_words import ca_words
from certwright.web.dashboard.chain import tone_of
from certwright.web.dashboard.dossier import Dossier
from certwright.web.dashboard.html import Html, Node
from certwright.web.dashboard.records_card import other_forms, records_table
from certwright.web.dashboard.redirects import redirect_choice
from certwright.web.dashboard.words import Tone, away

WHO = {
    Actor.USER: "This needs you",
    Actor.OPERATOR: "This needs an operator",
    Actor.CA: "The CA holds this up",
    Actor.US: "This is our fault",
}


def problem_card(dossier: Dossier, now: int) -> Html | None:
    """Say what is wrong, and show the records with it while that is what is missing."""
    view = dossier.view
    problem, work = view.status.problem, view.work
    about_records = problem is not None and any(check.problem for check in work.checks)
    if not about_records and not is_unseen(view):
        return h.section(*say(problem), _next_try(view, now), class_="card ask broken") if problem else None
    tone = tone_of(problem) if problem else Tone.WAIT
    return h.section(
        h.h2(_ask(view)),
        *_found_instead(problem),
        records_table(view.records, work.checks, label="Records to add") if view.records else None,
        redirect_choice(view.desired.http_names, dossier.challenge_host),
        other_forms(view.records, dossier.registrable) if view.records else None,
        class_=f"card ask {'broken' if tone is Tone.BROKEN else ''}",
    )


def is_unseen(view: CertificateView) -> bool:
    """Tell whether the records were never found standing."""
    work = view.work
    is_begun = work.current or work.attempt or work.checked_at or view.status.problem
    return bool(view.records) and not is_begun


def say(problem: Problem | None, *, has_title: bool = True) -> list[Node]:
    """Say a problem: who must act, the sentence, wanted against found, the CA's words."""
    if problem is None:
        return []
    said: list[Node] = [h.h2(WHO[problem.actor])] if has_title else []
    return [*said, h.p(problem.sentence, class_="verdict"), evidence(problem), ca_words(problem.ca_problem)]


def evidence(problem: Problem) -> Html | None:
    """Set what was found against what is wanted, at what it concerns; None where there is nothing to compare."""
    if not problem.wanted and not problem.found:
        return None
    pairs = (("At", problem.subject), ("Wanted", problem.wanted), ("Found", problem.found or "nothing"))
    shown = (h.join(h.dt(name), h.dd(h.code(value))) for name, value in pairs if value)
    return h.dl(*shown, class_="against")


def _next_try(view: CertificateView, now: int) -> Html | None:
    """Say how often it failed, and when it is tried again."""
    work = view.work
    if not work.failures or work.retry_at <= now:
        return None
    times = "The last attempt failed" if work.failures == 1 else f"The last {work.failures} attempts failed"
    return h.p(f"{times}. It is tried again by itself {away(work.retry_at, now)}.", class_="quiet")


def _ask(view: CertificateView) -> str:
    if view.work.current and view.records:
        return "Please put this right with your DNS provider: the renewal waits for it"
    missing = lacking(view.records, view.work.checks)
    each = f"this {missing[0].type} record" if len(missing) == 1 else "these records"
    return f"Please add {each} with your DNS provider"


def _found_instead(problem: Problem | None) -> list[Node]:
    """Say what was found: in a few words where a record is merely not there, else the whole sentence."""
    if problem is None:
        return [h.p("They are looked for in a moment, and noticed when they are there.", class_="quiet")]
    if tone_of(problem) is not Tone.WAIT:
        return say(problem, has_title=False)
    found: list[Node] = ["Found at ", h.code(problem.subject), ": ", h.b(problem.found or "nothing"), ". "]
    return [h.p(found if problem.subject else problem.sentence, "It is noticed by itself, and renewals need it.")]
