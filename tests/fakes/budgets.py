"""Budgets in memory."""

from collections.abc import Sequence
from dataclasses import replace
from threading import RLock

from certwright.domain.errors import StaleRevision
from certwright.ports import StoredBudget


class FakeBudgets:
    """A `Budgets`."""

    def __init__(self) -> None:
        self._stored: dict[str, StoredBudget] = {}
        self._lock = RLock()

    def read(self, keys: Sequence[str]) -> tuple[StoredBudget, ...]:
        return tuple(self._stored[key] for key in keys if key in self._stored)

    def write(self, changed: Sequence[StoredBudget]) -> None:
        with self._lock:
            if any(self._revision(item.key) != item.revision for item in changed):
                raise StaleRevision("Another worker reserved in between.")
            self._stored |= {item.key: replace(item, revision=item.revision + 1) for item in changed}

    def list_all(self, ca: str, limit: int) -> tuple[StoredBudget, ...]:
        mine = sorted(key for key in self._stored if key.startswith(f"{ca}#"))
        return tuple(self._stored[key] for key in mine[:limit])

    def _revision(self, key: str) -> int:
        return self._stored[key].revision if key in self._stored else 0
