"""What is known of one certificate, with what is needed to show it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from certwright.domain.ca import CaEntry
from certwright.domain.certificate import ClosedAttempt, Event
from certwright.flows import read_certificate
from certwright.flows.read_certificate import CertificateView
from certwright.flows.world import Desk
from certwright.web.dashboard.layout import Visit


@dataclass(frozen=True, slots=True)
class Dossier:
    """A certificate and its history; `owner` is a name, `registrable` finds the domain that records are added at."""

    view: CertificateView
    events: Sequence[Event]
    attempts: Sequence[ClosedAttempt]
    owner: str
    ca: CaEntry
    challenge_host: str
    origin: str
    registrable: Callable[[str], str | None]
    has_route53: bool


def read_dossier(desk: Desk, visit: Visit, certificate_id: str, origin: str) -> Dossier:
    """Read all of it; raises `NotFound`, also for what is not the visitor's to see."""
    view = read_certificate.read_certificate(desk, visit.caller, certificate_id)
    owner = desk.registry.owners.read(view.desired.owner)
    return Dossier(
        view=view,
        events=read_certificate.list_events(desk, visit.caller, certificate_id),
        attempts=read_certificate.list_attempts(desk, visit.caller, certificate_id),
        owner=owner.name if owner else view.desired.owner,
        ca=desk.ca,
        challenge_host=desk.settings.challenge_host,
        origin=origin,
        registrable=desk.suffixes.registrable,
        has_route53=bool(desk.settings.route53_zones),
    )
