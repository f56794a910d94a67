"""The journeys that workers are crashed on, each from a message about a certificate that is due to its rest."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

from certwright.adapters.dynamodb_accounts import account_key
from certwright.domain.certificate import Work
from certwright.domain.instants import instant
from certwright.domain.owner import DEFAULT_OWNER
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.ports import Managed
from tests.crash.world import CrashWorld

WILDCARD, PLAIN = ("example.test", "*.example.test"), ("www.example.test",)
REHEARSED_DAYS = 1
"""Few enough for each of Pebble's profiles, of which it takes any: a certificate may last for six days."""


@dataclass(frozen=True, slots=True)
class Journey(ABC):
    """What is worked on under which names; in the end `version` is current, 0 where nothing is kept."""

    title: str
    names: tuple[str, ...]
    version: ClassVar[int] = 1

    @property
    def attempts(self) -> int:
        """How many attempts it took from the request on."""
        return max(1, self.version)

    def start(self, world: CrashWorld) -> str:
        """Prepare a certificate and the message about it, and return its id.

        Each notes the use of zone and delegation.
        """
        world.clock.restart()
        certificate_id = self.prepare(world)
        _forget_looks(world)
        world.messages.clear()
        world.send(certificate_id)
        return certificate_id

    def is_done(self, managed: Managed) -> bool:
        """Tell whether the journey has come to rest."""
        work = managed.work
        return self.has_come(work) and work.attempt is None and not work.claimed_by

    @abstractmethod
    def prepare(self, world: CrashWorld) -> str:
        """Have a certificate that is due, and return its id."""

    @abstractmethod
    def has_come(self, work: Work) -> bool:
        """Tell whether there is what the journey is made for."""


@dataclass(frozen=True, slots=True)
class Issuance(Journey):
    """The first issuance of a deployment: it makes the CA account."""

    def prepare(self, world: CrashWorld) -> str:
        """Ask for it."""
        _forget_account(world)
        return _ask(world, CertificateRequest(DEFAULT_OWNER, self.names))

    def has_come(self, work: Work) -> bool:
        """See the version."""
        return work.current is not None and work.current.version == self.version


@dataclass(frozen=True, slots=True)
class Renewal(Issuance):
    """The renewal of a certificate, because the CA suggests it."""

    version: ClassVar[int] = 2

    def prepare(self, world: CrashWorld) -> str:
        """Have it issued, and the CA suggest a window that is past."""
        certificate_id = _issue(world, CertificateRequest(DEFAULT_OWNER, self.names))
        now = world.clock.now()
        _suggest_renewal(world, certificate_id, now - 2 * HOUR, now - HOUR)
        return certificate_id


@dataclass(frozen=True, slots=True)
class DryRun(Journey):
    """A dry run as the first that a deployment orders: it makes the CA account, which is its own staging."""

    version: ClassVar[int] = 0

    def prepare(self, world: CrashWorld) -> str:
        """Ask for it."""
        _forget_account(world)
        return _ask(world, CertificateRequest(DEFAULT_OWNER, self.names, is_dry_run=True))

    def has_come(self, work: Work) -> bool:
        """See the verdict."""
        return work.verdict is not None


@dataclass(frozen=True, slots=True)
class Rehearsal(Journey):
    """What the worker of an issued certificate does to rehearse its renewal; others work on the dry run meanwhile."""

    def prepare(self, world: CrashWorld) -> str:
        """Have it issued, the CA suggest a window, and the day come on which its renewal is rehearsed."""
        request = CertificateRequest(DEFAULT_OWNER, self.names, rehearse_days=REHEARSED_DAYS)
        certificate_id = _issue(world, request)
        renewal = world.clock.now() + REHEARSED_DAYS * DAY
        _suggest_renewal(world, certificate_id, renewal + MINUTE, renewal + HOUR)
        world.clock.advance(HOUR / SECOND)
        return certificate_id

    def has_come(self, work: Work) -> bool:
        """See that it has ended."""
        return work.rehearsal is not None and work.rehearsal.ended_at > 0


ISSUING = (
    Issuance("Issuance by DNS-01, a name and its wildcard", WILDCARD),
    Issuance("Issuance by HTTP-01, one name", PLAIN),
    Renewal("Renewal by DNS-01, a name and its wildcard", WILDCARD),
    Renewal("Renewal by HTTP-01, one name", PLAIN),
)
JOURNEYS: tuple[Journey, ...] = (
    *ISSUING,
    DryRun("Dry run by DNS-01, a name and its wildcard", WILDCARD),
    Rehearsal("Rehearsal of a renewal by DNS-01, a name and its wildcard", WILDCARD),
)


def _ask(world: CrashWorld, request: CertificateRequest) -> str:
    return create_certificate(world.live.desk, request).desired.id


def _issue(world: CrashWorld, request: CertificateRequest) -> str:
    certificate_id = _ask(world, request)
    world.send(certificate_id)
    world.work_until(certificate_id, Issuance("", request.names).is_done)
    return certificate_id


def _suggest_renewal(world: CrashWorld, certificate_id: str, start: int, end: int) -> None:
    """Have the CA suggest a window, and the certificate looked at."""
    bundle = world.workshop.versions.read_bundle(certificate_id)
    assert bundle is not None
    chain = bundle[bundle.index(b"-----BEGIN CERTIFICATE-----") :]
    window = {"start": instant(start), "end": instant(end)}
    world.live.pebble.set_renewal_info(chain, json.dumps({"suggestedWindow": window}))
    world.live.desk.certificates.wake(certificate_id, world.clock.now(), is_deleted=False)


def _forget_account(world: CrashWorld) -> None:
    key = {name: {"S": value} for name, value in account_key(world.live.desk.ca.account).items()}
    world.live.stack.client("dynamodb").delete_item(TableName=world.live.variables["REGISTRY_TABLE"], Key=key)


def _forget_looks(world: CrashWorld) -> None:
    registry = world.live.desk.registry
    for zone in registry.zones.list_all():
        registry.zones.update(zone, replace(zone, used_at=0))
    for owner in registry.owners.list_all():
        for delegation in registry.delegations.list_of(owner.id):
            registry.delegations.note_look(replace(delegation, looked_at=0, seen_at=0, target="", problem=None))
