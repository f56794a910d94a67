"""Build HTML from Python values: text is escaped where it enters, and only this module makes markup.

An element is a function of its children and attributes: `p("Renews ", b(date), class_="quiet")`. Children are text,
elements, and sequences of both; None and False are left out. A page is checked by mypy as any other code is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

type Node = Html | str | int | Iterable[Node] | None
type Attribute = str | int | bool | None

_VOID = frozenset({"input", "link", "meta", "br", "hr", "wbr"})
_ADDRESSES = frozenset({"href", "src", "action", "formaction"})
_RENAMED = {"viewbox": "viewBox"}


@dataclass(frozen=True, slots=True)
class Html:
    """Markup: made by this module alone, everything in it is escaped."""

    markup: str

    def document(self) -> str:
        """Write a whole document."""
        return f"<!doctype html>{self.markup}"


class Element:
    """A kind of element, called with children and attributes.

    An attribute's name is written with `_` for `-`, and with a final `_` where Python has the word itself; True writes
    it bare, None and False leave it out. Raises `ValueError` for an address that could run a script.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *children: Node, **attributes: Attribute) -> Html:
        opening = f"<{self._name}{_write_attributes(attributes)}>"
        if self._name in _VOID:
            return Html(opening)
        return Html(f"{opening}{_write(children)}</{self._name}>")


def join(*children: Node) -> Html:
    """Put nodes side by side, without an element around them."""
    return Html(_write(children))


def _write(node: Node) -> str:
    match node:
        case Html(markup):
            return markup
        case None | bool():
            return ""
        case str():
            return escape(node)
        case int():
            return str(node)
        case _:
            return "".join([_write(child) for child in node])


def _write_attributes(attributes: Mapping[str, Attribute]) -> str:
    written = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        name = _RENAMED.get(key, key.rstrip("_").replace("_", "-"))
        if name.startswith("on") or name == "style":
            raise ValueError(f"the attribute {name} is code or style in the page, which its policy forbids")
        if name in _ADDRESSES and not _is_harmless(str(value)):
            raise ValueError(f"{value!r} is no address that a page may lead to")
        written.append(f" {name}" if value is True else f' {name}="{escape(str(value))}"')
    return "".join(written)


def _is_harmless(address: str) -> bool:
    """Tell whether an address lies on this site (`/…`, `?…`, `#…`, not `//…`) or is an https URL."""
    is_here = address.startswith(("/", "?", "#")) and not address.startswith(("//", "/\\"))
    return is_here or address.startswith("https://")


html, head, body, title = Element("html"), Element("head"), Element("body"), Element("title")
meta, link, script = Element("meta"), Element("link"), Element("script")
header, footer, main, nav, section, aside = map(Element, ("header", "footer", "main", "nav", "section", "aside"))
h1, h2, h3, p, div, span = Element("h1"), Element("h2"), Element("h3"), Element("p"), Element("div"), Element("span")
a, b, code, em, small, strong, pre = map(Element, ("a", "b", "code", "em", "small", "strong", "pre"))
ul, ol, li, dl, dt, dd = map(Element, ("ul", "ol", "li", "dl", "dt", "dd"))
table, caption, thead, tbody, tr, th, td = map(Element, ("table", "caption", "thead", "tbody", "tr", "th", "td"))
form, label, button, select, option = map(Element, ("form", "label", "button", "select", "option"))
input_, textarea, fieldset, legend, output = map(Element, ("input", "textarea", "fieldset", "legend", "output"))
details, summary, dialog, time = Element("details"), Element("summary"), Element("dialog"), Element("time")
figure, figcaption, br, hr, wbr = map(Element, ("figure", "figcaption", "br", "hr", "wbr"))
svg, path, circle, rect, g = map(Element, ("svg", "path", "circle", "rect", "g"))
