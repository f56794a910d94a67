"""The page that says what went wrong and what to do."""

from certwright.domain.errors import CertwrightError, NotAllowed, NotFound, Unavailable
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.layout import Visit, frame


def error_page(visit: Visit | None, error: CertwrightError) -> Html:
    """Show an error as a page of its own."""
    return frame(
        visit,
        _title(error),
        h.section(
            h.h1(_title(error)),
            h.p(error.sentence),
            h.p(h.a("Back to all certificates", href="/", class_="button"), class_="actions"),
            class_="card alone",
        ),
    )


def _title(error: CertwrightError) -> str:
    match error:
        case NotFound():
            return "Not found"
        case NotAllowed():
            return "Not allowed"
        case Unavailable():
            return "Please try again in a moment"
        case _:
            return "That did not work"
