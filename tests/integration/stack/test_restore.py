"""A backup, walked: everything is taken out, the stack is made anew from the template, and what is due is renewed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from certwright.adapters.dynamodb_table import Table
from certwright.adapters.dynamodb_tokens import DynamoTokens
from certwright.domain.access import digest
from certwright.domain.owner import DEFAULT_OWNER_PATTERNS, Owner, Token
from certwright.flows.enqueue_due import enqueue_due
from local.endpoints import Endpoints
from local.stack import Stack, create
from local.template import load
from tests.support.deployment import Deployment
from tests.support.stored_deployment import store_in

TABLES = ("CertificatesTable", "RegistryTable", "AnswersTable", "NodesTable")
DAY = 86_400_000
ROUNDS = 10
PLAIN, WILDCARD = ("www.example.test",), ("example.test", "*.example.test")


@dataclass(frozen=True)
class Backup:
    """What point-in-time recovery and the bucket's versions hold: items by table, objects with their metadata."""

    tables: dict[str, list[dict[str, Any]]]
    objects: dict[str, dict[str, Any]]


def take_out(stack: Stack) -> Backup:
    """Read all items and objects, as an export does."""
    dynamodb, s3, bucket = stack.client("dynamodb"), stack.client("s3"), stack.name("CertificatesBucket")
    scan, listing = dynamodb.get_paginator("scan"), s3.get_paginator("list_objects_v2")
    tables = {
        name: [item for page in scan.paginate(TableName=stack.name(name)) for item in page["Items"]] for name in TABLES
    }
    keys = [item["Key"] for page in listing.paginate(Bucket=bucket) for item in page.get("Contents", ())]
    objects = {key: s3.get_object(Bucket=bucket, Key=key) for key in keys}
    return Backup(
        tables,
        {key: {"Body": found["Body"].read(), "Metadata": found["Metadata"]} for key, found in objects.items()},
    )


def put_in(stack: Stack, backup: Backup) -> None:
    """Write all of it into another stack."""
    for name, items in backup.tables.items():
        for item in items:
            stack.client("dynamodb").put_item(TableName=stack.name(name), Item=item)
    for key, content in backup.objects.items():
        stack.client("s3").put_object(Bucket=stack.name("CertificatesBucket"), Key=key, **content)


def messages(stack: Stack) -> Iterator[str]:
    """Take what is in the work queue."""
    sqs, url = stack.client("sqs"), stack.name("WorkQueue")
    while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in received:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            yield message["Body"]


@pytest.fixture
def town(stack: Stack) -> Deployment:
    """A deployment with its first certificates, which has been running for a day."""
    town = Deployment()
    store_in(town, stack)
    town.desk.registry.owners.create(Owner("own_a", "own_a", DEFAULT_OWNER_PATTERNS, "proof", town.clock.now()))
    tokens(stack).create(Token("kept", "own_a", "viewer", digest("secret"), town.clock.now()))
    return town


def tokens(stack: Stack) -> DynamoTokens:
    """Read and write API tokens where a stack has them."""
    return DynamoTokens(Table(stack.client("dynamodb"), stack.name("RegistryTable")))


def issue(town: Deployment, *names: str) -> str:
    """Request a certificate and have it issued."""
    certificate_id = town.request(*names)
    assert town.advance(certificate_id).code == "issued"
    return certificate_id


def renew(town: Deployment, certificate_id: str, version: int, days: int = 75) -> None:
    """Let time pass until a certificate is due, and have it worked on until it has a version."""
    town.clock.advance(milliseconds=days * DAY)
    for _ in range(ROUNDS):
        town.advance(certificate_id)
        if current(town, certificate_id)[0] == version:
            return
        town.clock.advance(milliseconds=DAY // 24)
    raise AssertionError(f"version {current(town, certificate_id)[0]}, not {version}")


def current(town: Deployment, certificate_id: str) -> tuple[int, bytes | None]:
    """Tell the version that the table has, and what readers get."""
    managed = town.desk.certificates.read(certificate_id)
    assert managed is not None
    assert managed.work.current is not None
    return managed.work.current.version, town.workshop.versions.read_bundle(certificate_id)


def test_a_stack_that_was_made_anew_renews_what_the_backup_has(stack: Stack, town: Deployment) -> None:
    """Certificates, owners, zones and tokens are there; the sweep finds what has become due, and workers renew it."""
    kept = [issue(town, *WILDCARD), issue(town, *PLAIN)]
    before = [current(town, certificate_id) for certificate_id in kept]
    zones = town.desk.registry.zones.list_all()
    backup = take_out(stack)

    anew = create(load(), Endpoints())
    assert anew.name("CertificatesTable") != stack.name("CertificatesTable")
    put_in(anew, backup)
    store_in(town, anew)
    assert [current(town, certificate_id) for certificate_id in kept] == before
    assert town.desk.registry.zones.list_all() == zones
    assert tokens(anew).read("kept") == tokens(stack).read("kept")

    town.clock.advance(milliseconds=75 * DAY)
    list(messages(anew))
    assert sweep(town) == len(kept)
    due = list(messages(anew))
    assert sorted(due) == sorted(kept)
    for certificate_id in due:
        renew(town, certificate_id, 2, days=0)
    after = [current(town, certificate_id) for certificate_id in kept]
    assert [version for version, _ in after] == [2, 2]
    assert not {bundle for _, bundle in after} & {bundle for _, bundle in before}
    assert [version for version, _ in before] == [1, 1]


def test_a_table_that_is_older_than_the_bucket_is_caught_up_with(stack: Stack, town: Deployment) -> None:
    """Renewed since the backup: renewed once more, over what readers have, with a number that does not go back."""
    certificate_id = issue(town, *WILDCARD)
    backup = take_out(stack)
    renew(town, certificate_id, 2)
    renew(town, certificate_id, 3)
    since = current(town, certificate_id)

    anew = create(load(), Endpoints())
    put_in(anew, Backup(backup.tables, take_out(stack).objects))
    store_in(town, anew)
    renew(town, certificate_id, 4)
    assert current(town, certificate_id)[1] != since[1]


def sweep(town: Deployment) -> int:
    """Run the schedule once, on the tables."""
    return enqueue_due(town.workshop.jobs, town.workshop.queue, town.clock, 30)
