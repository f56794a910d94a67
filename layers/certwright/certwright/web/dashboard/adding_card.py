"""Records added by us: the forms that ask for it, and what each record came to."""

from collections.abc import Sequence
from dataclasses import dataclass

from certwright.domain.access import Action
from certwright.domain.record_sets import Addition, Outcome
from certwright.domain.record_states import lacking
from certwright.web.dashboard import html as h
from certwright.web.dashboard.dossier import Dossier
from certwright.web.dashboard.html import Html, Node
from certwright.web.dashboard.layout import Visit, post_form
from certwright.web.dashboard.parts import domain, pill
from certwright.web.dashboard.words import Tone

OUTCOMES = {
    Outcome.ADDED: ("Added", Tone.OK),
    Outcome.STANDS: ("Stood already", Tone.OK),
    Outcome.CONFLICT: ("In the way", Tone.BROKEN),
    Outcome.NO_ZONE: ("No zone", Tone.WAIT),
    Outcome.NOT_GRANTED: ("Not granted", Tone.BROKEN),
    Outcome.FAILED: ("Not added", Tone.BROKEN),
}


@dataclass(frozen=True, slots=True)
class Adding:
    """What came of a form: the records, or why none was tried."""

    additions: Sequence[Addition] = ()
    error: str = ""


def added_card(adding: Adding | None) -> Html | None:
    """Tell what each record came to."""
    if adding is None:
        return None
    if adding.error:
        told = h.p(adding.error, class_="field-error", role="alert")
        return h.section(h.h2("No record was added"), told, class_="card")
    if not adding.additions:
        return h.p("Nothing is missing, so nothing was added.", class_="notice ok", role="status")
    heads = (h.th(words, scope="col") for words in ("Type", "Name", "Outcome", "Why"))
    table = h.table(
        h.caption("What each record came to", class_="hidden"),
        h.thead(h.tr(*heads)),
        h.tbody(*map(_row, adding.additions)),
        class_="records",
    )
    return h.section(h.h2("What each record came to"), h.div(table, class_="records-box"), class_="card", role="status")


def _row(addition: Addition) -> Html:
    found: list[Node] = [" Found: ", h.code(", ".join(addition.found)), "."] if addition.found else []
    return h.tr(
        h.td(addition.record.type, class_="type"),
        h.td(h.code(domain(addition.record.name)), data_label="Name"),
        h.td(pill(*OUTCOMES[addition.outcome]), class_="mark"),
        h.td(addition.sentence, *found, data_label="Why"),
    )


def adding_card(visit: Visit, dossier: Dossier) -> Html | None:
    """Offer to add what is missing; None where nothing is, or the visitor may not ask for it."""
    view = dossier.view
    if not visit.may(Action.REQUEST) or view.desired.is_deleted or not lacking(view.records, view.work.checks):
        return None
    address = f"/certificates/{view.desired.id}"
    places = "at Cloudflare or in Route 53" if dossier.has_route53 else "at Cloudflare"
    return h.section(
        h.details(
            h.summary(f"Your DNS is {places}? Have the missing records added"),
            h.p("Nothing that stands is changed. What is in the way is told.", class_="quiet"),
            _route53_form(visit, address) if dossier.has_route53 else None,
            _cloudflare_form(visit, address),
            id="add-records",
        ),
        class_="card",
    )


def _route53_form(visit: Visit, address: str) -> Html:
    return post_form(
        visit,
        address,
        h.input_(type="hidden", name="provider", value="route53"),
        h.button("Add them in Route 53", type="submit"),
    )


def _cloudflare_form(visit: Visit, address: str) -> Html:
    return post_form(
        visit,
        address,
        h.input_(type="hidden", name="provider", value="cloudflare"),
        h.div(
            h.label("An API token of Cloudflare", for_="provider-token"),
            h.input_(
                type="password",
                id="provider-token",
                name="token",
                required=True,
                autocomplete="off",
                spellcheck="false",
                aria_describedby="provider-token-hint",
            ),
            h.p(
                "With the permissions Zone, Zone, Read and Zone, DNS, Edit for this zone. Used once, and not kept.",
                class_="hint",
                id="provider-token-hint",
            ),
            class_="field",
        ),
        h.div(h.button("Add them at Cloudflare", type="submit"), class_="actions"),
        class_="stack",
    )
