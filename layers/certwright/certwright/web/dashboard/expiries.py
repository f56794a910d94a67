"""The picture of what expires in the coming weeks."""

from collections.abc import Sequence
from dataclasses import dataclass

from certwright.domain.shown import Summary
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.listing import WEEK, WEEKS, Query, week_of
from certwright.web.dashboard.words import count, day, needs_someone

_HEIGHT = 100
_LEAST = 3
"""A bar is never too low to be seen and clicked."""


@dataclass(slots=True)
class Week:
    """How many expire in a week, and how many of those need someone."""

    total: int = 0
    troubled: int = 0


def count_weeks(items: Sequence[Summary], now: int) -> list[Week]:
    """Count what expires in each of the coming weeks."""
    weeks = [Week() for _ in range(WEEKS)]
    for item in items:
        at = week_of(item, now)
        if 0 <= at < WEEKS:
            weeks[at].total += 1
            weeks[at].troubled += needs_someone(item)
    return weeks


def expiries(items: Sequence[Summary], query: Query, now: int) -> Html | None:
    """Draw the picture: a bar for each week leads to its certificates. None while nothing is issued."""
    weeks = count_weeks(items, now)
    highest = max(week.total for week in weeks)
    if not highest:
        return None
    bars = [h.li(_bar(at, week, highest, query, now)) for at, week in enumerate(weeks)]
    troubled = sum(week.troubled for week in weeks)
    said = f"{count(troubled, 'needs', 'need')} someone first." if troubled else ""
    return h.section(
        h.div(
            h.h2("Expiring, by week", id="weeks-title"),
            h.p(
                "All are renewed long before. " if not troubled else "Renewed long before, but for those in red: ",
                said,
                class_="quiet",
            ),
            class_="section-head",
        ),
        h.ol(*bars, class_="weeks", aria_labelledby="weeks-title"),
        class_="card weeks-card",
    )


def _bar(at: int, week: Week, highest: int, query: Query, now: int) -> Html:
    begins = day(now + at * WEEK, now)
    said = f"Week from {begins}: {count(week.total, 'certificate expires', 'certificates expire')}"
    if week.troubled:
        said = f"{said}, of which {week.troubled} {'needs' if week.troubled == 1 else 'need'} someone"
    is_chosen = query.week == at
    return h.a(
        h.span(f"{week.total:,}" if week.total else "", class_="week-count", aria_hidden="true"),
        _draw(week, highest),
        h.span("this week" if at == 0 else begins, class_="week-name", aria_hidden="true"),
        href=query.address(week=-1 if is_chosen else at),
        aria_label=said,
        title=said,
        aria_current="true" if is_chosen else None,
    )


def _draw(week: Week, highest: int) -> Html:
    whole = max(_LEAST, round(week.total / highest * _HEIGHT)) if week.total else 0
    trouble = max(_LEAST, round(week.troubled / highest * _HEIGHT)) if week.troubled else 0
    return h.svg(
        h.rect(class_="ground", x="0", y=_HEIGHT - 1, width="10", height="1"),
        h.rect(class_="planned", x="0", y=_HEIGHT - whole, width="10", height=whole),
        h.rect(class_="troubled", x="0", y=_HEIGHT - trouble, width="10", height=trouble) if trouble else None,
        viewBox=f"0 0 10 {_HEIGHT}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
