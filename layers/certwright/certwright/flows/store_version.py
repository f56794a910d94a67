"""Keep an issued certificate with its key, and make it current."""

from dataclasses import replace

from certwright.domain.certificate import Attempt, Current, Desired, Work
from certwright.domain.errors import StaleRevision
from certwright.domain.order import Order
from certwright.domain.renewal import fallback_window, pick_time
from certwright.domain.revocation import MOST_KEPT, KeptVersion
from certwright.flows.attempts import note_stage, open_attempt, placed_order, read_key
from certwright.flows.issued_chain import FOREIGN, fetch_chain, is_foreign
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop
from certwright.ports import Leaf


def store_version(workshop: Workshop, job: Job) -> Effect:
    """Download the chain of a valid order, refuse what is not ours, store version and current, save both facts.

    The version lies under the attempt's id and the current bundle under the ETag saved last, so repeating after a
    crash changes nothing. Raises `StaleRevision` when another worker has stored a newer one.
    """
    attempt, order = open_attempt(job), placed_order(job)
    chain, leaf = fetch_chain(workshop, job)
    if is_foreign(job, leaf):
        return Effect(replace(job, work=replace(job.work, attempt=replace(attempt, problem=FOREIGN))))
    key = read_key(workshop, job)
    workshop.versions.keep(job.desired.id, attempt.id, key, chain)
    current = _describe(job, attempt, order, leaf, workshop.clock.now())
    current = _replace_current(workshop, job, current, key, chain)
    return Effect(_with_current(workshop, job, current, attempt), is_durable=True)


def _describe(job: Job, attempt: Attempt, order: Order, leaf: Leaf, now: int) -> Current:
    before = job.work.current
    return Current(
        version=before.version + 1 if before else 1,
        attempt=attempt.id,
        account=attempt.account,
        names=leaf.names,
        serial=leaf.serial,
        issuer=leaf.issuer,
        not_before=leaf.not_before,
        not_after=leaf.not_after,
        ari_id=leaf.ari_id,
        stored_at=now,
        order_url=order.url,
        replaces=attempt.replaces,
        root=leaf.root,
        public_key=leaf.public_key,
    )


def _replace_current(workshop: Workshop, job: Job, current: Current, key: bytes, chain: bytes) -> Current:
    """Put the bundle in place of the one saved last, and return the version with its ETag.

    If another is there, or none, an attempt of this certificate crashed between its put and its save, or the table or
    the bucket was restored from a backup: it is replaced, with a number that does not go back for readers. It is so
    only while nobody else has saved: the bundle's ETag is read before the revision is looked at, so that a worker which
    comes too late finds either the one or the other moved on.
    """
    desired: Desired = job.desired
    etag = job.work.current.etag if job.work.current else ""
    try:
        put = workshop.versions.replace_current(desired.id, current.version, etag, key + chain, chain)
        return replace(current, etag=put)
    except StaleRevision:
        found = workshop.versions.describe_current(desired.id)
        fresh = workshop.jobs.read_work(desired.id)
        if fresh is None or fresh.work.revision != job.saved.revision:
            raise
    if found and found.version > current.version:
        current = replace(current, version=found.version + 1)
    etag = found.etag if found else ""
    return replace(
        current, etag=workshop.versions.replace_current(desired.id, current.version, etag, key + chain, chain)
    )


def _earlier(work: Work, now: int) -> tuple[KeptVersion, ...]:
    """Remember the versions before the new one as long as they are valid."""
    replaced = work.find_version(work.current.version) if work.current else None
    versions = (*((replaced,) if replaced else ()), *work.earlier)
    return tuple(item for item in versions if item.not_after > now)[:MOST_KEPT]


def _with_current(workshop: Workshop, job: Job, current: Current, attempt: Attempt) -> Job:
    """Set the new version, with a time to renew it by before the CA has been asked for one."""
    now = workshop.clock.now()
    window = fallback_window(current.not_before, current.not_after)
    work = replace(
        job.work,
        attempt=note_stage(replace(attempt, is_stored=True), "stored", now),
        reason="issued",
        problem=None,
        current=current,
        earlier=_earlier(job.work, now),
        window=window,
        renew_at=pick_time(window, workshop.chance.fraction()),
        window_check_at=now,
    )
    return replace(job, work=work)
