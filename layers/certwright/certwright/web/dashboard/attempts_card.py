"""Every attempt at a certificate: how far it came, how long that took, and what the CA said."""

from collections.abc import Sequence

from certwright.domain.certificate import Attempt, ClosedAttempt
from certwright.web.dashboard import html as h
from certwright.web.dashboard.ca_words import ca_words
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.parts import logged, pill
from certwright.web.dashboard.problem_card import evidence
from certwright.web.dashboard.words import Tone, count, reason_in_words, seconds

SHOWN = 3

STAGES = {
    "begun": "key made",
    "ordered": "ordered",
    "published": "answers published",
    "visible": "on every node",
    "answered": "CA told",
    "finalized": "CSR sent",
    "stored": "stored",
}


def attempts_card(closed: Sequence[ClosedAttempt], running: Attempt | None, now: int) -> Html | None:
    """List attempts, newest first; the older ones are folded away. None where there was none."""
    rows = [_running(running, now)] if running else []
    rows.extend(_closed(item, now, is_newest=at == 0) for at, item in enumerate(closed))
    if not rows:
        return None
    older = rows[SHOWN:]
    return h.section(
        h.div(h.h2("Attempts"), h.p(_in_short(closed), class_="quiet"), class_="section-head"),
        h.ol(*rows[:SHOWN], class_="log"),
        h.details(h.summary(f"{len(older)} before"), h.ol(*older, class_="log"), id="older-attempts")
        if older
        else None,
        class_="card",
    )


def _in_short(closed: Sequence[ClosedAttempt]) -> str:
    if not closed:
        return "The first"
    issued = sum(item.attempt.is_stored for item in closed)
    return f"{issued:,} of {count(len(closed), 'attempt')} issued a certificate"


def _running(attempt: Attempt, now: int) -> Html:
    return h.li(
        logged(attempt.started_at, now),
        h.div(h.p(pill("Under way", Tone.WORK), h.span(attempt.account, class_="quiet")), _stages(attempt)),
    )


def _closed(closed: ClosedAttempt, now: int, *, is_newest: bool) -> Html:
    attempt, took = closed.attempt, seconds(closed.closed_at - closed.attempt.started_at)
    return h.li(
        logged(attempt.started_at, now),
        h.div(
            h.p(_outcome(attempt), h.span(f"{took} · {attempt.account}", class_="quiet")),
            _stages(attempt),
            *_failure(attempt, is_newest=is_newest),
        ),
        id=attempt.id,
    )


def _outcome(attempt: Attempt) -> Html:
    if attempt.is_stored:
        return pill("Issued", Tone.OK)
    if attempt.problem is None or attempt.problem.code == "deleted":
        return pill("Given up", Tone.QUIET)
    return pill("Failed", Tone.BROKEN)


def _stages(attempt: Attempt) -> Html:
    """Show what was done, each with the time since the beginning."""
    done = [
        h.li(STAGES.get(stage.name, stage.name), h.small(f" {seconds(stage.at - attempt.started_at)}"))
        for stage in attempt.stages
    ]
    return h.ol(*done, class_="stages")


def _failure(attempt: Attempt, *, is_newest: bool) -> list[Html | None]:
    """Say why it failed; of all but the newest the evidence is folded away."""
    problem = attempt.problem
    if problem is None or attempt.is_stored:
        return []
    said = h.p(h.b(f"{reason_in_words(problem.code)}. "), problem.sentence)
    told = [item for item in (evidence(problem), ca_words(problem.ca_problem)) if item]
    if is_newest or not told:
        return [said, *told]
    return [said, h.details(h.summary("What was found, and the CA’s own words"), *told, id=f"told-{attempt.id}")]
