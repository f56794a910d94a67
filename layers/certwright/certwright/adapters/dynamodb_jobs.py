"""Certificates as a worker sees them, in DynamoDB."""

from collections.abc import Mapping
from dataclasses import replace
from heapq import merge
from itertools import islice

from certwright.adapters.dynamodb_certificate_items import (
    DUE_SHARDS,
    attempt_item,
    desired_key,
    hold_item_key,
    read_desired,
    read_work,
    summary_item,
    summary_key,
    work_key,
    work_state,
)
from certwright.adapters.dynamodb_history import event_item
from certwright.adapters.dynamodb_holds import build_take
from certwright.adapters.dynamodb_items import STATE, TELL_WHAT_STANDS
from certwright.adapters.dynamodb_table import ConditionFailed, Request, Table
from certwright.domain.certificate import Work
from certwright.domain.errors import StaleRevision
from certwright.domain.history import event_to_write, summary_to_write
from certwright.ports import Changes, Holder, Managed, NotClaimed


class DynamoJobs:
    """Fills in `ports.Jobs`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def claim(self, certificate_id: str, worker: str, now: int, lease_until: int) -> Managed | NotClaimed | None:
        """Take the lease by one conditional update, then read what was asked for.

        A claim whose answer was lost is not found again: the lease runs out and the certificate is due once more.
        """
        try:
            work = read_work(self._table.update(build_claim(certificate_id, worker, now, lease_until)))
        except ConditionFailed as failed:
            if failed.item is None:
                return None
            stands = read_work(failed.item)
            return NotClaimed(stands.due_at, bool(stands.claimed_by))
        return self._with_desired(work)

    def read_work(self, certificate_id: str) -> Managed | None:
        """Read what was asked for and how far it is."""
        item = self._table.get(work_key(certificate_id))
        return self._with_desired(read_work(item)) if item else None

    def save(self, changes: Changes) -> Work:
        """Write `work` alone, or in one transaction with what must land with it.

        The `wake` returned is the one that was read before, so that a call for attention in between still fails the
        save that releases.
        """
        update, beside, hold = build_save(changes), build_beside(changes), build_hold_change(changes)
        try:
            if not beside and not hold:
                self._table.update(update)
            else:
                self._transact([{"Update": update}, *beside], hold)
        except ConditionFailed as failed:
            raise StaleRevision("Another writer moved the certificate on: load it again.") from failed
        return as_saved(changes)

    def remove(self, managed: Managed) -> None:
        """Delete what was asked, work and summary; events and closed attempts stay until they expire."""
        try:
            self._table.transact(build_remove(managed))
        except ConditionFailed as failed:
            raise StaleRevision("Another writer moved the certificate on: load it again.") from failed

    def list_due(self, now: int, limit: int) -> tuple[str, ...]:
        """Read the head of every shard and merge them by due time."""
        shards = [self._table.query(build_due_query(shard, now), limit) for shard in range(DUE_SHARDS)]
        oldest_first = merge(*shards, key=lambda item: item["due_at"])
        return tuple(item["pk"] for item in islice(oldest_first, limit))

    def _with_desired(self, work: Work) -> Managed | None:
        item = self._table.get(desired_key(work.id))
        return Managed(read_desired(item), work) if item else None

    def _transact(self, writes: list[Mapping[str, Request]], hold: Mapping[str, Request] | None) -> None:
        """Send, and once more without the hold where that is another certificate's."""
        try:
            self._table.transact([*writes, hold] if hold else writes)
        except ConditionFailed as failed:
            if set(failed.items) != {len(writes)}:
                raise
            self._table.transact(writes)


def as_saved(changes: Changes) -> Work:
    """Tell what a save leaves in the store, but for a `wake` in between."""
    before, after = changes.before, changes.after
    return replace(
        after,
        due_at=after.due_at if changes.is_released else before.due_at,
        revision=before.revision + 1,
        wake=before.wake,
        claimed_by="" if changes.is_released else before.claimed_by,
        claims_since_save=0,
    )


