"""Look at the records of every identifier of a certificate, freshly."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial

from certwright.domain.certificate import Desired
from certwright.domain.hop import fit
from certwright.domain.problem import Actor, Problem, shorten
from certwright.domain.records import NameCheck, WantedCaa, first_problem, join
from certwright.domain.watching import note_look
from certwright.flows.job import Effect, Job
from certwright.flows.note_use import note_delegation, note_zones
from certwright.flows.wanted_caa import connected_account, known_account
from certwright.flows.wanted_records import Wanted, wanted_records
from certwright.flows.world import Workshop

CHECKS_AT_ONCE = 8
CHECKS_TAKE_SECONDS = 30
"""Half of a function's time: the rest is for what follows."""
MOST_BYTES_OF_HOPS, MOST_BYTES_OF_LOCKS = 60_000, 30_000


@dataclass(frozen=True, slots=True)
class _Look:
    """Something to look at for one identifier."""

    identifier: str
    call: Callable[[], NameCheck]


def check_records(workshop: Workshop, job: Job) -> Effect:
    """Walk every delegation and address, look at CAA, and note which zones and delegations are in use.

    CAA names accounts: where all else stands, ours is registered for it. Raises `CaRefusal` and `Unavailable` then.
    """
    owner = job.owner
    if owner is None:
        raise ValueError(f"{job.desired.id} has no owner.")
    wanted = wanted_records(workshop.registry, workshop.settings, job.desired, owner)
    caa = known_account(workshop, job)
    checks = (*_look([*_record_looks(workshop, wanted), *_caa_looks(workshop, caa)]), *_unserved(job.desired, wanted))
    if caa is None and first_problem(checks) is None and workshop.clock.now() >= job.work.retry_at:
        job, caa = connected_account(workshop, job)
        checks = join((*checks, *_look(_caa_looks(workshop, caa))))
    now = workshop.clock.now()
    note_zones(workshop.registry, (check.target for check in checks), now)
    for delegation in wanted.known:
        check = next(item for item in checks if item.identifier == delegation.domain)
        note_delegation(workshop.registry, job.desired.id, delegation, check, now)
    work = replace(job.work, checks=_fitted(checks), checked_at=now)
    return Effect(replace(job, work=note_look(work, now)))


def _record_looks(workshop: Workshop, wanted: Wanted) -> list[_Look]:
    checks = workshop.checks
    looks = [_Look(item.identifier, partial(checks.check_delegation, item)) for item in wanted.delegations]
    return looks + [_Look(item.identifier, partial(checks.check_address, item)) for item in wanted.addresses]


def _caa_looks(workshop: Workshop, caa: Sequence[WantedCaa] | None) -> list[_Look]:
    return [_Look(item.identifier, partial(workshop.checks.check_caa, item)) for item in caa or ()]


def _look(looks: Sequence[_Look]) -> tuple[NameCheck, ...]:
    """Look at all names at once; those whose DNS is too slow are said so, and do not hold up the rest."""
    pool = ThreadPoolExecutor(CHECKS_AT_ONCE)
    futures = [pool.submit(look.call) for look in looks]
    finished, _ = wait(futures, CHECKS_TAKE_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    return join(
        future.result() if future in finished else _too_slow(look.identifier)
        for look, future in zip(looks, futures, strict=True)
    )


def _fitted(checks: tuple[NameCheck, ...]) -> tuple[NameCheck, ...]:
    """Shorten what is stored of a hundred names, whatever strangers answered: an item holds 400 KB."""
    hops = fit([check.hops for check in checks], MOST_BYTES_OF_HOPS)
    locks, left = [], MOST_BYTES_OF_LOCKS
    for check in checks:
        left -= check.lock.size if check.lock else 0
        locks.append(check.lock if left >= 0 else None)
    return tuple(
        replace(check, problem=shorten(check.problem) if check.problem else None, hops=kept, lock=lock)
        for check, kept, lock in zip(checks, hops, locks, strict=True)
    )


def _too_slow(identifier: str) -> NameCheck:
    sentence = (
        f"The DNS of {identifier} or of other names of this certificate is too slow to be checked; see its servers."
    )
    return NameCheck(identifier, Problem("check-too-slow", sentence, Actor.USER, subject=identifier))


def _unserved(desired: Desired, wanted: Wanted) -> tuple[NameCheck, ...]:
    """Name the DNS-01 names that no zone of ours can serve, so that they are not taken for proven."""
    looked_at = {item.identifier for item in wanted.delegations}
    return tuple(NameCheck(name, _zone_missing(name)) for name in desired.dns_identifiers if name not in looked_at)


def _zone_missing(name: str) -> Problem:
    return Problem(
        "zone-missing",
        f"The owner has no zone or no delegation for {name} any more: request the certificate again to have them made.",
        Actor.USER,
        subject=name,
    )
