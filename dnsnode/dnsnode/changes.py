"""What a worker is told: changes, one name each, and how it answers.

The parent sends `Batch`es; the worker applies one and sends its number back. A worker opens its sockets only upon
`Open`, which comes after all that it must know. `Tell` asks for what it counted; the `Tally` it sends back has no part
in what is acknowledged. `Notified` comes unasked.
"""

from dataclasses import dataclass

from certwright.domain.answer import ServedZone
from dnsnode.lease import Lease
from dnsnode.metrics import Tally


@dataclass(frozen=True, slots=True)
class SetTxt:
    """All TXT values of one name; none takes them away."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetBody:
    """The body of one HTTP-01 token, for one host."""

    token: str
    host: str
    body: str


@dataclass(frozen=True, slots=True)
class RemoveBody:
    """An HTTP-01 token that is answered no more."""

    token: str


@dataclass(frozen=True, slots=True)
class SetZone:
    """A zone to serve, new or changed."""

    zone: ServedZone


@dataclass(frozen=True, slots=True)
class RemoveZone:
    """A zone to serve no more."""

    origin: str


@dataclass(frozen=True, slots=True)
class SetLease:
    """The lease to serve under from now on."""

    lease: Lease


type Change = SetTxt | SetBody | RemoveBody | SetZone | RemoveZone | SetLease


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes to apply in order; the worker sends `number` back when they are what it serves."""

    number: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """Open the sockets: everything is loaded. The worker sends `number` back when it listens."""

    number: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell what was counted so far; the worker sends a `Tally` back."""


@dataclass(frozen=True, slots=True)
class Notified:
    """Somebody says that a zone served here has changed."""


type Message = Batch | Open | Tell
type Reply = int | Tally | Notified