def build_claim(certificate_id: str, worker: str, now: int, lease_until: int) -> Request:
    """Build the claim: where due, the due time becomes the lease's end, and the revision fences others off."""
    return {
        "Key": work_key(certificate_id),
        "UpdateExpression": "SET due_at = :lease_until, claimed_by = :worker, "
        "claims_since_save = claims_since_save + :one, revision = revision + :one",
        "ConditionExpression": "due_at <= :now",
        "ExpressionAttributeValues": {":lease_until": lease_until, ":worker": worker, ":one": 1, ":now": now},
        "ReturnValues": "ALL_NEW",
        **TELL_WHAT_STANDS,
    }


def build_save(changes: Changes) -> Request:
    """Build the update of `work`; it never writes `wake`, and `due_at` only when it gives up the claim."""
    before = changes.before
    update = "SET #state = :state, revision = :next_revision, claims_since_save = :zero"
    condition = "revision = :revision AND claimed_by = :worker"
    values = {
        ":state": work_state(changes.after),
        ":next_revision": before.revision + 1,
        ":zero": 0,
        ":revision": before.revision,
        ":worker": before.claimed_by,
    }
    if changes.is_released:
        update += ", due_at = :due_at REMOVE claimed_by"
        condition += " AND wake = :wake"
        values |= {":due_at": changes.after.due_at, ":wake": before.wake}
    return {
        "Key": work_key(before.id),
        "UpdateExpression": update,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": STATE,
        "ExpressionAttributeValues": values,
    }


def build_beside(changes: Changes) -> list[Mapping[str, Request]]:
    """Build the writes that must land together with `work`; mostly there are none."""
    desired = changes.desired
    parts = (desired, changes.before, changes.after, changes.now)
    puts = []
    if shown := summary_to_write(*parts):
        puts.append(summary_item(shown))
    if event := event_to_write(*parts):
        puts.append(event_item(desired.id, event, f"r{changes.before.revision + 1}"))
    if changes.closed:
        puts.append(attempt_item(desired.id, changes.closed))
    return [{"Put": {"Item": item}} for item in puts]


def build_hold_change(changes: Changes) -> Mapping[str, Request] | None:
    """Build what a save does to a hold, None for mostly nothing; the save lands without it where that can't be."""
    drop, attempt = build_hold_drop(changes), changes.after.attempt
    if drop:
        return {"Delete": drop}
    if not changes.takes_hold or not attempt:
        return None
    return {"Put": build_take(changes.takes_hold, Holder(changes.desired.id, attempt.id), None)}


def build_hold_drop(changes: Changes) -> Request | None:
    """Build the deletion of a hold that is still this certificate's, None where none is given up."""
    if not changes.drops_hold:
        return None
    return {
        "Key": hold_item_key(changes.drops_hold),
        "ConditionExpression": "attribute_not_exists(pk) OR certificate = :certificate",
        "ExpressionAttributeValues": {":certificate": changes.desired.id},
    }


def build_remove(managed: Managed) -> list[Mapping[str, Request]]:
    """Build the deletions, under the revision that was read."""
    certificate_id = managed.desired.id
    work = {
        "Key": work_key(certificate_id),
        "ConditionExpression": "revision = :revision",
        "ExpressionAttributeValues": {":revision": managed.work.revision},
    }
    return [
        {"Delete": work},
        {"Delete": {"Key": desired_key(certificate_id)}},
        {"Delete": {"Key": summary_key(certificate_id)}},
    ]


def build_due_query(shard: int, now: int) -> Request:
    """Build the query for what is due in one shard, oldest first."""
    return {
        "IndexName": "due",
        "KeyConditionExpression": "due_shard = :shard AND due_at <= :now",
        "ExpressionAttributeValues": {":shard": f"due#{shard}", ":now": now},
    }
