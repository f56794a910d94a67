"""What functions are given, together, where it is neither a desk nor a workshop (`certwright.flows.world`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from certwright import ports
from certwright.domain.account_event import AccountEvent
from certwright.domain.certificate import Event
from certwright.domain.notice import Notice
from certwright.flows.world import Desk, SignInDesk
from certwright.settings import Settings


@dataclass(frozen=True, slots=True)
class Front:
    """What pages are served with: the API's desk, the nodes, and the key that signs sessions.

    `sign_in` is None where no identity provider is configured.
    """

    desk: Desk
    nodes: ports.Nodes
    session_key: bytes
    sign_in: SignInDesk | None = None


@dataclass(frozen=True, slots=True)
class Safe:
    """What private keys are handed out with."""

    clock: ports.Clock
    tokens: ports.Tokens
    certificates: ports.Certificates
    versions: ports.Versions


@dataclass(frozen=True, slots=True)
class Sweep:
    """What the sweep of due certificates, and a deployment's first run, need."""

    settings: Settings
    clock: ports.Clock
    jobs: ports.Jobs
    queue: ports.Queue
    owners: ports.Owners
    tokens: ports.Tokens
    cas: ports.CaDefinitions
    standings: ports.CaStandings
    beats: ports.Beats


@dataclass(frozen=True, slots=True)
class Lookout:
    """What a deployment is watched with."""

    clock: ports.Clock
    overview: ports.Overview
    nodes: ports.Nodes
    owners: ports.Owners
    zones: ports.Zones
    certificates: ports.Certificates
    bus: ports.Bus


@dataclass(frozen=True, slots=True)
class Crier:
    """What events are announced with; `read_image` reads one as a stream shows it, a certificate's with its id."""

    overview: ports.Overview
    bus: ports.Bus
    read_image: Callable[[Mapping[str, Any]], tuple[str, Event] | AccountEvent | Notice]
