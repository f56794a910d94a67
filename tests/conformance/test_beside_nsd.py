"""Our answers beside NSD's for the same zone: the same rcode, AA and sections, but for differences with a name."""

import shutil
import subprocess
from collections.abc import Iterator
from typing import NamedTuple

import dns.message
import pytest

from tests.conformance.served import EMPTY, INSIDE, MANY, MANY_VALUES, NAME, ZONE
from tests.conformance.tables import Row, cases
from tests.support.dns_client import Transport, build_opt, build_query, exchange
from tests.support.dns_questions import lines, rcode
from tests.support.eventually import eventually
from tests.support.node_process import NodeProcess, Server, write_records
from tests.support.provider_process import free_port

THERE = "127.0.53.20"
ZONE_FILE = f"""\
{ZONE}. 5 IN SOA ns.example.test. hostmaster.{ZONE}. 1 14400 3600 1209600 5
{ZONE}. 3600 IN NS ns.example.test.
{NAME}. 1 IN TXT "one"
{NAME}. 1 IN TXT "two"
imported.{ZONE}. 1 IN TXT "old"
""" + "".join(f'{MANY}. 1 IN TXT "{value}"\n' for value in MANY_VALUES)
INSIDE_FILE = f"""\
{INSIDE}. 5 IN SOA a.ns.{INSIDE}. hostmaster.{INSIDE}. 1 14400 3600 1209600 5
{INSIDE}. 3600 IN NS a.ns.{INSIDE}.
a.ns.{INSIDE}. 300 IN A 192.0.2.1
a.ns.{INSIDE}. 300 IN AAAA 2001:db8::1
"""
RECORDS = {
    "zones": [
        {"origin": ZONE, "name_servers": ["ns.example.test"], "addresses": ["192.0.2.9"]},
        {"origin": INSIDE, "name_servers": [f"a.ns.{INSIDE}"], "addresses": ["192.0.2.1", "2001:db8::1"]},
    ],
    "txt": {NAME: ["one", "two"], f"imported.{ZONE}": ["old"], MANY: MANY_VALUES},
}
CONFIGURATION = """\
server:
  ip-address: {address}@{port}
  zonesdir: "{folder}"
  database: ""
  username: ""
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  server-count: 1
  minimal-responses: yes
  hide-version: yes
remote-control:
  control-enable: no
zone:
  name: "{zone}"
  zonefile: "zone"
zone:
  name: "{inside}"
  zonefile: "inside"
"""


