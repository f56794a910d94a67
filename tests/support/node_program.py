"""The real node with what a test must control: shorter terms, a wall clock that is moved, or a source of its own.

Run as `python -m tests.support.node_program` with the node's own options. Variables:

- `PROGRAM_TERMS`: JSON with the fields of `Terms` that differ
- `PROGRAM_WALL_SHIFT`: a file with the seconds by which the machine's clock is wrong, read at every look at the clock
- `PROGRAM_HISTORY`: the Unix socket of a test that feeds the node in place of the tables (`fed_source.py`)
"""

import json
import os
import time
from pathlib import Path

from tests.support.node_process import NodeProcess


class ProgramNode(NodeProcess):
    """A node under this program."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self._command = ["tests.support.node_program" if word == "dnsnode" else word for word in self._command]


def main() -> None:
    """Move the clock first, so that whatever is imported finds it moved."""
    if "PROGRAM_WALL_SHIFT" in os.environ:
        _move_wall_clock(Path(os.environ["PROGRAM_WALL_SHIFT"]))
    import asyncio
    import logging
    import sys

    from dnsnode.__main__ import announce
    from dnsnode.clock import TableClock
    from dnsnode.from_table import Source, TableFeed
    from dnsnode.node import Node
    from dnsnode.replica import Terms
    from dnsnode.settings import read_settings
    from dnsnode.source import TableSource
    from tests.support.fed_source import FedSource

    settings = read_settings(sys.argv[1:], os.environ)
    logging.basicConfig(level=settings.log_level)
    clock = TableClock()
    history = os.environ.get("PROGRAM_HISTORY")
    tables = TableSource(settings.answers_table, settings.nodes_table, clock) if not history else None
    source: Source = tables or FedSource(Path(history or ""))
    terms = Terms(**json.loads(os.environ.get("PROGRAM_TERMS", "{}")))
    asyncio.run(Node(settings, TableFeed(source, settings.poll_seconds, clock, terms), announce).run())


def _move_wall_clock(shift: Path) -> None:
    now, now_ns = time.time, time.time_ns
    time.time = lambda: now() + float(shift.read_text() or 0)
    time.time_ns = lambda: now_ns() + round(float(shift.read_text() or 0) * 1e9)


if __name__ == "__main__":
    main()
