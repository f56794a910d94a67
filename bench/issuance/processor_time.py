"""What each part of a run takes of the processor: the programs started here, and those that they started."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.support.process_table import children, command_line, descendants

TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
PARTS: Mapping[str, str] = {
    "local.aws": "emulated AWS",
    "DynamoDbOnLoopback": "DynamoDB",
    "local.runner": "functions",
    "dnsnode": "node",
    "pebble": "CA",
    "nsd": "DNS",
    "unbound": "DNS",
}
"""How a program's command line tells which part it is of."""
CLIENTS = "other clients"


def read_processor_time() -> Mapping[str, float]:
    """Read seconds by part, counted from each program's start; programs that have ended here count as clients."""
    spent: defaultdict[str, float] = defaultdict(float)
    for pid in children(os.getpid()):
        spent[_part_of(command_line(pid))] += _seconds((pid, *descendants(pid)))
    times = os.times()
    spent[CLIENTS] += times.children_user + times.children_system
    spent["bench"] = times.user + times.system
    return spent


def _part_of(command: str) -> str:
    return next((part for word, part in PARTS.items() if word in command), CLIENTS)


def _seconds(pids: Iterable[int]) -> float:
    """Add up user and system time, also of their children that have ended; of a process just gone nothing is known."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks * TICK_SECONDS
