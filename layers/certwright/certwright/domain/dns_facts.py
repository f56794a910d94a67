"""What a look at the DNS found, before anyone judges it. Names are in lower case, without final dot."""

from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    """What one server's reply to one question means (RFC 9499); the second group are no answers."""

    FOUND = "found"
    ALIAS = "alias"
    NODATA = "nodata"
    NXDOMAIN = "nxdomain"

    LAME = "lame"
    FAILING = "failing"
    SILENT = "silent"
    FORBIDDEN = "forbidden"
    ADDRESSLESS = "addressless"
    IPV6_ONLY = "ipv6-only"


_ANSWERS = frozenset({Meaning.FOUND, Meaning.ALIAS, Meaning.NODATA, Meaning.NXDOMAIN})


@dataclass(frozen=True, slots=True)
class Said:
    """One server's word: `values` are sorted rdata (an alias's target), `detail` tells a person why it is no answer.

    `is_authoritative` is the AA bit: false for a delegation told by the parent's server.
    """

    server: str
    meaning: Meaning
    values: tuple[str, ...] = ()
    detail: str = ""
    is_authoritative: bool = True

    @property
    def is_answer(self) -> bool:
        """Tell whether the server answered the question."""
        return self.meaning in _ANSWERS


@dataclass(frozen=True, slots=True)
class Lookup:
    """A question put to each authoritative server of the zone that holds the name.

    `missing` is the highest name that does not exist, at or above the name asked, where a server denied one.
    """

    name: str
    type: str
    zone: str
    said: tuple[Said, ...]
    missing: str = ""

    @property
    def answers(self) -> tuple[Said, ...]:
        """The words of the servers that answered."""
        return tuple(said for said in self.said if said.is_answer)

    @property
    def values(self) -> tuple[str, ...]:
        """All records that any server has, sorted."""
        return tuple(sorted({value for said in self.answers if said.meaning is Meaning.FOUND for value in said.values}))

    @property
    def aliases(self) -> tuple[str, ...]:
        """The targets of the CNAMEs that any server has, sorted; more than one where servers differ."""
        return tuple(sorted({value for said in self.answers if said.meaning is Meaning.ALIAS for value in said.values}))

    @property
    def is_agreed(self) -> bool:
        """Tell whether all servers that answered say the same."""
        return len({(said.meaning, said.values) for said in self.answers}) <= 1

    @property
    def is_failed(self) -> bool:
        """Tell whether no server answered."""
        return not self.answers

    @property
    def is_denied(self) -> bool:
        """Tell whether the name does not exist at any server."""
        return bool(self.answers) and all(said.meaning is Meaning.NXDOMAIN for said in self.answers)


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of CNAMEs: `names` from the first to where it ended, `lookups` one for each name that was asked."""

    names: tuple[str, ...]
    lookups: tuple[Lookup, ...]
    is_loop: bool = False
    is_too_long: bool = False

    @property
    def end(self) -> str:
        """The name at which the chain ended."""
        return self.names[-1]

    @property
    def last(self) -> Lookup:
        """The last question put."""
        return self.lookups[-1]


@dataclass(frozen=True, slots=True)
class Reached:
    """How a zone's SOA was answered at one address of its name server; `tcp` is absent where UDP failed already."""

    address: str
    udp: Said
    tcp: Said | None


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """A delegated zone: its name server's A, its NS and DS at the parent's servers, the NS at the parent's apex."""

    address: Lookup
    delegation: Lookup
    apex: Lookup
    reached: tuple[Reached, ...]
    signer: Lookup | None = None


@dataclass(frozen=True, slots=True)
class DelegationFacts:
    """A validation domain name: its chain and, where that does not end at a target of ours, what explains it.

    `sibling` is a random name beside it (a wildcard answers there too), `text` its TXT, `doubled` the name with the
    zone's name appended once more, as happens where a final dot is forgotten. `address` is its A, which a proxied or
    flattened CNAME leaves behind, and `sibling_address` that of the random name.
    """

    chain: Chain
    sibling: Lookup | None = None
    text: Lookup | None = None
    doubled: Lookup | None = None
    address: Lookup | None = None
    sibling_address: Lookup | None = None


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What a web server said: `status` is 0 where it did not answer and `detail` tells why.

    `redirect_port` is 0 where the redirect names none.
    """

    address: str
    status: int
    redirect_host: str = ""
    redirect_path: str = ""
    detail: str = ""
    redirect_scheme: str = ""
    redirect_port: int = 0
    body: str = ""


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """An HTTP-01 name: the chain to its addresses, and the reply to a request where they are not ours.

    `ipv6` is the AAAA at the chain's end. `probed` is the end of a probe's way, None where none was sent, and
    `is_answered` says that one of our nodes stands there.
    """

    chain: Chain
    reply: HttpReply | None = None
    ipv6: Lookup | None = None
    probed: HttpReply | None = None
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class CaaFacts:
    """The climb for CAA: a chain for the identifier and each name above it, up to the one that decides."""

    levels: tuple[Chain, ...]

    @property
    def last(self) -> Chain:
        """The level that has records, can't be read, or is the highest."""
        return self.levels[-1]


@dataclass(frozen=True, slots=True)
class Bogus:
    """What a validating resolver refuses though it is answered; `reason` is the resolver's own, where it gives one."""

    name: str
    type: str
    resolver: str
    reason: str
