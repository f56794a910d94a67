"""What a request would come to, said beside the form."""

from certwright.domain.certificate import Desired
from certwright.domain.errors import CertwrightError
from certwright.domain.identifier import display_name
from certwright.flows.explain_request import Explanation
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html, Node
from certwright.web.dashboard.records_card import records_table
from certwright.web.dashboard.words import count


def invitation() -> Html:
    """Say what will stand here."""
    return h.p(
        "Type the names. Here you will see how they are proven and which records are needed, before anything is "
        "asked for.",
        class_="quiet",
    )


def explanation(told: Explanation) -> Html:
    """Say what a request would come to."""
    desired = told.desired
    steps: list[Node] = [h.p(h.strong(desired.reason))]
    if desired.dropped_names:
        covered = ", ".join(map(display_name, desired.dropped_names))
        steps.append(h.p(f"Left out, because a wildcard of this request covers it: {covered}."))
    steps.extend(_by_dns(told) if desired.dns_identifiers else [])
    steps.extend(_by_http(desired) if desired.http_names else [])
    if told.records:
        steps.append(records_table(told.records, label="Records that will be needed"))
    steps.append(h.p("Then nothing more: it is issued, stored and renewed by itself.", class_="quiet"))
    return h.join(*steps)


def refusal(error: CertwrightError) -> Html:
    """Say why a request would be refused."""
    return h.p(error.sentence, class_="field-error")


def _by_dns(told: Explanation) -> list[Node]:
    if not told.zone:
        return [
            h.p(
                "This is the first by DNS-01: two names under ",
                h.code(told.domain),
                " are picked for the DNS service, "
                "and you add an A and an NS record for them, once. Both names can be changed.",
            ),
            h.p(_cnames(told.undecided or told.desired.dns_identifiers)),
        ]
    if not told.undecided:
        return [h.p("The domain is delegated already: if its records still stand, there is nothing to add.")]
    return [h.p(_cnames(told.undecided))]


def _cnames(identifiers: tuple[str, ...]) -> list[Node]:
    shown: list[Node] = ["You add one CNAME for each domain: "]
    for at, name in enumerate(identifiers[:4]):
        shown.extend([", " if at else "", h.code(f"_acme-challenge.{name}")])
    more = len(identifiers) - 4
    return [*shown, f" and {count(more, 'more')}." if more > 0 else ". Its value is shown right after."]


def _by_http(desired: Desired) -> list[Node]:
    names = "The name points" if len(desired.http_names) == 1 else "The names point"
    return [
        h.p(
            f"{names} at our addresses by A records. If a site runs there already, leave it: let it redirect ",
            h.code("/.well-known/acme-challenge/"),
            " to us; the lines for nginx, Apache and Caddy come with the request.",
        )
    ]
