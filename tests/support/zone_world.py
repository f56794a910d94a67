"""A private Internet of zones as text: NSD serves them at two addresses, Unbound may resolve and validate them.

The zone `test` has to give the servers their addresses: `GLUE`. A zone without text is known to NSD and not loaded: it
answers SERVFAIL, as a server does whose zone has expired. Zones may be signed; those above then have their DS.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.zone
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssectypes import Algorithm
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from certwright.adapters.egress import Egress, parse_allow_list
from certwright.adapters.record_checks import Pace, WalkedRecords
from local.processes import Processes
from tests.support.dns_client import build_query, exchange
from tests.support.nsd_unbound import find_program, start_nsd, start_unbound
from tests.support.provider_process import free_port

SERVER, RESOLVER, NODE, ELSEWHERE = "127.0.44.2", "127.0.44.53", "127.0.44.9", "127.0.44.10"
PATIENT = Pace(try_seconds=10, tries=2, check_seconds=120)
RECURSION_DESIRED = 0x0100
NAMES = {SERVER: "ns.root-servers.test.", ELSEWHERE: "ns.elsewhere.test."}
GLUE = [f"{name} 60 A {address}" for address, name in NAMES.items()]
TRUST_ANCHOR = "test"
START_SECONDS = 60


@dataclass(frozen=True)
class Zones:
    """What to serve: the lines of each zone by its origin, None for one that is not loaded.

    `elsewhere` are the origins at the second server. `signed` are those that are signed, `bogus` those of them whose DS
    in the zone above is another key's, `expired` those whose signatures are of last year.
    """

    lines: Mapping[str, Sequence[str] | None]
    elsewhere: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    bogus: frozenset[str] = frozenset()
    expired: frozenset[str] = frozenset()

    def server(self, origin: str) -> str:
        """Tell the address of the server that has a zone."""
        return ELSEWHERE if origin in self.elsewhere else SERVER


@dataclass
class ZoneWorld:
    """The running servers."""

    port: int
    folder: Path
    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=dict)

    def checks(self, *, resolvers: Sequence[str] = (), http_port: int = 80) -> WalkedRecords:
        """Look at this world from its own root."""
        egress = Egress(self.port, http_port, parse_allow_list("127.0.0.0/8"))
        return WalkedRecords(egress, (SERVER,), pace=PATIENT, resolvers=tuple(resolvers))

    def write(self, zones: Zones) -> None:
        """Write all zone files, children first: their parents hold their DS."""
        for origin in sorted(zones.lines, key=lambda origin: -origin.count(".") if origin else 1):
            lines = zones.lines[origin]
            if lines is not None:
                self._write_zone(origin, lines, zones)

    def _write_zone(self, origin: str, lines: Sequence[str], zones: Zones) -> None:
        children = [child for child in zones.lines if child != origin and child.partition(".")[2] == origin]
        text = [f"@ 60 IN SOA ns.root-servers.test. host.test. {int(time.time())} 60 60 60 1"]
        text += [f"@ 60 IN NS {NAMES[zones.server(origin)]}", *lines]
        others = [child for child in children if child not in _own_ns(lines)]
        text += [f"{child}. 60 IN NS {NAMES[zones.server(child)]}" for child in others]
        text += [self._ds(child, is_right=child not in zones.bogus) for child in children if child in zones.signed]
        zone = dns.zone.from_text("\n".join(text), origin=f"{origin}.", relativize=False, check_origin=False)
        if origin in zones.signed:
            self._sign(zone, self._key(origin), is_expired=origin in zones.expired)
        zone.to_file(str(self.folder / _file(origin)), relativize=False)

    def _key(self, origin: str) -> ec.EllipticCurvePrivateKey:
        return self.keys.setdefault(origin, ec.generate_private_key(ec.SECP256R1()))

    def _ds(self, origin: str, *, is_right: bool) -> str:
        key = self._key(origin) if is_right else ec.generate_private_key(ec.SECP256R1())
        ds = dns.dnssec.make_ds(dns.name.from_text(origin), _dnskey(key), "SHA256")
        return f"{origin}. 60 IN DS {ds.to_text()}"

    def _sign(self, zone: dns.zone.Zone, key: ec.EllipticCurvePrivateKey, *, is_expired: bool) -> None:
        age = timedelta(days=400 if is_expired else 1)
        inception = datetime.now(UTC) - age
        dns.dnssec.sign_zone(
            zone, keys=[(key, _dnskey(key))], inception=inception, expiration=inception + timedelta(days=30)
        )

    def write_anchor(self) -> None:
        """Trust the key of the zone that stands for the signed root."""
        key = self._key(TRUST_ANCHOR)
        (self.folder / "anchor").write_text(f"{TRUST_ANCHOR}. 60 IN DNSKEY {_dnskey(key).to_text()}\n")


@contextmanager
def running_zones(folder: Path, zones: Zones, *, has_resolver: bool = False) -> Iterator[ZoneWorld]:
    """Serve the zones until the context ends; skip the test where NSD or Unbound are not to be had."""
    programs = ("nsd", "unbound") if has_resolver else ("nsd",)
    for program in programs:
        if not find_program(program):
            pytest.skip(f"{program} is not installed: as root on Debian run `make setup`, elsewhere install it by hand")
    world = ZoneWorld(free_port([SERVER, RESOLVER, NODE, ELSEWHERE]), folder)
    world.write(zones)
    with ExitStack() as running:
        processes = running.enter_context(Processes(folder))
        for server in NAMES:
            _start_nsd(world, zones, server, processes)
        if has_resolver:
            _start_unbound(world, zones, processes)
        yield world


def _start_nsd(world: ZoneWorld, zones: Zones, server: str, processes: Processes) -> None:
    folder = world.folder / server
    folder.mkdir()
    files = {f"{origin}.": _file(origin) for origin in zones.lines if zones.server(origin) == server}
    nsd = start_nsd(processes, (server, world.port), folder, world.folder, files)
    nsd.wait_until(lambda: _answers(server, world.port), START_SECONDS)


def _start_unbound(world: ZoneWorld, zones: Zones, processes: Processes) -> None:
    world.write_anchor()
    # Each zone is a stub: names of zones carry no port, and this one is not 53.
    stubs = [
        f'stub-zone:\n  name: "{origin}."\n  stub-addr: {zones.server(origin)}@{world.port}\n' for origin in zones.lines
    ]
    validating = ('module-config: "validator iterator"', f'trust-anchor-file: "{world.folder}/anchor"', "ede: yes")
    unbound = start_unbound(processes, (RESOLVER, world.port), world.folder, validating, stubs)
    unbound.wait_until(lambda: _answers(RESOLVER, world.port), START_SECONDS)


def _answers(address: str, port: int) -> bool:
    """Tell whether a server listens; one that has no such zone refuses, and runs."""
    try:
        exchange((address, port), build_query("test.", "SOA", flags=RECURSION_DESIRED))
    except OSError:
        return False
    return True


def _dnskey(key: ec.EllipticCurvePrivateKey) -> DNSKEY:
    return dns.dnssec.make_dnskey(key.public_key(), Algorithm.ECDSAP256SHA256, flags=257)


def _own_ns(lines: Sequence[str]) -> frozenset[str]:
    """List the names that a zone's own lines delegate."""
    return frozenset(line.split()[0].removesuffix(".") for line in lines if " NS " in line)


def _file(origin: str) -> str:
    return f"{origin or 'root'}.zone"
