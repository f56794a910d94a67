"""Budgets read, changed and written while others do the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import batched

from certwright.domain.budget import Budget
from certwright.domain.ca import find_ca
from certwright.domain.errors import StaleRevision, Unavailable
from certwright.domain.limited_ca import LimitedCa, limited_ca
from certwright.flows.attempts import connected
from certwright.flows.job import Job
from certwright.flows.world import Workshop
from certwright.ports import StoredBudget
from certwright.settings import Settings

TRIES = 10
"""So often others may come first."""
PAUSE_SECONDS = 0.1
WRITTEN_AT_ONCE = 100

type Stored = Mapping[str, Budget]


@dataclass(frozen=True, slots=True)
class Changed[T]:
    """What a change of budgets led to, and the budgets to store, by key."""

    result: T
    budgets: Mapping[str, Budget]


def ca_of(workshop: Workshop, job: Job) -> LimitedCa:
    """Find the limits of the CA that a job is connected to."""
    account = connected(job).account
    return limits_at(workshop.settings, account.directory, account.limits)


def limits_at(settings: Settings, directory: str, of_account: str = "") -> LimitedCa:
    """Find the limits of the CA at a directory: those set of the account, else by the deployment for its own CA."""
    is_own = directory == find_ca(settings.acme_directory).directory
    return limited_ca(directory, of_account or (settings.acme_limits if is_own else ""))


def change_budgets[T](workshop: Workshop, keys: tuple[str, ...], change: Callable[[Stored, int], Changed[T]]) -> T:
    """Read budgets, change them as of now, and write them under what was read; `Unavailable` where others go on coming.

    `change` is given those that are there.
    """
    budgets = workshop.registry.budgets
    for _ in range(TRIES):
        found = {stored.key: stored for stored in budgets.read(keys)}
        changed = change({key: stored.budget for key, stored in found.items()}, workshop.clock.now())
        revisions = {key: stored.revision for key, stored in found.items()}
        writes = [StoredBudget(key, budget, revisions.get(key, 0)) for key, budget in changed.budgets.items()]
        try:
            for batch in batched(writes, WRITTEN_AT_ONCE, strict=False):
                budgets.write(batch)
        except StaleRevision:
            workshop.clock.sleep(PAUSE_SECONDS * workshop.chance.fraction())
            continue
        return changed.result
    raise Unavailable("Too many certificates reserve at this moment: it is tried again.", code="budgets-busy")
