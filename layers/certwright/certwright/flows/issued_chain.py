"""What a CA issued, as it is fetched: the chain that is wanted, and whether it is ours at all."""

from certwright.domain.problem import Actor, Problem
from certwright.flows.attempts import connected, open_attempt, placed_order
from certwright.flows.job import Job
from certwright.flows.world import Workshop
from certwright.ports import Leaf

FOREIGN = Problem(
    "foreign-certificate",
    "The CA returned a certificate for another key or other names than were asked for; it was not kept.",
    Actor.CA,
)


def fetch_chain(workshop: Workshop, job: Job) -> tuple[bytes, Leaf]:
    """Fetch the chain that ends at the preferred root, the CA's default where there is none."""
    ca, order, preferred = connected(job).ca, placed_order(job), job.desired.preferred_chain
    chain = ca.download(order)
    default = chain, workshop.keys.read_leaf(chain)
    if not preferred or default[1].root == preferred:
        return default
    others = ((other, workshop.keys.read_leaf(other)) for other in ca.download_alternates(order))
    return next((found for found in others if found[1].root == preferred), default)


def is_foreign(job: Job, leaf: Leaf) -> bool:
    """Tell whether a certificate has another key or other names than were asked for."""
    return leaf.public_key != open_attempt(job).public_key or set(leaf.names) != set(job.desired.names)
