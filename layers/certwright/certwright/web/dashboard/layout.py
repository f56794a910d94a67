"""The frame of every page: head, bar, main, and what a page knows of its visit."""

from dataclasses import dataclass
from hmac import compare_digest

from certwright.domain.access import Action, Caller, may
from certwright.web.dashboard import html as h
from certwright.web.dashboard.assets import address
from certwright.web.dashboard.html import Html, Node

NAVIGATION = (
    ("/", "Certificates", Action.READ),
    ("/dns", "DNS service", Action.READ),
    ("/cas", "CAs", Action.READ),
    ("/cost", "Cost", Action.OPERATE),
    ("/access", "Access", Action.ADMINISTER),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks at a page, and when (epoch milliseconds); `form_token` goes into every form."""

    caller: Caller
    name: str
    form_token: str
    path: str
    now: int

    def may(self, action: Action) -> bool:
        """Tell whether to show what the action does."""
        return may(self.caller, action)

    def is_own_form(self, sent: str) -> bool:
        """Tell whether a form came from a page of this visit."""
        return compare_digest(sent.encode(), self.form_token.encode())


def frame(visit: Visit | None, title: str, *content: Node, live_seconds: int = 0) -> Html:
    """Put a page together; with `live_seconds` it asks for itself again that often."""
    return h.html(
        h.head(
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.meta(name="color-scheme", content="light dark"),
            h.meta(name="robots", content="noindex"),
            h.title(f"{title} · Certwright"),
            h.link(rel="icon", href=address("seal.svg"), type="image/svg+xml"),
            h.link(rel="stylesheet", href=address("app.css")),
            h.script(src=address("app.js"), defer=True),
        ),
        h.body(
            h.a("Skip to the content", href="#content", class_="skip"),
            _bar(visit) if visit else None,
            h.main(*content, id="content", tabindex=-1, data_live=live_seconds or None),
            h.div(class_="hidden", id="announcer", role="status", aria_live="polite"),
        ),
        lang="en",
    )


def seal(size: int = 22) -> Html:
    """Draw the mark."""
    return h.svg(
        h.path(d="M8 14.5 6 22l5.9-2.6L18 22l-2-7.5", class_="ribbon"),
        h.circle(cx="12", cy="9", r="7.2", class_="disc"),
        h.path(d="m8.9 9.2 2.2 2.2 4.1-4.5", class_="tick"),
        viewBox="0 0 24 24",
        width=size,
        height=size,
        aria_hidden="true",
        class_="seal",
    )


def _bar(visit: Visit) -> Html:
    links = [
        h.a(name, href=path, aria_current="page" if _is_within(visit.path, path) else None)
        for path, name, action in NAVIGATION
        if visit.may(action)
    ]
    return h.header(
        h.div(
            h.a(seal(), h.span("Certwright"), href="/", class_="brand", aria_label="Certwright, all certificates"),
            h.nav(*links, aria_label="Main"),
            h.div(
                h.span(visit.name, h.small(visit.caller.role.value), class_="whoami"),
                post_form(visit, "/sign-out", h.button("Sign out", class_="plain", type="submit")),
                class_="who",
            ),
            class_="bar-inner",
        ),
        class_="bar",
    )


def _is_within(path: str, root: str) -> bool:
    return path == root or path.startswith("/certificates" if root == "/" else root)


def post_form(visit: Visit, action: str, *content: Node, class_: str = "", id: str | None = None) -> Html:
    """Make a form that carries the visit's token."""
    token = h.input_(type="hidden", name="form_token", value=visit.form_token)
    return h.form(token, *content, method="post", action=action, class_=class_ or None, id=id)
