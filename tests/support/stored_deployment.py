"""A deployment whose tables, bucket and queue are AWS's, as the template makes them; the rest is in memory."""

import sys
from dataclasses import replace

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
from certwright.flows.world import Registry
from certwright.ports import Clock
from local.stack import Stack
from tests.support.deployment import Deployment


class PromptNodes:
    """A `Nodes` with one node that acknowledges whatever is published."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def list_rows(self) -> tuple[NodeRow, ...]:
        now, all_there_is = self._clock.now(), Generations((sys.maxsize,) * SHARDS, sys.maxsize)
        return (NodeRow("node-a", all_there_is, now + 60_000, (), now),)


def store_in(town: Deployment, stack: Stack) -> None:
    """Have a deployment keep everything in a stack's tables, bucket and queue from now on."""
    client, bucket = stack.client("dynamodb"), Bucket(stack.client("s3"), stack.name("CertificatesBucket"))
    certificates, table = Table(client, stack.name("CertificatesTable")), Table(client, stack.name("RegistryTable"))
    registry = Registry(
        DynamoOwners(table),
        DynamoZones(table),
        DynamoDelegations(table),
        DynamoHoldings(table),
        DynamoBudgets(table),
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
