"""What earlier versions stored is read by this one: recorded tables are put back, and every reader goes over them."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from certwright.adapters.dynamodb_accounts import DynamoAccounts
from certwright.adapters.dynamodb_certificates import DynamoCertificates
from certwright.adapters.dynamodb_delegations import DynamoDelegations
from certwright.adapters.dynamodb_holdings import DynamoHoldings
from certwright.adapters.dynamodb_holds import DynamoHolds
from certwright.adapters.dynamodb_jobs import DynamoJobs
from certwright.adapters.dynamodb_nodes import DynamoNodes
from certwright.adapters.dynamodb_owners import DynamoOwners
from certwright.adapters.dynamodb_table import Table
from certwright.adapters.dynamodb_tokens import DynamoTokens
from certwright.adapters.dynamodb_values import unmarshal
from certwright.adapters.dynamodb_zones import DynamoZones
from certwright.adapters.item_codec import decode
from certwright.domain.answer import decode_answer, decode_generations, decode_zone, shard_of
from certwright.domain.certificate import ClosedAttempt
from certwright.domain.next_step import View, next_step
from certwright.domain.shown import status
from certwright.domain.steps import Wait
from certwright.ports import Holder, Managed
from local.stack import Stack

RECORDED = sorted((Path(__file__).parents[1] / "recorded").glob("shape-*.json"))
LONG_AFTER = 10**14
TABLES = {
    "CERTIFICATES_TABLE": "CertificatesTable",
    "REGISTRY_TABLE": "RegistryTable",
    "ANSWERS_TABLE": "AnswersTable",
    "NODES_TABLE": "NodesTable",
}


class Recorded:
    """Tables as they were recorded, put back into the template's own."""

    def __init__(self, stack: Stack, file: Path) -> None:
        self._client = stack.client("dynamodb")
        self._names = {variable: stack.name(resource) for variable, resource in TABLES.items()}
        self.items: dict[str, list[dict[str, Any]]] = {}
        for variable, items in json.loads(file.read_text()).items():
            wires = [_with_bytes(item) for item in items]
            self.items[variable] = [unmarshal(wire) for wire in wires]
            for wire in wires:
                self._client.put_item(TableName=self._names[variable], Item=wire)

    def table(self, variable: str) -> Table:
        """Open a table as the adapters do."""
        return Table(self._client, self._names[variable])

    def keys(self, variable: str, partition: str, sort: str = "") -> list[tuple[str, str]]:
        """List the keys that begin so."""
        keys = [(item["pk"], item["sk"]) for item in self.items[variable]]
        return [key for key in keys if key[0].startswith(partition) and key[1].startswith(sort)]


@pytest.fixture(params=RECORDED, ids=lambda file: file.stem)
def recorded(request: pytest.FixtureRequest, stack_on_each: Stack) -> Recorded:
    """Put one recording back."""
    return Recorded(stack_on_each, request.param)


def test_certificates_are_read_and_worked_on(recorded: Recorded) -> None:
    """Each is listed, claimed, and has a next step; its events and closed attempts are there."""
    table = recorded.table("CERTIFICATES_TABLE")
    certificates, jobs = DynamoCertificates(table), DynamoJobs(table)
    ids = [partition for partition, _ in recorded.keys("CERTIFICATES_TABLE", "crt_", "desired")]
    assert ids
    assert set(jobs.list_due(LONG_AFTER, len(ids) + 1)) == set(ids)
    for certificate_id in ids:
        managed = certificates.read(certificate_id)
        assert managed is not None
        assert certificate_id in {
            found.id for found in certificates.list_summaries(managed.desired.owner, "", 100).items
        }
        assert certificates.list_events(certificate_id, 100)
        assert status(managed.desired, managed.work, LONG_AFTER).sentence
        claimed = jobs.claim(certificate_id, "reader", LONG_AFTER, LONG_AFTER + 1)
        assert isinstance(claimed, Managed)
        owner = DynamoOwners(recorded.table("REGISTRY_TABLE")).read(claimed.desired.owner)
        assert not isinstance(next_step(View(claimed.desired, claimed.work, owner, None, None), LONG_AFTER), Wait)
    closed = [item for item in recorded.items["CERTIFICATES_TABLE"] if item["sk"].startswith("attempt#")]
    assert all(decode(ClosedAttempt, item["state"], item["sk"]).attempt.stages for item in closed)


