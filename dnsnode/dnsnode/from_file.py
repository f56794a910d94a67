"""Answers from a records file, read again upon SIGHUP."""

import asyncio
import logging
import time
from pathlib import Path

from dnsnode.lease import ENDLESS
from dnsnode.node import Node
from dnsnode.records_file import BadRecordsFile, read_records

_log = logging.getLogger(__name__)


class FileFeed:
    """Serves what the file says; a bad file at the start ends the node, a bad one later changes nothing."""

    lease = ENDLESS

    def __init__(self, path: Path) -> None:
        self._path = path

    async def load(self, node: Node) -> None:
        """Read the file; raises `BadRecordsFile`."""
        records = read_records(self._path)
        node.broadcast(
            node.snapshot.replace_zones(records.zones)
            + node.snapshot.replace_answers("file", records.answers, time.time())
        )

    async def confirm(self, node: Node) -> None:
        """Nothing is to be confirmed."""

    async def follow(self, node: Node) -> None:  # noqa: ARG002
        """Wait: changes come with SIGHUP."""
        await asyncio.Event().wait()

    async def leave(self) -> None:
        """Nothing is left behind."""

    def reload(self, node: Node) -> None:
        """Read the file again."""
        try:
            records = read_records(self._path)
        except BadRecordsFile as error:
            _log.error("kept what was served: %s", error)
            return
        changes = node.snapshot.replace_zones(records.zones)
        changes += node.snapshot.replace_answers("file", records.answers, time.time())
        node.broadcast(changes)
        _log.info("read %s again: %d changes", self._path, len(changes))

    def on_applied(self, number: int) -> None:
        """Nobody is told."""
