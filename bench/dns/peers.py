"""The servers: the node, and the authoritative servers that are installed, each with one thread that answers."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.dns.load import Server
from bench.dns.mix import ORIGIN

ROOT: Final = Path(__file__).resolve().parents[2]
_SYSTEM_PATH: Final = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:{ROOT}/.tools/bin:{Path.home()}/go/bin"


@dataclass(frozen=True, slots=True)
class Peer:
    """One server: `configure` writes what it reads into a folder and gives the command that runs it in front."""

    name: str
    program: str
    version: tuple[str, ...]
    configure: Callable[[str, Path, Path, Server], Sequence[str]]
    environment: tuple[tuple[str, str], ...] = ()

    def find(self) -> str | None:
        """Find the program, None where it is not installed."""
        return shutil.which(self.program, path=_SYSTEM_PATH)

    def read_version(self, path: str) -> str:
        """Ask the program for its version, the first number that it says."""
        done = subprocess.run([path, *self.version], capture_output=True, text=True, check=False)
        words = (done.stdout + done.stderr).replace("-", " ").replace(",", " ").split()
        return next((word.strip("v") for word in words if word.strip("v")[:1].isdecimal() and "." in word), "?")


def _nsd(program: str, folder: Path, zone: Path, server: Server) -> list[str]:
    (folder / "nsd.conf").write_text(f"""\
server:
    ip-address: {server[0]}@{server[1]}
    server-count: 1
    username: ""
    zonesdir: "{folder}"
    database: ""
    pidfile: "{folder}/nsd.pid"
    xfrdfile: "{folder}/xfrd.state"
    xfrdir: "{folder}"
    zonelistfile: "{folder}/zone.list"
    minimal-responses: yes
    rrl-ratelimit: 0
    ipv4-edns-size: 1232
remote-control:
    control-enable: no
zone:
    name: "{ORIGIN}"
    zonefile: "{zone}"
""")
    return [program, "-d", "-c", str(folder / "nsd.conf")]


def _knot(program: str, folder: Path, zone: Path, server: Server) -> list[str]:
    (folder / "knot.conf").write_text(f"""\
server:
    rundir: "{folder}"
    listen: {server[0]}@{server[1]}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{folder}"
zone:
  - domain: {ORIGIN}
    file: "{zone}"
""")
    return [program, "-c", str(folder / "knot.conf")]


def _bind(program: str, folder: Path, zone: Path, server: Server) -> list[str]:
    (folder / "named.conf").write_text(f"""\
options {{
    directory "{folder}";
    pid-file none;
    session-keyfile none;
    listen-on port {server[1]} {{ {server[0]}; }};
    listen-on-v6 {{ none; }};
    recursion no;
    minimal-responses yes;
    notify no;
}};
controls {{ }};
zone "{ORIGIN}" {{ type primary; file "{zone}"; }};
""")
    return [program, "-f", "-n", "1", "-c", str(folder / "named.conf")]


def _powerdns(program: str, folder: Path, zone: Path, server: Server) -> list[str]:
    (folder / "zones.conf").write_text(f'zone "{ORIGIN}" {{ type master; file "{zone}"; }};\n')
    (folder / "pdns.conf").write_text(f"""\
launch=bind
bind-config={folder}/zones.conf
local-address={server[0]}
local-port={server[1]}
socket-dir={folder}
receiver-threads=1
distributor-threads=1
""")
    return [program, f"--config-dir={folder}", "--daemon=no", "--guardian=no"]


def _coredns(program: str, folder: Path, zone: Path, server: Server) -> list[str]:
    (folder / "Corefile").write_text(f"""\
{ORIGIN}:{server[1]} {{
    bind {server[0]}
    file {zone}
}}
""")
    return [program, "-conf", str(folder / "Corefile")]


PEERS: Final = (
    Peer("NSD", "nsd", ("-v",), _nsd),
    Peer("Knot", "knotd", ("--version",), _knot),
    Peer("BIND", "named", ("-v",), _bind),
    Peer("PowerDNS", "pdns_server", ("--version",), _powerdns),
    Peer("CoreDNS", "coredns", ("-version",), _coredns, (("GOMAXPROCS", "1"),)),
)


def node_command(python: str, server: Server, *options: str, module: str = "dnsnode") -> list[str]:
    """Give the command that runs the node, or a module that runs it, on a Python."""
    listen = ["--listen", f"{server[0]}:{server[1]}", "--http", "127.0.0.1:0", "--health", "127.0.0.1:0"]
    return [python, "-m", module, *listen, *options]


def node_environment() -> dict[str, str]:
    """Give the environment in which the node is found by any Python 3.13."""
    packages = [path for path in sys.path if path.endswith("-packages")]
    folders = [ROOT / "dnsnode", ROOT / "layers" / "certwright", ROOT, *packages]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
