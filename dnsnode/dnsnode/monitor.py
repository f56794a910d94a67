"""Tells what a node measures: as a page for Prometheus when asked, and as lines for CloudWatch every so often."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Final

from dnsnode.emf import EmfWriter
from dnsnode.line_writer import LineWriter
from dnsnode.metrics import Key, Reading, read
from dnsnode.private_port import Page
from dnsnode.prometheus import CONTENT_TYPE, render

type Measure = Callable[[], Awaitable[Mapping[Key, float]]]
CLOSE_SECONDS: Final = 1.0
"""How long an ending node waits for its last lines to be taken."""


class Monitor:
    """Reads with `measure`; lines go to standard output, their metrics into a namespace of CloudWatch."""

    def __init__(self, measure: Measure, namespace: str) -> None:
        self._measure = measure
        self._emf = EmfWriter(namespace)

    async def page(self) -> Page:
        """Show all metrics as they are now."""
        return Page(render(await self._read()), CONTENT_TYPE)

    async def tell_every(self, seconds: float) -> None:
        """Tell until cancelled; never where `seconds` is 0."""
        while seconds:
            await asyncio.sleep(seconds)
            await self._tell()

    async def close(self) -> None:
        """Tell what has changed since the last time, and see it written."""
        await self._tell()
        self._lines.close(CLOSE_SECONDS)

    async def _tell(self) -> None:
        for line in self._emf.write(await self._read(), time.time_ns() // 1_000_000):
            self._lines.write(line)

    @cached_property
    def _lines(self) -> LineWriter:
        return LineWriter(sys.stdout.fileno())

    async def _read(self) -> list[Reading]:
        return read(await self._measure())
