"""Look up whether an owner may have every name of a certificate."""

from dataclasses import replace
from itertools import chain

from certwright.domain.certificate import Desired
from certwright.domain.identifier import read_address
from certwright.domain.owner import Owner, may_ask
from certwright.domain.problem import Actor, Problem, shorten
from certwright.domain.records import Record
from certwright.flows.job import Effect, Job
from certwright.flows.ownership_proofs import PROOF_LABEL, unproven_names, wanted_proofs
from certwright.flows.world import Workshop


def check_ownership(workshop: Workshop, job: Job) -> Effect:
    """Check patterns for every name, and the holding and the proof for each HTTP-01 name.

    A DNS-01 name is proven by its records: its chain must end at this owner's own target.
    """
    problem = _find_problem(workshop, job.desired, job.owner)
    work = replace(job.work, ownership_problem=problem and shorten(problem), ownership_checked_at=workshop.clock.now())
    return Effect(replace(job, work=work))


def _find_problem(workshop: Workshop, desired: Desired, owner: Owner | None) -> Problem | None:
    if owner is None:
        raise ValueError(f"{desired.id} has no owner.")
    ungranted = next((name for name in desired.names if not may_ask(owner, name)), None)
    if ungranted:
        return _not_granted(ungranted)
    held = (_held_problem(workshop, desired.id, name, owner) for name in desired.http_names)
    unproven = (_proof_problem(workshop, proof) for proof in wanted_proofs(workshop.registry, desired, owner))
    addresses = (
        _address_not_granted(name) for name in unproven_names(workshop.registry, desired, owner) if read_address(name)
    )
    return next((problem for problem in chain(held, addresses, unproven) if problem), None)


def _address_not_granted(address: str) -> Problem:
    """Nothing in DNS can show whose an address is."""
    return Problem(
        "address-not-granted",
        f"Several owners share this deployment: an operator must grant {address} to its owner by a pattern of its own.",
        Actor.OPERATOR,
        subject=address,
    )


def _not_granted(name: str) -> Problem:
    return Problem(
        "name-not-granted",
        f"None of the owner's patterns grants {name} any more: an operator must grant it.",
        Actor.OPERATOR,
        subject=name,
    )


def _held_problem(workshop: Workshop, certificate_id: str, name: str, owner: Owner) -> Problem | None:
    """Take the holding again that was taken with the request: that mends one that a failed request let go of."""
    if workshop.registry.holdings.take(name, owner.id, certificate_id):
        return None
    return Problem("name-held", f"{name} is held by another owner.", Actor.OPERATOR, subject=name)


def _proof_problem(workshop: Workshop, proof: Record) -> Problem | None:
    found = workshop.checks.read_txt(proof.name)
    if proof.value in found:
        return None
    name = proof.name.removeprefix(f"{PROOF_LABEL}.")
    return Problem(
        "name-not-proven",
        f"Show whose {name} is: add the record {proof.name} TXT {proof.value}, or have an operator grant the name.",
        Actor.USER,
        subject=proof.name,
        wanted=proof.value,
        found=", ".join(found) or "nothing",
    )
