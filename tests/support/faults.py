"""Faults between a worker and the world: at the n-th call to any port, something happens before or after its effect."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from tests.fakes.ca import FakeCa
from tests.support.deployment import Deployment

PORTS = ("jobs", "holds", "accounts", "cas", "checks", "answers", "nodes", "pending_keys", "versions", "queue")


@dataclass(slots=True)
class Plan:
    """What happens at which call; `log` names the calls, `hit` the one where it happened."""

    happen: Callable[[], None]
    at: int
    is_after: bool
    log: list[str] = field(default_factory=list)
    hit: str = ""
    lock: Lock = field(default_factory=Lock)

    def note(self, name: str) -> bool:
        """Count a call; True for the one."""
        with self.lock:
            self.log.append(name)
            is_hit = len(self.log) == self.at
            self.hit = name if is_hit else self.hit
            return is_hit


class Interposed:
    """A port with a plan in front of it."""

    def __init__(self, inner: Any, name: str, plan: Plan) -> None:
        self._inner = inner
        self._name = name
        self._plan = plan

    def __getattr__(self, method: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            is_hit = self._plan.note(f"{self._name}.{method}")
            if is_hit and not self._plan.is_after:
                self._plan.happen()
            result = getattr(self._inner, method)(*args, **kwargs)
            if is_hit and self._plan.is_after:
                self._plan.happen()
            return Interposed(result, "ca", self._plan) if isinstance(result, FakeCa) else result

        return call


def interpose(town: Deployment, plan: Plan) -> None:
    """Put a plan in front of the ports that a worker uses."""
    ports: dict[str, Any] = {name: Interposed(getattr(town.workshop, name), name, plan) for name in PORTS}
    town.workshop = replace(town.workshop, **ports)


def die() -> None:
    """Crash the worker, as a lost process would."""
    raise RuntimeError("crash")


def count_calls(scenario: Callable[[Deployment], object]) -> int:
    """Run a scenario without a fault and tell how many calls it makes."""
    town, plan = Deployment(), Plan(die, 0, is_after=False)
    interpose(town, plan)
    scenario(town)
    return len(plan.log)
