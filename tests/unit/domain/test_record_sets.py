"""What may be added beside what stands."""

import pytest

from certwright.domain.record_sets import HostedZone, RecordSet, find_holder, in_the_way, is_whole_zone, record_sets
from certwright.domain.records import Record

ZONE = HostedZone("Z1", "example.com")
A1, A2 = Record("A", "x.example.com", "192.0.2.1"), Record("A", "x.example.com", "192.0.2.2")
ELSEWHERE = Record("A", "x.example.com", "198.51.100.7")
AAAA = Record("AAAA", "x.example.com", "2001:db8::1")
ALIAS = Record("CNAME", "x.example.com", "y.example.com")
DELEGATION = Record("NS", "x.example.com", "ns.other.example")
TEXT = Record("TXT", "x.example.com", "v=1")
APEX_NS = Record("NS", "example.com", "ns.provider.example")
OURS = RecordSet("A", "x.example.com", ("192.0.2.1", "192.0.2.2"))


@pytest.mark.parametrize(
    ("wanted", "standing", "found"),
    [
        (OURS, (), ()),
        (OURS, (A1,), ()),
        (OURS, (A1, A2, TEXT, AAAA), ()),
        (OURS, (A1, ELSEWHERE), (ELSEWHERE,)),
        (OURS, (ALIAS,), (ALIAS,)),
        (OURS, (DELEGATION,), (DELEGATION,)),
        (RecordSet("CNAME", "x.example.com", ("y.example.com",)), (ALIAS,), ()),
        (RecordSet("CNAME", "x.example.com", ("z.example.com",)), (ALIAS,), (ALIAS,)),
        (RecordSet("CNAME", "x.example.com", ("y.example.com",)), (TEXT, A1), (TEXT, A1)),
        (RecordSet("NS", "x.example.com", ("ns.example.com",)), (DELEGATION,), (DELEGATION,)),
        (RecordSet("NS", "x.example.com", ("ns.example.com",)), (TEXT,), (TEXT,)),
        (RecordSet("TXT", "x.example.com", ("proof",)), (TEXT, A1), ()),
        (RecordSet("TXT", "x.example.com", ("proof",)), (ALIAS,), (ALIAS,)),
        (RecordSet("A", "example.com", ("192.0.2.1",)), (APEX_NS,), ()),
        (RecordSet("CNAME", "example.com", ("y.example.org",)), (APEX_NS,), (APEX_NS,)),
    ],
)
def test_what_stands_in_the_way(wanted: RecordSet, standing: tuple[Record, ...], found: tuple[Record, ...]) -> None:
    """Other values of the type, anything beside a CNAME or a delegation; not the zone's own NS, nor other texts."""
    assert in_the_way(wanted, ZONE, standing) == found


def test_name_servers_at_the_zones_own_name_would_take_all_of_it() -> None:
    """Below it they take a sub-domain."""
    assert is_whole_zone(RecordSet("NS", "example.com", ("ns.example.com",)), ZONE)
    assert not is_whole_zone(RecordSet("NS", "acme.example.com", ("ns.example.com",)), ZONE)
    assert not is_whole_zone(RecordSet("A", "example.com", ("192.0.2.1",)), ZONE)


def test_records_of_one_name_and_type_are_one_set() -> None:
    """In the order of what comes first."""
    assert record_sets((A1, TEXT, A2)) == (OURS, RecordSet("TXT", "x.example.com", ("v=1",)))
    assert OURS.records == (A1, A2)


def test_a_name_belongs_to_the_longest_zone() -> None:
    """By whole labels."""
    zones = (ZONE, HostedZone("Z2", "x.example.com"), HostedZone("Z3", "ample.com"))
    assert find_holder("a.x.example.com", zones) == zones[1]
    assert find_holder("example.com", zones) == ZONE
    assert find_holder("other.test", zones) is None
