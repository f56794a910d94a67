"""What a certificate costs in requests to AWS: bounds that a change has to keep to, or to argue with."""

from dataclasses import replace

import pytest

from certwright.domain.owner import DEFAULT_OWNER_PATTERNS, Owner
from local.stack import Stack
from tests.support.aws_calls import AwsCalls, counting_aws
from tests.support.deployment import WILDCARD, Deployment
from tests.support.stored_deployment import store_in

LETS_ENCRYPT = "orders=300/3h domain=50/7d set=5/7d failures=5/1h renewals=spared"
MOST_MESSAGES, MOST_PUTS = 6, 4


@pytest.fixture
def town(stack_on_each: Stack) -> Deployment:
    """A deployment whose tables, bucket and queue are AWS's; the first certificate, which sets things up, is issued."""
    town = Deployment()
    store_in(town, stack_on_each)
    town.desk.registry.owners.create(Owner("own_a", "own_a", DEFAULT_OWNER_PATTERNS, "proof", town.clock.now()))
    return town


@pytest.mark.parametrize("limits", ["", LETS_ENCRYPT])
@pytest.mark.parametrize(("names", "most_writes"), [(WILDCARD, 13), (("www.example.test",), 14)])
def test_a_certificate_costs_few_writes_messages_and_objects(
    town: Deployment, names: tuple[str, ...], most_writes: int, limits: str
) -> None:
    """The request and all work on it, where zone, account and records are there, by DNS-01 and by HTTP-01.

    The places at all limits of a CA are reserved by one write more.
    """
    town.workshop = replace(town.workshop, settings=replace(town.workshop.settings, acme_limits=limits))
    assert town.advance(town.request(*names)).code == "issued"
    calls = AwsCalls()
    with counting_aws(calls):
        certificate_id = town.request(*names)
        assert town.advance(certificate_id).code == "issued"
    assert calls.writes <= most_writes + bool(limits), calls.counts
    assert calls.counts["sqs", "SendMessage"] <= MOST_MESSAGES, calls.counts
    assert calls.counts["s3", "PutObject"] <= MOST_PUTS, calls.counts
