"""Delete what is left of a certificate whose deletion was asked for."""

from certwright.flows.job import Effect, Job
from certwright.flows.world import Workshop
from certwright.ports import Managed


def remove_certificate(workshop: Workshop, job: Job) -> Effect:
    """Let go of its names, delete its objects, then itself; repeating after a crash is harmless.

    A delegation that no other certificate needs becomes a tombstone.
    """
    registry, desired = workshop.registry, job.desired
    for name in desired.http_names:
        registry.holdings.release(name, desired.id)
    for domain in desired.dns_identifiers:
        registry.delegations.release(desired.owner, domain, desired.id)
        registry.delegations.set_deleted(desired.owner, domain, workshop.clock.now())
    workshop.versions.remove(job.desired.id)
    workshop.jobs.remove(Managed(job.desired, job.saved))
    return Effect(job, is_gone=True)
