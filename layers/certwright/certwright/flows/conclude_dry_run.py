"""End a dry run whose order came to a certificate: see that it is right, and keep nothing of it."""

from dataclasses import replace

from certwright.domain.dry_run import PASSED, Verdict
from certwright.flows.attempts import note_stage, open_attempt
from certwright.flows.issued_chain import FOREIGN, fetch_chain, is_foreign
from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop


def conclude_dry_run(workshop: Workshop, job: Job) -> Effect:
    """Download the chain, refuse what is not ours, and note the verdict; a crash downloads it again."""
    attempt, now = open_attempt(job), workshop.clock.now()
    _, leaf = fetch_chain(workshop, job)
    if is_foreign(job, leaf):
        return Effect(replace(job, work=replace(job.work, attempt=replace(attempt, problem=FOREIGN))))
    attempt = note_stage(replace(attempt, is_stored=True), "concluded", now)
    verdict = Verdict(now, issuer=leaf.issuer, not_after=leaf.not_after)
    work = replace(job.work, attempt=attempt, verdict=verdict, reason=PASSED, problem=None)
    return Effect(replace(job, work=work), is_durable=True)
