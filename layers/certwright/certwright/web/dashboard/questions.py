"""Questions before what has consequences: each a page of its own, and a dialog where scripts run."""

from certwright.domain.access import Action
from certwright.domain.identifier import display_name
from certwright.domain.revocation import Reason
from certwright.flows.read_certificate import CertificateView
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Element, Html, Node
from certwright.web.dashboard.layout import Visit, frame, post_form
from certwright.web.dashboard.words import count

REASON_CHOICES = {
    Reason.UNSPECIFIED: "No reason given",
    Reason.SUPERSEDED: "Another certificate takes its place",
    Reason.KEY_COMPROMISE: "The private key got, or may have got, into wrong hands",
    Reason.AFFILIATION_CHANGED: "The names belong to somebody else now",
    Reason.CESSATION_OF_OPERATION: "The names are given up: no certificate follows",
}

QUESTIONS = ("renew", "revoke", "delete")


def may_renew(visit: Visit, view: CertificateView) -> bool:
    """Tell whether renewing and revoking can be offered."""
    return visit.may(Action.REQUEST) and view.work.current is not None and not view.desired.is_deleted


def dialogs(visit: Visit, view: CertificateView) -> list[Html]:
    """Make the dialogs of a certificate's page."""
    if not visit.may(Action.REQUEST) or view.desired.is_deleted:
        return []
    asked = QUESTIONS if may_renew(visit, view) else ("delete",)
    return [
        h.dialog(*_ask(name, visit, view, h.h2), id=name, data_region=True, aria_labelledby=f"{name}-title")
        for name in asked
    ]


def question_page(name: str, visit: Visit, view: CertificateView, error: str = "") -> Html:
    """Ask one of the questions as a page."""
    title = f"{name.capitalize()} a certificate"
    problem = h.p(error, class_="field-error", role="alert") if error else None
    return frame(visit, title, h.section(*_ask(name, visit, view, h.h1), problem, class_="card alone question"))


def _ask(name: str, visit: Visit, view: CertificateView, heading: Element) -> list[Node]:
    asked = {"renew": _renew, "revoke": _revoke, "delete": _delete}[name]
    title, verb, is_grave, *body = asked(view)
    address = f"/certificates/{view.desired.id}"
    buttons = h.div(
        h.button(verb, type="submit", class_="danger" if is_grave else "main"),
        h.a("Cancel", href=address, class_="button", data_closes=True),
        class_="actions",
    )
    return [heading(title, id=f"{name}-title"), post_form(visit, f"{address}/{name}", *body, buttons)]


def _named(view: CertificateView) -> str:
    more = len(view.desired.names) - 1
    return display_name(view.desired.names[0]) + (f" and {count(more, 'more name')}" if more else "")


def _renew(view: CertificateView) -> tuple[Node, ...]:
    new_key = h.label(
        h.input_(type="checkbox", name="new_key", value="yes"), " Make a new key this time, though it is kept otherwise"
    )
    return (
        f"Renew {_named(view)} now?",
        "Renew it now",
        False,
        h.p(
            "It is renewed by itself in time: this is for when you can’t wait. The current version stays until the new "
            "one is stored. The CA’s limits count it, unless the CA suggests renewal by now."
        ),
        new_key if view.desired.reuses_key and not view.desired.csr else None,
    )


def _revoke(view: CertificateView) -> tuple[Node, ...]:
    current = view.work.current
    versions = [item.version for item in view.work.earlier]
    now = current.version if current else 0
    options = [h.option(words, value=reason.value) for reason, words in REASON_CHOICES.items()]
    version_options = [h.option(f"Version {now}, the current one", value=now)]
    version_options.extend(h.option(f"Version {version}", value=version) for version in versions)
    choice = h.div(
        h.label("Which", for_="revoke-version"),
        h.select(*version_options, id="revoke-version", name="version"),
        class_="field",
    )
    return (
        f"Revoke {_named(view)}?",
        "Revoke it",
        True,
        h.p("There is no way back. Whoever checks for revocation refuses the certificate from then on."),
        choice if versions else h.input_(type="hidden", name="version", value=now),
        h.div(
            h.label("Why", for_="revoke-reason"),
            h.select(*options, id="revoke-reason", name="reason"),
            h.p(
                "A key in wrong hands is never used again. Another certificate is issued at once, unless the names are "
                "given up.",
                class_="hint",
            ),
            class_="field",
        ),
    )


def _delete(view: CertificateView) -> tuple[Node, ...]:
    loss = "It is not renewed any more, and its key is deleted here. What you downloaded works until it expires."
    return (
        f"Delete the certificate for {_named(view)}?",
        "Delete it",
        True,
        h.p(loss if view.work.current else "The request is withdrawn; nothing has been issued yet."),
    )
