"""Several certificates at once: asking first, and saying what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from certwright.domain.errors import CertwrightError
from certwright.domain.identifier import display_name
from certwright.flows.ask_renewal import ask_renewal
from certwright.flows.read_certificate import find_certificate
from certwright.flows.world import Desk
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.layout import Visit, frame, post_form
from certwright.web.dashboard.parts import back, domain
from certwright.web.dashboard.words import count

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Refused:
    """A certificate that could not be renewed, and why not."""

    id: str
    name: str
    sentence: str


def ask_renewals(desk: Desk, visit: Visit, chosen: Sequence[str]) -> list[Refused]:
    """Ask for a renewal of each; one that is refused holds up no other. Returns those that were."""
    refused = []
    for certificate_id in chosen:
        name = certificate_id
        try:
            name = display_name(find_certificate(desk, visit.caller, certificate_id).desired.names[0])
            ask_renewal(desk, visit.caller, certificate_id)
        except CertwrightError as error:
            refused.append(Refused(certificate_id, name, error.sentence))
    return refused


def renewals_question(visit: Visit, chosen: Sequence[str]) -> Html:
    """Ask whether to renew so many now."""
    several = count(len(chosen), "certificate")
    return frame(
        visit,
        f"Renew {several}",
        h.section(
            h.h1(f"Renew {several} now?"),
            h.p(
                "They are renewed by themselves in time: this is for when you can’t wait. Each current version stays "
                "until the new one is stored. The CA’s limits count each that it does not suggest to renew by now; "
                "those that find no room wait for their turn."
            ),
            post_form(
                visit,
                "/certificates/renew",
                *(h.input_(type="hidden", name="id", value=item) for item in chosen),
                h.input_(type="hidden", name="sure", value="yes"),
                h.div(
                    h.button(f"Renew {several}", type="submit", class_="main"),
                    h.a("Cancel", href="/", class_="button"),
                    class_="actions",
                ),
            ),
            class_="card alone question",
        ),
    )


def renewals_result(visit: Visit, asked: int, refused: Sequence[Refused]) -> Html:
    """Say which were refused, and that the others were not."""
    done = asked - len(refused)
    rows = (
        h.li(h.a(domain(item.name), href=f"/certificates/{item.id}", class_="name"), h.p(item.sentence))
        for item in refused
    )
    return frame(
        visit,
        "Renewals asked for",
        h.div(h.div(back("/", "Certificates"), h.h1(f"{done:,} of {asked:,} are being renewed")), class_="page-head"),
        h.section(
            h.h2(f"{count(len(refused), 'is not', 'are not')}"),
            h.ul(*rows, class_="refusals"),
            class_="card ask broken",
        ),
    )