def test_every_state_was_recorded(recorded: Recorded) -> None:
    """A recording without an open attempt, a closed one, a failure and a deletion proves little."""
    certificates = DynamoCertificates(recorded.table("CERTIFICATES_TABLE"))
    ids = [partition for partition, _ in recorded.keys("CERTIFICATES_TABLE", "crt_", "desired")]
    found = [managed for managed in map(certificates.read, ids) if managed]
    now = min(managed.work.due_at for managed in found)
    states = {status(managed.desired, managed.work, now).state for managed in found}
    assert states >= {"waiting", "issuing", "renewing", "failing", "issued", "deleting"}


def test_holds_and_idempotency_keys_still_hold(recorded: Recorded) -> None:
    """A second worker is told who has the names; a repeated request would find its certificate."""
    holds = DynamoHolds(recorded.table("CERTIFICATES_TABLE"))
    other = Holder("crt_other", "att_other")
    for partition, _ in recorded.keys("CERTIFICATES_TABLE", "inflight#"):
        assert holds.take(partition.removeprefix("inflight#"), other).certificate.startswith("crt_")
    remembered = [item for item in recorded.items["CERTIFICATES_TABLE"] if item["sk"] == "idem"]
    assert all(item["certificate"].startswith("crt_") and item["request_hash"] for item in remembered)


def test_the_registry_is_read(recorded: Recorded) -> None:
    """Owners, tokens, zones, delegations, holdings and CA accounts."""
    table = recorded.table("REGISTRY_TABLE")
    owners, zones = DynamoOwners(table).list_all(), DynamoZones(table).list_all()
    assert {len(owners), len(zones)} == {2}
    assert {zone.owner for zone in zones} <= {owner.id for owner in owners}
    assert len(DynamoTokens(table).list_all()) == 2
    for partition, sort in recorded.keys("REGISTRY_TABLE", "owner#", "delegation#"):
        domain = sort.removeprefix("delegation#")
        delegation = DynamoDelegations(table).read(partition.removeprefix("owner#"), domain)
        assert delegation is not None
        assert delegation.domain == domain
    for partition, _ in recorded.keys("REGISTRY_TABLE", "holding#"):
        assert DynamoHoldings(table).holder(partition.removeprefix("holding#"))
    for partition, _ in recorded.keys("REGISTRY_TABLE", "account#"):
        account = DynamoAccounts(table).read(partition.removeprefix("account#"))
        assert account is not None
        assert account.url


def test_nodes_serve_what_is_there(recorded: Recorded) -> None:
    """No answer and no zone is a bad item, which would keep its shard from being acknowledged."""
    items = recorded.items["ANSWERS_TABLE"]
    answers = [decode_answer(item) for item in items if item["pk"].startswith("shard#")]
    counters = decode_generations(next(item for item in items if item["pk"] == "meta"))
    assert answers
    assert all(counters[shard_of(answer)] > 0 for answer in answers)
    assert len([decode_zone(item) for item in items if item["pk"] == "zones"]) == 2
    (row,) = DynamoNodes(recorded.table("NODES_TABLE")).list_rows()
    assert row.problems == ()


def test_nothing_recorded_is_left_out() -> None:
    """Every kind of item there is has a reader above."""
    known = ("crt_", "idem#", "inflight#", "account#", "holding#", "origin#", "owner#", "owners", "tokens", "zones")
    for file in RECORDED:
        for items in json.loads(file.read_text()).values():
            for item in items:
                assert item["pk"]["S"].startswith((*known, "meta", "shard#", "nodes")), item["pk"]


def _with_bytes(value: Any) -> Any:
    """Undo what JSON did to bytes."""
    if isinstance(value, list):
        return [_with_bytes(part) for part in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"B"} and isinstance(value["B"], str):
        return {"B": b64decode(value["B"])}
    return {name: _with_bytes(part) for name, part in value.items()}
