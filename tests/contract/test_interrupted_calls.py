"""Calls of more than one request to DynamoDB, with another writer in between."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from certwright.adapters.dynamodb_certificates import DynamoCertificates
from certwright.adapters.dynamodb_holdings import DynamoHoldings, holding_key
from certwright.adapters.dynamodb_jobs import DynamoJobs
from certwright.adapters.dynamodb_table import Key, Request, Table
from certwright.adapters.dynamodb_values import Item
from certwright.domain.certificate import Work
from certwright.domain.errors import NotFound, Unavailable
from certwright.ports import Changes, Managed
from local.stack import Stack
from tests.contract.samples import LEASE, NOW, desired, event, managed

LATER = NOW + 60_000


class Interrupted(Table):
    """Lets another writer in before each update, as long as there is one."""

    def __init__(self, table: Table, writers: list[Callable[[], object]]) -> None:
        self._table = table
        self._writers = writers

    def get(self, key: Key) -> Item | None:
        return self._table.get(key)

    def update(self, request: Request) -> Item:
        if self._writers:
            self._writers.pop(0)()
        return self._table.update(request)


@pytest.fixture
def table(stack_on_each: Stack) -> Table:
    return Table(stack_on_each.client("dynamodb"), stack_on_each.name("CertificatesTable"))


def test_a_wake_meets_a_claim(table: Table) -> None:
    """It was at rest when looked at; the lease that was taken since stays as it is."""
    jobs = DynamoJobs(table)
    DynamoCertificates(table).create(managed(due_at=LATER), event(), None)

    def claim() -> None:
        jobs.claim("crt_1", "worker-1", LATER, LATER + LEASE)

    DynamoCertificates(Interrupted(table, [claim])).wake("crt_1", NOW, is_deleted=False)

    stored = jobs.read_work("crt_1")
    assert stored
    assert (stored.work.wake, stored.work.due_at, stored.work.claimed_by) == (1, LATER + LEASE, "worker-1")


def test_a_wake_meets_a_release(table: Table) -> None:
    """It was claimed when looked at; nobody works on it any more, so the due time is pulled forward."""
    jobs = DynamoJobs(table)
    DynamoCertificates(table).create(managed(), event(), None)
    claimed = jobs.claim("crt_1", "worker-1", NOW, LATER)
    assert isinstance(claimed, Managed)
    released = Changes(desired(), claimed.work, replace(claimed.work, due_at=LATER), NOW, is_released=True)

    DynamoCertificates(Interrupted(table, [lambda: jobs.save(released)])).wake("crt_1", NOW + 1, is_deleted=False)

    stored = jobs.read_work("crt_1")
    assert stored
    assert stored.work == Work("crt_1", due_at=NOW + 1, revision=2, wake=1)


def test_a_wake_meets_a_removal(table: Table) -> None:
    """It is told that there is nothing, and makes nothing."""
    certificates, jobs = DynamoCertificates(table), DynamoJobs(table)
    certificates.create(managed(due_at=LATER), event(), None)
    stored = certificates.read("crt_1")
    assert stored
    with pytest.raises(NotFound):
        DynamoCertificates(Interrupted(table, [lambda: jobs.remove(stored)])).wake("crt_1", NOW, is_deleted=False)
    assert certificates.read("crt_1") is None


def test_a_wake_gives_up_where_workers_never_rest(table: Table) -> None:
    """Claim and release before every try: the caller asks again."""
    jobs = DynamoJobs(table)
    DynamoCertificates(table).create(managed(due_at=LATER), event(), None)

    def turn() -> None:
        claimed = jobs.claim("crt_1", "worker-1", LATER, LATER + LEASE)
        if not isinstance(claimed, Managed):
            held = jobs.read_work("crt_1")
            assert held
            after = replace(held.work, due_at=LATER)
            jobs.save(Changes(held.desired, held.work, after, NOW, is_released=True))

    with pytest.raises(Unavailable):
        DynamoCertificates(Interrupted(table, [turn] * 4)).wake("crt_1", NOW, is_deleted=False)


def test_a_name_taken_again_during_its_release_stays_taken(stack_on_each: Stack) -> None:
    """The item is deleted only while nobody has it; else it goes with its last certificate."""
    table = Table(stack_on_each.client("dynamodb"), stack_on_each.name("RegistryTable"))
    holdings = DynamoHoldings(table)
    holdings.take("example.test", "own_a", "crt_1")

    class Retaken(Interrupted):
        def delete(self, request: Request) -> None:
            holdings.take("example.test", "own_b", "crt_2")
            table.delete(request)

    DynamoHoldings(Retaken(table, [])).release("example.test", "crt_1")
    assert holdings.holder("example.test") == "own_b"

    holdings.release("example.test", "crt_2")
    assert table.get(holding_key("example.test")) is None
