"""Invoke a function at the template's rate, or at a multiple of it."""

import sys
import threading
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from local.bridge import Invoker
from local.sandbox import FunctionError
from local.template import ACCOUNT, REGION, Schedule


class Ticker:
    """Invokes the function once at the start, then at the rate; invocations never overlap."""

    def __init__(self, schedule: Schedule, function: Invoker, *, time_scale: float) -> None:
        self._function = function
        self._name = schedule.function
        self._input = schedule.input
        self._seconds = schedule.rate_seconds / time_scale
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"schedule-{schedule.function}", daemon=True)

    def start(self) -> None:
        """Invoke the function, raising `FunctionError` if that fails, and go on in a thread."""
        self._function.invoke(self._build_event())
        self._thread.start()

    def stop(self) -> None:
        """Invoke no more, and wait for an invocation in hand."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                self._function.invoke(self._build_event())
            except FunctionError as error:
                print(f"{self._name}: {error}", file=sys.stderr, flush=True)

    def _build_event(self) -> dict[str, Any]:
        return build_event() if self._input is None else dict(self._input)


def build_event() -> dict[str, Any]:
    """Build the event that EventBridge Scheduler sends when its target names no input."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/certwright"],
        "detail": "{}",
    }
