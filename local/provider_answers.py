"""What an authoritative server says to a question: pure, no sockets (RFC 1034 §4.3.2, RFC 4592 for wildcards)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from local.provider_records import StoredRecord, is_within

NOERROR, NXDOMAIN = 0, 3
SOA_TTL = 1
LONGEST_CHAIN = 8


@dataclass(frozen=True, slots=True)
class Reply:
    """The sections of a reply; `is_authoritative` is the AA bit."""

    rcode: int
    is_authoritative: bool
    answer: tuple[StoredRecord, ...] = ()
    authority: tuple[StoredRecord, ...] = ()
    additional: tuple[StoredRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Zones:
    """All zones of one server, by origin, and their records by owner name."""

    origins: tuple[str, ...]
    by_name: Mapping[str, tuple[StoredRecord, ...]]

    def zone_of(self, name: str, type_: str = "") -> str | None:
        """Find the deepest zone that holds the name; for DS at an apex the parent's (RFC 4035 §3.1.4.1)."""
        holders = [
            origin for origin in self.origins if is_within(name, origin) and not (type_ == "DS" and name == origin)
        ]
        return max(holders, key=len, default=None)

    def at(self, name: str, type_: str) -> tuple[StoredRecord, ...]:
        """List the records of one type at a name; ANY lists all."""
        return tuple(record for record in self.by_name.get(name, ()) if type_ in (record.type, "ANY"))

    def has_name(self, name: str) -> bool:
        """Tell whether the name exists, as an owner or as an empty non-terminal (RFC 8020)."""
        return name in self.by_name or any(is_within(owner, name) for owner in self.by_name)


def build_zones(origins: Iterable[str], records: Iterable[StoredRecord]) -> Zones:
    """Order the records by owner name."""
    by_name = defaultdict(list)
    for record in records:
        by_name[record.name].append(record)
    return Zones(tuple(origins), {name: tuple(held) for name, held in by_name.items()})


def answer(zones: Zones, name: str, type_: str) -> Reply | None:
    """Answer a question for a lower-case name; None when it lies outside all zones."""
    origin = zones.zone_of(name, type_)
    if origin is None:
        return None
    chain: list[StoredRecord] = []
    while True:
        reply = _answer_in_zone(zones, origin, name, type_)
        chain.extend(reply.answer)
        alias = next((record for record in reply.answer if record.type == "CNAME"), None)
        is_followed = alias is not None and type_ not in ("CNAME", "ANY") and len(chain) < LONGEST_CHAIN
        if not is_followed or alias is None or zones.zone_of(alias.value) != origin or alias.value == name:
            return Reply(
                reply.rcode, bool(chain) or reply.is_authoritative, tuple(chain), reply.authority, reply.additional
            )
        name = alias.value


def _answer_in_zone(zones: Zones, origin: str, name: str, type_: str) -> Reply:
    if cut := _find_cut(zones, origin, name, type_):
        return _refer(zones, origin, cut)
    owner = name if zones.has_name(name) else _wildcard(zones, origin, name)
    if owner is None:
        return Reply(NXDOMAIN, True, authority=zones.at(origin, "SOA"))
    found = zones.at(owner, "CNAME") or zones.at(owner, type_)
    if not found:
        return Reply(NOERROR, True, authority=zones.at(origin, "SOA"))
    return Reply(NOERROR, True, answer=tuple(_owned(record, name) for record in found))


def _owned(record: StoredRecord, name: str) -> StoredRecord:
    return StoredRecord(name, record.type, record.value, record.ttl)


def _find_cut(zones: Zones, origin: str, name: str, type_: str) -> str | None:
    """Find the highest delegation between the apex and the name; DS at the cut is the parent's own."""
    labels = name.split(".")
    ancestors = [".".join(labels[count:]) for count in range(len(labels) - 1, -1, -1)]
    below_apex = [ancestor for ancestor in ancestors if ancestor != origin and is_within(ancestor, origin)]
    return next(
        (cut for cut in below_apex if zones.at(cut, "NS") and not (type_ == "DS" and cut == name)),
        None,
    )


def _refer(zones: Zones, origin: str, cut: str) -> Reply:
    servers = zones.at(cut, "NS")
    glue = tuple(
        address
        for server in servers
        if is_within(server.value, origin)
        for type_ in ("A", "AAAA")
        for address in zones.at(server.value, type_)
    )
    return Reply(NOERROR, False, authority=servers, additional=glue)


def _wildcard(zones: Zones, origin: str, name: str) -> str | None:
    """Find the source of synthesis: `*.` before the closest encloser (RFC 4592 §3.3.1)."""
    encloser = name
    while encloser != origin and not zones.has_name(encloser):
        encloser = encloser.partition(".")[2]
    source = f"*.{encloser}" if encloser else "*"
    return source if zones.has_name(source) else None
