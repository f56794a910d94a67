"""Record sets: all values of one type at one name (RFC 2181 §5), and what may be added beside what stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from certwright.domain.records import Record

TTL_SECONDS = 300


@dataclass(frozen=True, slots=True)
class RecordSet:
    """All values of one type at one name."""

    type: str
    name: str
    values: tuple[str, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        """The same as single records."""
        return tuple(Record(self.type, self.name, value) for value in self.values)


@dataclass(frozen=True, slots=True)
class HostedZone:
    """A zone at a DNS provider: the provider's id for it, and its origin."""

    id: str
    name: str


class Outcome(StrEnum):
    """What came of adding a record."""

    ADDED = "added"
    STANDS = "stands"
    CONFLICT = "conflict"
    NO_ZONE = "no-zone"
    NOT_GRANTED = "not-granted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Addition:
    """What came of one record; `found` is what stands in its way, as people write records."""

    record: Record
    outcome: Outcome
    sentence: str
    found: tuple[str, ...] = ()


def record_sets(records: Iterable[Record]) -> tuple[RecordSet, ...]:
    """Group records into sets, in the order of each set's first record."""
    values: dict[tuple[str, str], list[str]] = {}
    for record in records:
        values.setdefault((record.type, record.name), []).append(record.value)
    return tuple(RecordSet(type, name, tuple(found)) for (type, name), found in values.items())


def in_the_way(wanted: RecordSet, zone: HostedZone, standing: Sequence[Record]) -> tuple[Record, ...]:
    """Pick what stands at the name and can't stay beside the set; `standing` is all that the zone has there.

    A CNAME is alone at its name (RFC 1034 §3.6.2), and a delegation takes the name away from what stood there: at the
    zone's own name that would be all of it.
    """
    return tuple(record for record in standing if _clashes(wanted, zone, record))


def _clashes(wanted: RecordSet, zone: HostedZone, record: Record) -> bool:
    if record.type == wanted.type:
        return record.value not in wanted.values and record.type != "TXT"
    is_delegated_away = record.type == "NS" and record.name != zone.name
    return wanted.type in ("CNAME", "NS") or record.type == "CNAME" or is_delegated_away


def is_whole_zone(wanted: RecordSet, zone: HostedZone) -> bool:
    """Tell whether a set would hand over the whole zone: NS records at its own name."""
    return wanted.type == "NS" and wanted.name == zone.name


def find_holder(name: str, zones: Iterable[HostedZone]) -> HostedZone | None:
    """Find the zone that a name belongs to: the one with the longest name that it ends in."""
    holders = (zone for zone in zones if name == zone.name or name.endswith(f".{zone.name}"))
    return max(holders, key=lambda zone: len(zone.name), default=None)
