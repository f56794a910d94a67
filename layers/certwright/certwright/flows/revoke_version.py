"""Have the CA revoke a version of a certificate."""

from dataclasses import replace

from certwright.domain.bundle import chain_of, private_key_of
from certwright.domain.certificate import Work
from certwright.domain.errors import CaRefusal, CertwrightError, Unavailable
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import HOUR, MINUTE, SECOND, obey
from certwright.domain.revocation import KeptVersion, Reason, Revocation, Revoked
from certwright.flows.connect_account import open_account
from certwright.flows.failures import is_transient
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop

VERSION_GONE = Problem(
    "version-gone", "The version that was to be revoked is not stored any more, or has expired.", Actor.USER
)


def revoke_version(workshop: Workshop, job: Job, revocation: Revocation) -> Effect:
    """Revoke a version, by its own key where that was compromised and is ours, else in the account's name.

    A compromised key is noted before the CA is asked, so that it is never used again whatever the CA says. What the CA
    refuses for good is noted too and not asked again, as is what an account that was given up can't ask; silence is
    asked again after a minute.
    """
    kept = job.work.find_version(revocation.version)
    bundle = workshop.kept_versions.read_version(job.desired.id, kept.attempt) if kept else None
    if kept is None or bundle is None:
        return _done(job, revocation, workshop.clock.now(), VERSION_GONE)
    leaf = workshop.keys.read_leaf(chain_of(bundle))
    if revocation.reason is Reason.KEY_COMPROMISE and leaf.public_key not in job.work.compromised_keys:
        return Effect(replace(job, work=_without_key(job.work, kept, leaf.public_key)), is_durable=True)
    try:
        _ask(workshop, kept, bundle, revocation.reason)
    except Unavailable as silence:
        return _later(workshop, job, silence.retry_after_seconds)
    except CaRefusal as refusal:
        if is_transient(refusal):
            return _later(workshop, job, refusal.retry_after_seconds)
        return _done(job, revocation, workshop.clock.now(), refusal.problem)
    except CertwrightError as error:
        return _done(job, revocation, workshop.clock.now(), Problem(error.code, error.sentence, Actor.OPERATOR))
    return _done(job, revocation, workshop.clock.now(), None)


def _ask(workshop: Workshop, kept: KeptVersion, bundle: bytes, reason: Reason) -> None:
    key = private_key_of(bundle)
    if reason is Reason.KEY_COMPROMISE and key:
        stored = workshop.accounts.read(kept.account)
        if stored:
            workshop.cas.revoke_by_key(stored.directory, key, chain_of(bundle), reason)
            return
    open_account(workshop, kept.account).ca.revoke(chain_of(bundle), reason)


def _without_key(work: Work, kept: KeptVersion, public_key: str) -> Work:
    """Note a compromised key; of a current version that does not tell its key, note that it is this one."""
    current = work.current
    if current and current.version == kept.version:
        current = replace(current, public_key=public_key)
    return replace(work, current=current, compromised_keys=(*work.compromised_keys, public_key))


def _later(workshop: Workshop, job: Job, retry_after_seconds: float) -> Effect:
    """Put it off; what else there is to do goes on meanwhile."""
    delay = min(HOUR, obey(int(retry_after_seconds * SECOND), None)) or MINUTE
    return Effect(replace(job, work=replace(job.work, revoke_at=workshop.clock.now() + delay)), is_durable=True)


def _done(job: Job, revocation: Revocation, now: int, problem: Problem | None) -> Effect:
    is_current = job.work.current is not None and job.work.current.version == revocation.version
    work = replace(job.work, revoked=(*job.work.revoked, Revoked(revocation.version, now, problem)), revoke_at=0)
    if problem is None and is_current:
        work = replace(work, reason="revoked", problem=None, retry_at=0)
    return Effect(replace(job, work=work), is_durable=True)
