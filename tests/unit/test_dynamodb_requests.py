"""The conditions that the lease, the fence and the locks rest on, asserted as data."""

from dataclasses import replace

import pytest

from certwright.adapters.dynamodb_certificate_items import due_shard, work_item
from certwright.adapters.dynamodb_certificates import build_create, build_list, build_mark_deleted, build_wake
from certwright.adapters.dynamodb_holdings import build_clear, build_release, build_take
from certwright.adapters.dynamodb_holds import build_take as build_take_hold
from certwright.adapters.dynamodb_jobs import (
    build_beside,
    build_claim,
    build_due_query,
    build_hold_drop,
    build_remove,
    build_save,
)
from certwright.adapters.dynamodb_zones import ancestors
from certwright.adapters.dynamodb_zones import build_create as build_create_zone
from certwright.domain.certificate import Attempt, ClosedAttempt, Desired, Event, Work
from certwright.domain.owner import Zone
from certwright.ports import Changes, Holder, IdempotencyKey, Managed

NOW = 1_800_000_000_000
DESIRED = Desired("crt_1", "own_a", ("example.test",), (), "chosen", "pebble", NOW)
WORK = Work("crt_1", due_at=NOW + 90_000, revision=4, wake=2, claimed_by="worker-1", claims_since_save=1)
CLOSED = ClosedAttempt(Attempt("att_1", NOW, "pebble", "00"), NOW)


