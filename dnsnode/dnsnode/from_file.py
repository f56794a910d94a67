"""Answers from a records file, read again upon SIGHUP."""

import asyncio
import logging
import time
from pathlib import Path

from dnsnode.lease import ENDLESS
from dnsnode.metrics import Standing
from dnsnode.node import Node
from dnsnode.records_file import BadRecordsFile, Records, read_records

_log = logging.getLogger(__name__)


class FileFeed:
    """Serves what the file says; a bad file at the start ends the node, a bad one later changes nothing."""

    lease = ENDLESS
    heeds_notices = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: float | None = None

    @property
    def standing(self) -> Standing:
        """Tell how old what was read is."""
        return Standing(None if self._read_at is None else time.monotonic() - self._read_at)

    async def load(self, node: Node) -> None:
        """Read the file; raises `BadRecordsFile`."""
        records = self._read()
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
            records = self._read()
        except BadRecordsFile as error:
            _log.error("kept what was served: %s", error)
            return
        changes = node.snapshot.replace_zones(records.zones)
        changes += node.snapshot.replace_answers("file", records.answers, time.time())
        node.broadcast(changes)
        _log.info("read %s again: %d changes", self._path, len(changes))

    def _read(self) -> Records:
        records = read_records(self._path)
        self._read_at = time.monotonic()
        return records

    def on_applied(self, number: int) -> None:
        """Nobody is told."""

    def on_notified(self) -> None:
        """SIGHUP alone has the file read."""
