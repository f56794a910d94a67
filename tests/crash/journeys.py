"""The four journeys that workers are crashed on, each from a message about a certificate that is due to its rest."""

import json
from dataclasses import dataclass, replace

from certwright.adapters.dynamodb_accounts import account_key
from certwright.domain.instants import instant
from certwright.domain.renewal import HOUR
from certwright.ports import Managed
from tests.crash.world import CrashWorld

WILDCARD, PLAIN = ("example.test", "*.example.test"), ("www.example.test",)


@dataclass(frozen=True, slots=True)
class Journey:
    """What is issued or renewed, and how its names are proven."""

    title: str
    names: tuple[str, ...]
    is_renewal: bool

    @property
    def version(self) -> int:
        """Which version is current in the end."""
        return 2 if self.is_renewal else 1

    def is_done(self, managed: Managed) -> bool:
        """Tell whether the journey has come to rest."""
        work = managed.work
        version = work.current.version if work.current else 0
        return version == self.version and work.attempt is None and not work.claimed_by

    def start(self, world: CrashWorld) -> str:
        """Prepare a certificate and the message about it, and return its id.

        An issuance is the first of its deployment: it makes the CA account. Each notes the use of zone and delegation.
        """
        world.clock.restart()
        if self.is_renewal:
            certificate_id = self._issue(world)
            _suggest_renewal(world, certificate_id)
        else:
            _forget_account(world)
            certificate_id = world.live.ask_for(*self.names)
        _forget_looks(world)
        world.messages.clear()
        world.send(certificate_id)
        return certificate_id

    def _issue(self, world: CrashWorld) -> str:
        certificate_id = world.live.ask_for(*self.names)
        world.send(certificate_id)
        world.work_until(certificate_id, replace(self, is_renewal=False).is_done)
        return certificate_id


JOURNEYS = (
    Journey("Issuance by DNS-01, a name and its wildcard", WILDCARD, is_renewal=False),
    Journey("Issuance by HTTP-01, one name", PLAIN, is_renewal=False),
    Journey("Renewal by DNS-01, a name and its wildcard", WILDCARD, is_renewal=True),
    Journey("Renewal by HTTP-01, one name", PLAIN, is_renewal=True),
)


def _suggest_renewal(world: CrashWorld, certificate_id: str) -> None:
    """Have the CA suggest a window that is past, and the certificate looked at."""
    bundle, now = world.workshop.versions.read_bundle(certificate_id), world.clock.now()
    assert bundle is not None
    chain = bundle[bundle.index(b"-----BEGIN CERTIFICATE-----") :]
    window = {"start": instant(now - 2 * HOUR), "end": instant(now - HOUR)}
    world.live.pebble.set_renewal_info(chain, json.dumps({"suggestedWindow": window}))
    world.live.desk.certificates.wake(certificate_id, now, is_deleted=False)


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
