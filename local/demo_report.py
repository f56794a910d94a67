"""What the demo prints: progress line by line, then a table of how long each stage took."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Report:
    """Prints progress and times stages; `stage` names where the demo is when something fails."""

    stage: str = ""
    _rows: list[tuple[str, float, str]] = field(default_factory=list)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Announce a stage and note how long it took."""
        self.stage = stage
        print(f"\n▸ {stage}", flush=True)
        started = time.monotonic()
        yield
        self._rows.append((stage, time.monotonic() - started, ""))

    def say(self, text: str) -> None:
        """Print a line of progress."""
        print(f"  {text}", flush=True)

    def show_records(self, records: Iterable[dict[str, str]]) -> None:
        """Print records as a zone file would have them."""
        for record in records:
            self.say(f"    {record['name']:<38} {record['type']:<6} {record['value']}")

    def note(self, text: str) -> None:
        """Write a result beside the last finished stage."""
        stage, seconds, _ = self._rows[-1]
        self._rows[-1] = (stage, seconds, text)

    def table(self) -> str:
        """Lay out the stages with their milliseconds and results."""
        width = max(len(stage) for stage, _, _ in self._rows)
        lines = [
            f"  {stage:<{width}}  {seconds * 1000:>7.0f} ms  {text}".rstrip() for stage, seconds, text in self._rows
        ]
        total = sum(seconds for _, seconds, _ in self._rows)
        return "\n".join([*lines, f"  {'together':<{width}}  {total * 1000:>7.0f} ms"])
