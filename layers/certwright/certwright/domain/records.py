"""Records: what must stand in the user's DNS, and what a fresh look found."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from certwright.domain.caa import Applicant
from certwright.domain.hop import Hop, in_order
from certwright.domain.identifier import read_address
from certwright.domain.problem import Problem


@dataclass(frozen=True, slots=True)
class Record:
    """One record for the user to add; names are absolute, in lower case, without final dot."""

    type: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class WantedZone:
    """A delegated zone as it ought to be seen: A for the name server, NS for the zone."""

    origin: str
    name_server: str
    addresses: tuple[str, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        """The A and NS records to add once."""
        addresses = tuple(Record("A", self.name_server, address) for address in self.addresses)
        return (*addresses, Record("NS", self.origin, self.name_server))


@dataclass(frozen=True, slots=True)
class WantedDelegation:
    """A DNS-01 name as it ought to be seen.

    `targets` are all fulldomains that count (one for each served zone of the owner); the first is the one shown.
    `zones` are the zones behind them, in the same order. `our_origins` are all origins of the deployment, for telling
    a delegation that is somebody else's from a stray CNAME.
    """

    identifier: str
    targets: tuple[str, ...]
    zones: tuple[WantedZone, ...]
    our_origins: tuple[str, ...]

    @property
    def validation_name(self) -> str:
        """The validation domain name (RFC 8555 §8.4)."""
        return f"_acme-challenge.{self.identifier}"

    @property
    def records(self) -> tuple[Record, ...]:
        """The records to add: the shown zone's A and NS, and the CNAME."""
        return (*self.zones[0].records, Record("CNAME", self.validation_name, self.targets[0]))


@dataclass(frozen=True, slots=True)
class WantedAddress:
    """An HTTP-01 name as it ought to be seen: A records to our addresses, or a redirect to one of `redirect_hosts`.

    Our nodes answer probes as `deployment`; none is sent where that is empty.
    """

    identifier: str
    addresses: tuple[str, ...]
    redirect_hosts: tuple[str, ...]
    deployment: str = ""

    @property
    def records(self) -> tuple[Record, ...]:
        """The A records to add; an IP address has none."""
        if read_address(self.identifier):
            return ()
        return tuple(Record("A", self.identifier, address) for address in self.addresses)


@dataclass(frozen=True, slots=True)
class WantedCaa:
    """Names of one identifier (`example.com`, `*.example.com`) and who is to issue them.

    `methods` are all that the certificate proves the identifier by.
    """

    identifier: str
    names: tuple[str, ...]
    applicant: Applicant
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lock:
    """Whether CAA keeps all but accounts that are named from issuing; `records` would make it so (RFC 8657).

    It is advice: a second lock beside the delegation.
    """

    is_closed: bool
    records: tuple[Record, ...]

    @property
    def size(self) -> int:
        """Reckon the bytes it takes in an item."""
        return 40 + sum(30 + len(item.name) + len(item.value) for item in self.records)


@dataclass(frozen=True, slots=True)
class NameCheck:
    """What a look at one identifier found: `problem` is None when an order can succeed.

    `target` is the fulldomain at which a DNS-01 chain ended (the name to publish at), empty for HTTP-01. `lock` is None
    where CAA was not looked at, or could not be read. `hops` are what a CA passes, in that order.
    """

    identifier: str
    problem: Problem | None
    target: str = ""
    lock: Lock | None = None
    hops: tuple[Hop, ...] = ()


def join(checks: Iterable[NameCheck]) -> tuple[NameCheck, ...]:
    """Make one of all checks of an identifier: the first problem of each counts."""
    joined: dict[str, NameCheck] = {}
    for check in checks:
        one = joined.setdefault(check.identifier, check)
        joined[check.identifier] = replace(
            one,
            problem=one.problem or check.problem,
            target=one.target or check.target,
            lock=one.lock or check.lock,
            hops=one.hops if one is check else in_order((*one.hops, *check.hops)),
        )
    return tuple(joined.values())


def first_problem(checks: Iterable[NameCheck]) -> Problem | None:
    """Pick the problem to show first, None when all names stand."""
    return next((check.problem for check in checks if check.problem), None)
