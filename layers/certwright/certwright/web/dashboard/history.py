"""What happened to a certificate, newest first."""

from collections.abc import Sequence

from certwright.domain.certificate import Event
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.parts import logged, pill
from certwright.web.dashboard.words import pill as pill_words
from certwright.web.dashboard.words import reason_in_words

SHOWN = 12


def history_card(events: Sequence[Event], now: int) -> Html:
    """List events; the older ones are folded away."""
    rows = [_row(event, now) for event in events]
    older = rows[SHOWN:]
    return h.section(
        h.div(h.h2("History"), h.p("Times in UTC", class_="quiet"), class_="section-head"),
        h.ol(*rows[:SHOWN], class_="log"),
        h.details(h.summary(f"{len(older)} older"), h.ol(*older, class_="log"), id="older") if older else None,
        class_="card",
    )


def _row(event: Event, now: int) -> Html:
    words, tone = pill_words(event.state, event.reason)
    return h.li(
        logged(event.at, now),
        h.div(h.p(pill(words, tone), h.span(reason_in_words(event.reason), class_="quiet")), h.p(event.sentence)),
    )
