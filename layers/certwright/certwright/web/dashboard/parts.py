"""Small parts that several pages show."""

from certwright.domain.instants import instant
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html, Node
from certwright.web.dashboard.words import Tone, away, moment


def pill(words: str, tone: Tone) -> Html:
    """Show a state."""
    return h.span(words, class_=f"pill {tone.value}")


def when(at: int, shown: str, *, title: str = "") -> Html:
    """Show an instant in words; the exact one is behind them."""
    exact = instant(at) or ""
    return h.time(shown, datetime=exact, title=title or exact.replace("T", " ").replace("Z", " UTC"))


def ago(at: int, now: int) -> Html:
    """Show how long ago something was, or how far ahead it lies."""
    return when(at, away(at, now))


def logged(at: int, now: int) -> Html:
    """Show an instant in a log."""
    return when(at, moment(at, now))


def domain(name: str) -> list[Node]:
    """Write a name so that it may break at its dots and nowhere else."""
    parts: list[Node] = []
    for label in name.split("."):
        parts.extend([".", h.wbr()] if parts else [])
        parts.append(label)
    return parts


def copyable(text: str, *, what: str) -> Html:
    """Show something to copy, with a button for it."""
    return h.span(
        h.code(domain(text)),
        h.button("Copy", type="button", class_="copy", data_copy=text, aria_label=f"Copy the {what}: {text}"),
        class_="copyable",
    )


def block(text: str, *, what: str) -> Html:
    """Show lines to copy whole."""
    button = h.button("Copy", type="button", class_="copy", data_copy=text, aria_label=f"Copy the {what}")
    return h.div(h.pre(h.code(text), tabindex=0), button, class_="block")


def notice(sentence: str, tone: Tone = Tone.OK) -> Html:
    """Say what was done."""
    return h.p(sentence, class_=f"notice {tone.value}", role="status")


def facts(*pairs: tuple[str, Node], is_narrow: bool = False, is_wide: bool = False) -> Html:
    """Show facts, each with its name; what is empty is left out."""
    shown = (h.div(h.dt(name), h.dd(value)) for name, value in pairs if value)
    return h.dl(*shown, class_=f"facts {'narrow' if is_narrow else 'wide' if is_wide else ''}".strip())


def back(address: str, words: str) -> Html:
    """Lead to the page above."""
    return h.p(h.a(h.span("←", aria_hidden="true"), f" {words}", href=address), class_="crumb")
