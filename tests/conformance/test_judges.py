"""Zonemaster and DNSViz judge delegated zones, offline: NSD has the root and the parents, two nodes the zones.

They are on port 53 of loopback addresses; the tests are skipped, saying why, where that or a program can't be had.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.served import EMPTY, UUID
from tests.conformance.tables import Row, cases
from tests.support.node_process import NodeProcess, write_records
from tests.support.world import NODE, PORT, ROOT_SERVER, private_internet

pytestmark = pytest.mark.e2e

SECOND_NODE = "127.0.53.10"
BOTH = [NODE, SECOND_NODE]
SET_UP, INSIDE, TWIN, LAME = (f"{label}.example.test" for label in ("acme", "inside", "twin", "lame"))
NAME_SERVERS = {
    SET_UP: ["ns.example.test"],
    INSIDE: [f"ns.{INSIDE}"],
    TWIN: ["ns1.example.test", "ns2.example.test"],
    LAME: ["ns.example.test"],
}
ADDRESSES = [
    *(("ns.example.test", address) for address in BOTH),
    *((f"ns.{INSIDE}", address) for address in BOTH),
    ("ns1.example.test", NODE),
    ("ns2.example.test", SECOND_NODE),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The world is running; its files and the judges' are here."""
    folder = tmp_path_factory.mktemp("judges")
    zones = [
        {"origin": zone, "name_servers": servers, "addresses": BOTH}
        for zone, servers in NAME_SERVERS.items()
        if zone != LAME
    ]
    records = write_records(
        folder / "records.json", {"zones": zones, "txt": {f"{UUID}.{zone['origin']}": ["value"] for zone in zones}}
    )
    with ExitStack() as running:
        internet = running.enter_context(private_internet(folder / "internet"))
        for name, address in ADDRESSES:
            internet.add("A", name, address)
        for zone, servers in NAME_SERVERS.items():
            for server in servers:
                internet.add("NS", zone, server)
        for address in BOTH:
            listen = ("--listen", f"{address}:{PORT}")
            running.enter_context(NodeProcess(folder / f"{address}.log", *listen, records=records))
        yield folder


def judge(program: str, *arguments: str) -> str:
    """Run a program that judges, to its end; skip the test where it is not installed."""
    path = shutil.which(program)
    if not path:
        pytest.skip(f"{program} not installed: as root on Debian run `make setup`, elsewhere install it by hand")
    done = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# ---------------------------------------------------------------------- Zonemaster

OF_THIS_PLACE = {
    "NAMESERVER_IP_PRIVATE_NETWORK",  # here the servers are on loopback
    "NAMESERVER_IP_WITHOUT_REVERSE",  # the reverse zone of an address is its provider's
}
OF_ONE_NAME = {  # one name-server name for all nodes, by design: docs/rfc-divergences.md
    "NOT_ENOUGH_NS_DEL",
    "NOT_ENOUGH_NS_CHILD",
    "NOT_ENOUGH_IPV4_NS_DEL",
    "NOT_ENOUGH_IPV4_NS_CHILD",
}
ZONES: dict[str, Row] = {
    "as it is set up, with one name server of two addresses": (SET_UP, OF_THIS_PLACE | OF_ONE_NAME),
    "with its name server inside": (INSIDE, OF_THIS_PLACE | OF_ONE_NAME),
    "with two name servers": (TWIN, OF_THIS_PLACE),
}
GOOD = {
    "ADDRESSES_MATCH",
    "ARE_AUTHORITATIVE",
    "AXFR_FAILURE",
    "CASE_QUERIES_RESULTS_OK",
    "EDNS0_SUPPORT",
    "NAMES_MATCH",
    "NO_RECURSOR",
    "NO_UPWARD_REFERRAL",
    "ONE_SOA_SERIAL",
    "QNAME_CASE_SENSITIVE",
    "SOA_EXISTS",
}
"""Of Zonemaster's findings, those that only a sound zone gets: it has looked."""
SERIOUS = {"WARNING", "ERROR", "CRITICAL"}


def zonemaster(folder: Path, zone: str, *options: str) -> list[dict[str, Any]]:
    """Let Zonemaster judge a zone from the private root; returns its findings."""
    hints = folder / "zonemaster.hints"
    hints.write_text(f". 3600 IN NS ns.root-servers.test.\nns.root-servers.test. 3600 IN A {ROOT_SERVER}\n")
    options = ("--hints", str(hints), "--no-ipv6", "--level", "INFO", "--json", "--raw", *options)
    found = json.loads(judge("zonemaster-cli", *options, zone))
    results: list[dict[str, Any]] = found["results"] if isinstance(found, dict) else found  # by version
    return results


@cases("zone excused", ZONES)
def test_zonemaster_finds_nothing_amiss(folder: Path, zone: str, excused: set[str]) -> None:
    """No warning, no error, but for what is excused by name; and each of these is found."""
    found = zonemaster(folder, zone)
    assert {finding["tag"] for finding in found if finding["level"] in SERIOUS} == excused
    assert {finding["tag"] for finding in found} >= GOOD


def test_zonemaster_would_find_a_zone_that_is_not_served(folder: Path) -> None:
    """One that is delegated to the nodes, which refuse it."""
    assert SERIOUS & {finding["level"] for finding in zonemaster(folder, LAME, "--test", "Basic")}


# ---------------------------------------------------------------------- DNSViz


def dnsviz(folder: Path, *names: str) -> dict[str, Any]:
    """Let DNSViz look at names from the private root, and assess what it saw."""
    probed, assessed = folder / "probed.json", folder / "assessed.json"
    root = f".:ns.root-servers.test={ROOT_SERVER}"
    judge("dnsviz", "probe", "-4", "-A", "-E", "-d", "0", "-x", root, "-o", str(probed), *names)
    judge("dnsviz", "grok", "-P", "-r", str(probed), "-o", str(assessed), "-l", "info")
    assessment: dict[str, Any] = json.loads(assessed.read_text())
    return assessment


def complaints(value: object) -> Iterator[object]:
    """Find all errors and warnings in an assessment."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("errors", "warnings"):
                yield inner
            else:
                yield from complaints(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from complaints(inner)


@pytest.mark.parametrize("zone", [SET_UP, INSIDE, TWIN])
def test_dnsviz_finds_nothing_amiss(folder: Path, zone: str) -> None:
    """Neither at the apex, nor at a UUID with and one without TXT, nor where there is no such name; over EDNS too."""
    expected = {zone: "NOERROR", f"{UUID}.{zone}": "NOERROR", f"{EMPTY}.{zone}": "NOERROR", f"www.{zone}": "NXDOMAIN"}
    found = dnsviz(folder, *expected)
    assert {name: found[f"{name}."]["status"] for name in expected} == expected
    assert list(complaints(found)) == []


def test_dnsviz_would_find_a_zone_that_is_not_served(folder: Path) -> None:
    """One that is delegated to the nodes, which refuse it."""
    assert list(complaints(dnsviz(folder, LAME)))
