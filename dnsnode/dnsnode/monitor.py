"""Tells what a node measures: as a page for Prometheus when asked, and as lines for CloudWatch every so often."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from dnsnode.emf import EmfWriter
from dnsnode.metrics import Key, Reading, read
from dnsnode.private_port import Page
from dnsnode.prometheus import CONTENT_TYPE, render

type Measure = Callable[[], Awaitable[Mapping[Key, float]]]
type Announce = Callable[[str], None]


class Monitor:
    """Reads with `measure`; lines go to `announce`, their metrics into a namespace of CloudWatch."""

    def __init__(self, measure: Measure, announce: Announce, namespace: str) -> None:
        self._measure = measure
        self._announce = announce
        self._emf = EmfWriter(namespace)

    async def page(self) -> Page:
        """Show all metrics as they are now."""
        return Page(render(await self._read()), CONTENT_TYPE)

    async def tell_every(self, seconds: float) -> None:
        """Tell until cancelled; never where `seconds` is 0."""
        while seconds:
            await asyncio.sleep(seconds)
            await self.tell()

    async def tell(self) -> None:
        """Tell what changed since the last time."""
        for line in self._emf.write(await self._read(), time.time_ns() // 1_000_000):
            self._announce(line)

    async def _read(self) -> list[Reading]:
        return read(await self._measure())