def test_a_claim_is_one_conditional_update() -> None:
    """Due time, claimant, count and revision move together, and only where it is due."""
    request = build_claim("crt_1", "worker-1", NOW, NOW + 90_000)
    assert request == {
        "Key": {"pk": "crt_1", "sk": "work"},
        "UpdateExpression": "SET due_at = :lease_until, claimed_by = :worker, "
        "claims_since_save = claims_since_save + :one, revision = revision + :one",
        "ConditionExpression": "due_at <= :now",
        "ExpressionAttributeValues": {":lease_until": NOW + 90_000, ":worker": "worker-1", ":one": 1, ":now": NOW},
        "ReturnValues": "ALL_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


@pytest.mark.parametrize("is_released", [False, True])
def test_a_save_is_fenced_and_never_writes_wake(is_released: bool) -> None:
    """Revision and claimant always; the due time and the wake only where the claim is given up."""
    request = build_save(Changes(DESIRED, WORK, replace(WORK, due_at=NOW + 5), NOW, is_released=is_released))
    update, condition = request["UpdateExpression"], request["ConditionExpression"]
    values = request["ExpressionAttributeValues"]
    assert condition.startswith("revision = :revision AND claimed_by = :worker")
    assert (values[":revision"], values[":worker"], values[":next_revision"]) == (4, "worker-1", 5)
    assert "wake" not in update
    assert "wake" not in values[":state"]
    assert ("wake = :wake" in condition, "due_at" in update, "REMOVE claimed_by" in update) == (is_released,) * 3


def test_an_ordinary_save_writes_work_alone() -> None:
    """Half the cost of a transaction with one item; most saves are so."""
    changes = Changes(DESIRED, WORK, replace(WORK, checked_at=NOW), NOW)
    assert build_beside(changes) == []
    assert build_hold_drop(changes) is None


def test_a_change_of_status_brings_summary_event_and_attempt() -> None:
    """Each at its own key, the history with an end."""
    changes = Changes(DESIRED, WORK, replace(WORK, failures=1, reason="failed"), NOW, closed=CLOSED)
    items = [write["Put"]["Item"] for write in build_beside(changes)]
    assert [item["sk"] for item in items] == ["summary", f"event#{NOW}#r5", "attempt#att_1"]
    kept = NOW // 1000 + 400 * 86_400
    assert ["expires_at" in items[0], items[1]["expires_at"], items[2]["expires_at"]] == [False, kept, kept]


def test_indexes_stay_sparse() -> None:
    """Only `work` is in `due`, only `summary` in `by_owner`."""
    managed = Managed(DESIRED, replace(WORK, claimed_by=""))
    writes = build_create(managed, Event(NOW, "waiting", "new", "x"), IdempotencyKey("k", "h"))
    items = {write["Put"]["Item"]["sk"].split("#")[0]: write["Put"]["Item"] for write in writes}
    assert {name for name, item in items.items() if "due_at" in item or "due_shard" in item} == {"work"}
    assert {name for name, item in items.items() if "owner" in item or "listed_at" in item} == {"summary"}
    assert all(item["shape"] == 1 for item in items.values())
    assert "claimed_by" not in items["work"]


def test_the_idempotency_key_comes_first_and_is_not_stored_as_sent() -> None:
    """Its position tells a repeated request from a colliding id; expired ones no longer count."""
    writes = build_create(Managed(DESIRED, WORK), Event(NOW, "waiting", "new", "x"), IdempotencyKey("my key", "h"))
    put = writes[0]["Put"]
    assert put["Item"]["pk"].startswith("idem#own_a#")
    assert "my key" not in str(put)
    assert put["ConditionExpression"] == "attribute_not_exists(pk) OR expires_at <= :now"
    assert put["Item"]["expires_at"] == NOW // 1000 + 86_400
    assert [write["Put"]["ConditionExpression"] for write in writes[1:]] == ["attribute_not_exists(pk)"] * 4


def test_the_two_wakes_exclude_each_other_and_leave_the_revision() -> None:
    """One of them fits whatever the certificate does; neither disturbs a worker's saves."""
    resting, busy = (build_wake("crt_1", NOW, is_resting=is_resting) for is_resting in (True, False))
    assert resting["ConditionExpression"] == "attribute_not_exists(claimed_by) AND due_at > :now"
    assert busy["ConditionExpression"] == "attribute_exists(claimed_by) OR due_at <= :now"
    assert resting["UpdateExpression"] == "SET wake = wake + :one, due_at = :now"
    assert busy["UpdateExpression"] == "SET wake = wake + :one"


def test_marking_deleted_touches_nothing_of_a_workers() -> None:
    """Of the summary only the state."""
    mark, show, put = build_mark_deleted(Managed(DESIRED, WORK), NOW)
    assert mark["Update"]["UpdateExpression"] == "SET #state.is_deleted = :true"
    assert show["Update"]["UpdateExpression"] == "SET #state.#state = :deleting"
    assert show["Update"]["ExpressionAttributeValues"] == {":deleting": "deleting"}
    assert put["Put"]["Item"]["sk"] == f"event#{NOW}#w3"


def test_removal_is_fenced() -> None:
    """By the revision; the other two follow in the same transaction."""
    work, *others = build_remove(Managed(DESIRED, WORK))
    assert work["Delete"]["ConditionExpression"] == "revision = :revision"
    assert [write["Delete"]["Key"]["sk"] for write in others] == ["desired", "summary"]


def test_a_hold_is_dropped_only_by_its_certificate() -> None:
    """One that was taken over stays."""
    request = build_hold_drop(Changes(DESIRED, WORK, WORK, NOW, drops_hold="key"))
    assert request == {
        "Key": {"pk": "inflight#key", "sk": "inflight"},
        "ConditionExpression": "attribute_not_exists(pk) OR certificate = :certificate",
        "ExpressionAttributeValues": {":certificate": "crt_1"},
    }


def test_a_hold_is_taken_where_free_or_from_the_one_named() -> None:
    """Nobody replaces a holder it has not seen."""
    mine, other = Holder("crt_1", "att_1"), Holder("crt_2", "att_2")
    assert build_take_hold("key", mine, None)["ConditionExpression"] == "attribute_not_exists(pk)"
    request = build_take_hold("key", mine, other)
    assert request["ConditionExpression"].endswith("OR (certificate = :certificate AND attempt = :attempt)")
    assert request["ExpressionAttributeValues"] == {":certificate": "crt_2", ":attempt": "att_2"}


def test_the_due_index_is_read_by_shard() -> None:
    """Every certificate lies in one of four, by its id, and keeps it."""
    assert build_due_query(3, NOW)["ExpressionAttributeValues"] == {":shard": "due#3", ":now": NOW}
    shards = {due_shard(f"crt_{at}") for at in range(100)}
    assert shards == {"due#0", "due#1", "due#2", "due#3"}
    assert work_item(WORK)["due_shard"] == due_shard("crt_1")


def test_a_cursor_never_names_the_owner() -> None:
    """The owner asked for is put into the key, whatever the cursor says."""
    request = build_list("own_a", "MTgwMDAwMDAwMDAwMC5jcnRfMQ==")
    assert request["ExclusiveStartKey"] == {"pk": "crt_1", "sk": "summary", "owner": "own_a", "listed_at": NOW}


def test_a_holding_without_certificates_is_nobodys() -> None:
    """A crash between the two halves of a release leaves a name that can be taken."""
    assert build_take("example.test", "own_a", "crt_1")["ConditionExpression"] == (
        "attribute_not_exists(certificates) OR #owner = :owner"
    )
    assert build_release("example.test", "crt_1")["ConditionExpression"] == "contains(certificates, :id)"
    assert build_clear("example.test")["ConditionExpression"] == "attribute_not_exists(certificates)"


def test_a_zone_claims_its_origin_and_counts_at_every_ancestor() -> None:
    """Two zones that overlap meet at an item, whichever comes first."""
    assert ancestors("acme.example.co.uk") == ["example.co.uk", "co.uk", "uk"]
    put, claim, *counts = build_create_zone(Zone("zon_1", "own_a", "acme.example.test", "ns.example.test", NOW))
    assert put["Put"]["ConditionExpression"] == "attribute_not_exists(pk)"
    assert claim["Update"]["Key"] == {"pk": "origin#acme.example.test", "sk": "origin"}
    assert claim["Update"]["ConditionExpression"] == (
        "attribute_not_exists(zone_id) AND (attribute_not_exists(zones_below) OR zones_below = :zero)"
    )
    assert [count["Update"]["Key"]["pk"] for count in counts] == ["origin#example.test", "origin#test"]
    assert {count["Update"]["ConditionExpression"] for count in counts} == {"attribute_not_exists(zone_id)"}
