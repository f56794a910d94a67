"""NSD and Unbound as tests run them: on loopback addresses, as whoever runs the test, with nothing kept."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from local.processes import Child, Processes

NSD = Template("""\
server:
  ip-address: $address@$port
  zonesdir: "$zones"
  database: ""
  username: ""
  pidfile: "$folder/nsd.pid"
  xfrdfile: "$folder/xfrd.state"
  zonelistfile: "$folder/zone.list"
  server-count: 1
remote-control:
  control-enable: no
""")
UNBOUND = Template("""\
server:
  interface: $address
  port: $port
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  do-ip6: no
  local-zone: "test." nodefault
  username: ""
  chroot: ""
  directory: "$folder"
  pidfile: ""
  use-syslog: no
  logfile: ""
$options
remote-control:
  control-enable: no
""")


def find_program(name: str) -> str:
    """Find a program, also where only root's PATH looks; empty where there is none."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin") or ""


def start_nsd(processes: Processes, at: tuple[str, int], folder: Path, zones: Path, files: Mapping[str, str]) -> Child:
    """Start NSD with the files of zones, by origin, in the folder `zones`; its own are in `folder`."""
    values = {"address": at[0], "port": str(at[1]), "folder": str(folder), "zones": str(zones)}
    sections = [f'zone:\n  name: "{origin}"\n  zonefile: "{file}"\n' for origin, file in files.items()]
    configuration = folder / "nsd.conf"
    configuration.write_text(NSD.substitute(values) + "".join(sections))
    return _start(processes, f"nsd-{at[0]}", "nsd", configuration)


def start_unbound(
    processes: Processes, at: tuple[str, int], folder: Path, options: Sequence[str], stubs: Sequence[str] = ()
) -> Child:
    """Start Unbound with more lines for its `server:`, and sections of stub zones."""
    lines = "\n".join(f"  {option}" for option in options)
    values = {"address": at[0], "port": str(at[1]), "folder": str(folder), "options": lines}
    configuration = folder / "unbound.conf"
    configuration.write_text(UNBOUND.substitute(values) + "".join(stubs))
    return _start(processes, "unbound", "unbound", configuration)


def _start(processes: Processes, name: str, program: str, configuration: Path) -> Child:
    command = [find_program(program), "-d", "-c", str(configuration)]
    return processes.start(name, command, {"PATH": os.environ["PATH"]})