class Pair(NamedTuple):
    """Where both servers are asked."""

    ours: Server
    nsd: Server


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Our node and NSD, each on a free port, with the same zones."""
    program = shutil.which("nsd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if not program:
        pytest.skip("nsd not installed: as root on Debian run `make setup`, elsewhere install it by hand")
    folder = tmp_path_factory.mktemp("nsd")
    port = free_port([THERE])
    (folder / "zone").write_text(ZONE_FILE)
    (folder / "inside").write_text(INSIDE_FILE)
    configuration = folder / "nsd.conf"
    configuration.write_text(CONFIGURATION.format(address=THERE, port=port, folder=folder, zone=ZONE, inside=INSIDE))
    records = write_records(folder / "records.json", RECORDS)
    with NodeProcess(folder / "log", records=records) as node, (folder / "nsd.log").open("wb") as log:
        nsd = subprocess.Popen([program, "-d", "-c", str(configuration)], stdout=log, stderr=log)
        try:
            eventually(lambda: exchange((THERE, port), build_query(ZONE, "NS")).rcode, "NOERROR")
            yield Pair(node.dns, (THERE, port))
        finally:
            nsd.terminate()
            nsd.wait()


class Said(NamedTuple):
    """What a server said, without id and order, in lower case: NSD points into the question to save bytes."""

    rcode: str
    flags: int
    answers: list[str]
    authority: list[str]
    additional: list[str]
    ttls: set[int]
    edns: tuple[int, int]


def listen_to(server: Server, query: bytes, transport: Transport) -> Said:
    """Ask, and sum up what is said."""
    said = dns.message.from_wire(exchange(server, query, transport).wire)
    answers, authority, additional = (
        [line.lower() for line in lines(section)] for section in (said.answer, said.authority, said.additional)
    )
    ttls = {rrset.ttl for section in (said.answer, said.authority) for rrset in section}
    edns = (said.edns, said.ednsflags & 0x8000)
    return Said(rcode(said), int(said.flags), answers, authority, additional, ttls, edns)


SAME: dict[str, Row] = {
    "SOA of the apex": (ZONE, "SOA"),
    "NS of the apex": (ZONE, "NS"),
    "A of the apex": (ZONE, "A"),
    "DS of the apex": (ZONE, "DS"),
    "TXT of the apex": (ZONE, "TXT"),
    "HTTPS of the apex": (ZONE, "HTTPS"),
    "an unknown type of the apex": (ZONE, 65_280),
    "two TXT": (NAME, "TXT"),
    "two TXT in upper case": (NAME.upper(), "TXT"),
    "A of a name that has TXT": (NAME, "A"),
    "CAA of a name that has TXT": (NAME, "CAA"),
    "NS of a name that has TXT": (NAME, "NS"),
    "CNAME of a name that has TXT": (NAME, "CNAME"),
    "an imported label's TXT": (f"imported.{ZONE}", "TXT"),
    "an imported label's A": (f"imported.{ZONE}", "A"),
    "a name below a name": (f"x.{NAME}", "TXT"),
    "a name that is not there": (f"www.{ZONE}", "A"),
    "a name that is not there in mixed case": (f"WwW.{ZONE.title()}", "TXT"),
    "a name far below": (f"a.b.c.d.{ZONE}", "TXT"),
    "a wildcard's name": (f"*.{ZONE}", "TXT"),
    "A of a name server inside": (f"a.ns.{INSIDE}", "A"),
    "AAAA of a name server inside": (f"a.ns.{INSIDE}", "AAAA"),
    "MX of a name server inside": (f"a.ns.{INSIDE}", "MX"),
    "an empty non-terminal": (f"ns.{INSIDE}", "A"),
    "a name beside a name server": (f"b.ns.{INSIDE}", "A"),
    "another zone": ("example.org", "A"),
    "the parent": ("example.test", "NS"),
    "the root": ("", "NS"),
    "thirty TXT": (MANY, "TXT"),
    "ANY of the apex": (ZONE, "ANY"),
    "ANY of a name that has TXT": (NAME, "ANY"),
}
WAYS = {
    "plain": {},
    "with RD": {"flags": 0x0100},
    "with AD and CD": {"flags": 0x0030},
    "with EDNS": {"opt": build_opt()},
    "with DO": {"opt": build_opt(flags=0x8000)},
    "with an option": {"opt": build_opt(options=b"\xff\xfe\0\0")},
    "with version 1": {"opt": build_opt(version=1)},
    "with payload 512": {"opt": build_opt(payload=512)},
}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@cases("name rrtype", SAME)
def test_ordinary_questions_get_what_nsd_says(
    servers: Pair, transport: Transport, name: str, rrtype: str | int
) -> None:
    """With and without EDNS, over UDP and TCP."""
    for way, parts in WAYS.items():
        query = build_query(name, rrtype, **parts)  # type: ignore[arg-type]
        assert listen_to(servers.ours, query, transport) == listen_to(servers.nsd, query, transport), way


NOTIFY = 4 << 11
DIFFERENT: dict[str, Row] = {
    "a UUID that was never given out exists": (build_query(f"{EMPTY}.{ZONE}"), "udp", "NOERROR", "NXDOMAIN"),
    "AXFR over UDP is refused too": (build_query(ZONE, "AXFR"), "udp", "REFUSED", "NOTIMP"),
    "AXFR of a zone that is not ours is refused too": (build_query("test", "AXFR"), "tcp", "REFUSED", "NOTAUTH"),
    "class ANY is another class": (build_query(NAME, rrclass=255), "udp", "REFUSED", "NOERROR"),
    "NOTIFY is for secondaries": (build_query(ZONE, "SOA", flags=NOTIFY), "udp", "NOTIMP", "REFUSED"),
}


@cases("query transport ours nsd", DIFFERENT)
def test_where_we_differ_we_mean_to(servers: Pair, query: bytes, transport: Transport, ours: str, nsd: str) -> None:
    """All known differences but one: in BADVERS we copy DO (RFC 3225 §3), NSD does not."""
    assert listen_to(servers.ours, query, transport).rcode == ours
    assert listen_to(servers.nsd, query, transport).rcode == nsd
