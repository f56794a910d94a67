"""Delete what is left of a certificate whose deletion was asked for."""

from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop
from certwright.ports import Managed


def remove_certificate(workshop: Workshop, job: Job) -> Effect:
    """Let go of its names, delete its objects, then itself; repeating after a crash is harmless."""
    for name in job.desired.http_names:
        workshop.registry.holdings.release(name, job.desired.id)
    workshop.versions.remove(job.desired.id)
    workshop.jobs.remove(Managed(job.desired, job.saved))
    return Effect(job, is_gone=True)
