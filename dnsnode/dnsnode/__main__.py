"""Run the node: `python -m dnsnode --help` tells the options."""

import asyncio
import logging
import os
import sys

from dnsnode.address import AddressInUse
from dnsnode.from_file import FileFeed
from dnsnode.node import Feed, Node
from dnsnode.records_file import BadRecordsFile
from dnsnode.settings import Settings, read_settings


def main() -> int:
    """Serve until told to stop; returns the exit status."""
    settings = read_settings(sys.argv[1:], os.environ)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        asyncio.run(Node(settings, choose_feed(settings), announce).run())
    except (AddressInUse, BadRecordsFile) as error:
        print(f"dnsnode: {error}", file=sys.stderr)
        return 1
    return 0


def choose_feed(settings: Settings) -> Feed:
    """Take answers from the file where one is given, else from the tables."""
    if settings.records:
        return FileFeed(settings.records)
    from dnsnode.clock import TableClock
    from dnsnode.from_table import TableFeed
    from dnsnode.source import TableSource

    clock = TableClock()
    return TableFeed(TableSource(settings.answers_table, settings.nodes_table, clock), settings.poll_seconds, clock)


def announce(line: str) -> None:
    """Say one line on standard output, for people and for programs that wait for it.

    It is one write, so that nothing that others write to the same place gets between the line and its end.
    """
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
