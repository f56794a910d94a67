"""What a certificate costs in requests to AWS: bounds that a change has to keep to, or to argue with."""

import sys
from dataclasses import replace

import pytest

from certwright.adapters.dynamodb_accounts import DynamoAccounts
from certwright.adapters.dynamodb_answers import DynamoAnswers
from certwright.adapters.dynamodb_budgets import DynamoBudgets
from certwright.adapters.dynamodb_cas import DynamoCaDefinitions, DynamoCaStandings
from certwright.adapters.dynamodb_certificates import DynamoCertificates
from certwright.adapters.dynamodb_compromised_keys import DynamoCompromisedKeys
from certwright.adapters.dynamodb_delegations import DynamoDelegations
from certwright.adapters.dynamodb_holdings import DynamoHoldings
from certwright.adapters.dynamodb_holds import DynamoHolds
from certwright.adapters.dynamodb_jobs import DynamoJobs
from certwright.adapters.dynamodb_owners import DynamoOwners
from certwright.adapters.dynamodb_table import Table
from certwright.adapters.dynamodb_zones import DynamoZones
from certwright.adapters.s3_bucket import Bucket
from certwright.adapters.s3_pending_keys import S3PendingKeys
from certwright.adapters.s3_versions import S3Versions
from certwright.adapters.sqs_queue import SqsQueue
from certwright.domain.answer import SHARDS, Generations, NodeRow
from certwright.domain.owner import DEFAULT_OWNER_PATTERNS, Owner
from certwright.flows.world import Registry
from certwright.ports import Clock
from local.stack import Stack
from tests.support.aws_calls import AwsCalls, counting_aws
from tests.support.deployment import WILDCARD, Deployment

LETS_ENCRYPT = "orders=300/3h domain=50/7d set=5/7d failures=5/1h renewals=spared"
MOST_MESSAGES, MOST_PUTS = 6, 4


class PromptNodes:
    """A `Nodes` with one node that acknowledges whatever is published."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def list_rows(self) -> tuple[NodeRow, ...]:
        now, all_there_is = self._clock.now(), Generations((sys.maxsize,) * SHARDS, sys.maxsize)
        return (NodeRow("node-a", all_there_is, now + 60_000, (), now),)


@pytest.fixture
def town(stack_on_each: Stack) -> Deployment:
    """A deployment whose tables, bucket and queue are AWS's; the first certificate, which sets things up, is issued."""
    town, stack = Deployment(), stack_on_each
    client, bucket = stack.client("dynamodb"), Bucket(stack.client("s3"), stack.name("CertificatesBucket"))
    certificates, table = Table(client, stack.name("CertificatesTable")), Table(client, stack.name("RegistryTable"))
    owners = DynamoOwners(table)
    owners.create(Owner("own_a", "own_a", DEFAULT_OWNER_PATTERNS, "proof", town.clock.now()))
    budgets = DynamoBudgets(table)
    registry = Registry(
        owners,
        DynamoZones(table),
        DynamoDelegations(table),
        DynamoHoldings(table),
        budgets,
        DynamoCaDefinitions(table),
        DynamoCaStandings(table),
        DynamoCompromisedKeys(table),
    )
    answers = DynamoAnswers(Table(client, stack.name("AnswersTable")))
    queue = SqsQueue(stack.client("sqs"), stack.values.text({"Ref": "WorkQueue"}))
    town.desk = replace(
        town.desk, certificates=DynamoCertificates(certificates), registry=registry, answers=answers, queue=queue
    )
    town.workshop = replace(
        town.workshop,
        jobs=DynamoJobs(certificates),
        holds=DynamoHolds(certificates),
        accounts=DynamoAccounts(table),
        pending_keys=S3PendingKeys(bucket),
        versions=S3Versions(bucket),
        nodes=PromptNodes(town.clock),
        registry=registry,
        answers=answers,
        queue=queue,
    )
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
