"""Look up whether an owner may have every name of a certificate."""

from dataclasses import replace

from certwright.domain.certificate import Desired
from certwright.domain.owner import Owner, is_granted_by_name, may_ask
from certwright.domain.problem import Actor, Problem
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop

PROOF_LABEL = "_certwright"


def check_ownership(workshop: Workshop, job: Job) -> Effect:
    """Check patterns for every name, and the holding and the proof for each HTTP-01 name.

    A DNS-01 name is proven by its records: its chain must end at this owner's own target.
    """
    problem = _find_problem(workshop, job.desired, job.owner)
    work = replace(job.work, ownership_problem=problem, ownership_checked_at=workshop.clock.now())
    return Effect(replace(job, work=work))


def _find_problem(workshop: Workshop, desired: Desired, owner: Owner | None) -> Problem | None:
    if owner is None:
        raise ValueError(f"{desired.id} has no owner.")
    ungranted = next((name for name in desired.names if not may_ask(owner, name)), None)
    if ungranted:
        return _not_granted(ungranted)
    is_shared = len([other for other in workshop.registry.owners.list_all() if other.is_active]) > 1
    problems = (_http_problem(workshop, desired.id, name, owner, is_shared) for name in desired.http_names)
    return next((problem for problem in problems if problem), None)


def _not_granted(name: str) -> Problem:
    return Problem(
        "name-not-granted",
        f"None of the owner's patterns grants {name} any more: an operator must grant it.",
        Actor.OPERATOR,
        subject=name,
    )


def _http_problem(workshop: Workshop, certificate_id: str, name: str, owner: Owner, is_shared: bool) -> Problem | None:
    """HTTP-01 proves only that a name points at this deployment; whose it is must be known otherwise.

    The holding was taken with the request; taking it again mends one that a failed request let go of.
    """
    if not workshop.registry.holdings.take(name, owner.id, certificate_id):
        return Problem("name-held", f"{name} is held by another owner.", Actor.OPERATOR, subject=name)
    if not is_shared or is_granted_by_name(owner, name):
        return None
    record = f"{PROOF_LABEL}.{name}"
    found = workshop.checks.read_txt(record)
    if owner.token in found:
        return None
    return Problem(
        "name-not-proven",
        f"Show whose {name} is: add the record {record} TXT {owner.token}, or have an operator grant the name.",
        Actor.USER,
        subject=record,
        wanted=owner.token,
        found=", ".join(found) or "nothing",
    )
