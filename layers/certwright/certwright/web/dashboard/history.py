"""What happened to a certificate, newest first."""

from collections.abc import Sequence

from certwright.domain.certificate import Attempt, Event
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.parts import logged, pill
from certwright.web.dashboard.words import pill as pill_words
from certwright.web.dashboard.words import reason_in_words, span

SHOWN = 12


def history_card(events: Sequence[Event], attempt: Attempt | None, now: int) -> Html:
    """List events; the older ones are folded away."""
    rows = [_row(event, now) for event in events]
    running = [_attempt_row(attempt, now)] if attempt else []
    older = rows[SHOWN:]
    return h.section(
        h.div(h.h2("History"), h.p("Times in UTC", class_="quiet"), class_="section-head"),
        h.ol(*running, *rows[:SHOWN], class_="log"),
        h.details(h.summary(f"{len(older)} older"), h.ol(*older, class_="log"), id="older") if older else None,
        class_="card",
    )


def _row(event: Event, now: int) -> Html:
    words, tone = pill_words(event.state, event.reason)
    return h.li(
        logged(event.at, now),
        h.div(h.p(pill(words, tone), h.span(reason_in_words(event.reason), class_="quiet")), h.p(event.sentence)),
    )


def _attempt_row(attempt: Attempt, now: int) -> Html:
    done = [
        h.li(stage.name, f" +{span(stage.at - attempt.started_at)}" if stage.at > attempt.started_at else "")
        for stage in attempt.stages
    ]
    return h.li(
        logged(attempt.started_at, now),
        h.div(h.p("The attempt that is under way"), h.ol(*done, class_="stages")),
    )
