"""Certificates as the API sees them, in DynamoDB."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace

from certwright.adapters.dynamodb_certificate_items import (
    desired_item,
    desired_key,
    idempotency_item,
    read_desired,
    read_event,
    read_summary,
    read_work,
    summary_item,
    summary_key,
    work_item,
    work_key,
)
from certwright.adapters.dynamodb_history import build_events_query, event_item
from certwright.adapters.dynamodb_items import STATE, TELL_WHAT_STANDS, build_put_if_absent
from certwright.adapters.dynamodb_table import ConditionFailed, Request, Table
from certwright.adapters.dynamodb_values import Item
from certwright.domain.certificate import Event, Work
from certwright.domain.errors import Conflict, InvalidRequest, NotFound, StaleRevision, Unavailable
from certwright.domain.history import deletion_event
from certwright.domain.shown import Summary, summary
from certwright.ports import IdempotencyKey, Managed, Page

_WAKE_TRIES = 4


class DynamoCertificates:
    """Fills in `ports.Certificates`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def create(self, managed: Managed, event: Event, idempotency: IdempotencyKey | None) -> str:
        """Put all items in one transaction; the condition on the idempotency key stands first."""
        try:
            self._table.transact(build_create(managed, event, idempotency))
        except ConditionFailed as failed:
            if idempotency and 0 in failed.items:
                return _same_request(failed.items[0], idempotency)
            raise Conflict(f"There is a certificate {managed.desired.id} already: try again.") from failed
        return managed.desired.id

    def read(self, certificate_id: str) -> Managed | None:
        """Read both items; one of them is missing only while the other is being removed."""
        work, desired = self._table.get(work_key(certificate_id)), self._table.get(desired_key(certificate_id))
        return Managed(read_desired(desired), read_work(work)) if work and desired else None

    def list_summaries(self, owner: str, cursor: str, limit: int) -> Page:
        """Read one more than asked for, to know whether there is another page; `InvalidRequest` for a bad cursor."""
        items = self._table.query(build_list(owner, cursor), limit + 1)
        summaries = tuple(read_summary(item) for item in items[:limit])
        return Page(summaries, encode_cursor(summaries[-1]) if len(items) > limit else "")

    def wake(self, certificate_id: str, now: int, *, is_deleted: bool) -> None:
        """Count the call, and mark the certificate deleted beside it."""
        managed = self.read(certificate_id)
        if managed is None:
            raise NotFound("There is no such certificate.")
        beside = build_mark_deleted(managed, now) if is_deleted and not managed.desired.is_deleted else []
        wake_with(self._table, managed.work, now, beside)

    def list_events(self, certificate_id: str, limit: int) -> tuple[Event, ...]:
        """Read events from the newest back."""
        return tuple(read_event(item) for item in self._table.query(build_events_query(certificate_id), limit))


def wake_with(table: Table, work: Work, now: int, beside: Sequence[Mapping[str, Request]]) -> None:
    """Count a call for attention, pull the due time forward where the certificate rests, and do what goes with it.

    Whether it rests decides between two updates, each on the condition that it is the right one. A worker that claims
    or releases in between makes both fail in turn, so they are tried in turn. Raises `NotFound`, and `StaleRevision`
    where a condition of `beside` does not hold.
    """
    is_resting = not work.claimed_by and work.due_at > now
    for _ in range(_WAKE_TRIES):
        update = build_wake(work.id, now, is_resting=is_resting)
        try:
            if beside:
                table.transact([{"Update": update}, *beside])
            else:
                table.update(update)
            return
        except ConditionFailed as failed:
            if set(failed.items) - {0}:
                raise StaleRevision("Somebody else has changed the certificate: read it again.") from failed
            if failed.items[0] is None:
                raise NotFound("There is no such certificate.") from failed
        is_resting = not is_resting
    raise Unavailable("Workers take and release this certificate right now: try again.")


def build_create(managed: Managed, event: Event, idempotency: IdempotencyKey | None) -> list[Mapping[str, Request]]:
    """Build the transaction; an idempotency key that has expired may still be there, and no longer counts."""
    desired, work = managed.desired, managed.work
    items = [
        desired_item(desired),
        work_item(work),
        summary_item(summary(desired, work, event.at)),
        event_item(desired.id, event, "r0"),
    ]
    puts = [build_put_if_absent(item) for item in items]
    if idempotency:
        remember = build_put_if_absent(idempotency_item(desired.owner, idempotency, desired.id, event.at))
        remember["ConditionExpression"] += " OR expires_at <= :now"
        remember["ExpressionAttributeValues"] = {":now": event.at // 1000}
        puts.insert(0, remember)
    return [{"Put": put} for put in puts]


def build_wake(certificate_id: str, now: int, *, is_resting: bool) -> Request:
    """Build the update of `work`: the revision stays, so that a worker's saves go on.

    What is due already keeps its due time, else somebody who asks again and again would push it out of the sweep's
    sight.
    """
    update, condition = "SET wake = wake + :one", "attribute_exists(claimed_by) OR due_at <= :now"
    if is_resting:
        update, condition = f"{update}, due_at = :now", "attribute_not_exists(claimed_by) AND due_at > :now"
    return {
        "Key": work_key(certificate_id),
        "UpdateExpression": update,
        "ConditionExpression": condition,
        "ExpressionAttributeValues": {":one": 1, ":now": now},
        **TELL_WHAT_STANDS,
    }


def build_mark_deleted(managed: Managed, now: int) -> list[Mapping[str, Request]]:
    """Build the writes beside a wake that mark a certificate deleted.

    Of the summary only the state is set: a worker may be writing the rest.
    """
    certificate_id = managed.desired.id
    event = deletion_event(replace(managed.desired, is_deleted=True), managed.work, now)
    mark = {
        "Key": desired_key(certificate_id),
        "UpdateExpression": "SET #state.is_deleted = :true",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": STATE,
        "ExpressionAttributeValues": {":true": True},
    }
    show = {
        "Key": summary_key(certificate_id),
        "UpdateExpression": "SET #state.#state = :deleting",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": STATE,
        "ExpressionAttributeValues": {":deleting": event.state},
    }
    put = {"Item": event_item(certificate_id, event, f"w{managed.work.wake + 1}")}
    return [{"Update": mark}, {"Update": show}, {"Put": put}]


def build_list(owner: str, cursor: str) -> Request:
    """Build the query for an owner's summaries, newest first; the cursor never leads to another owner's."""
    request: Request = {
        "IndexName": "by_owner",
        "KeyConditionExpression": "#owner = :owner",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":owner": owner},
        "ScanIndexForward": False,
    }
    if cursor:
        listed_at, certificate_id = decode_cursor(cursor)
        request["ExclusiveStartKey"] = {**summary_key(certificate_id), "owner": owner, "listed_at": listed_at}
    return request


def encode_cursor(last: Summary) -> str:
    """Name the last summary of a page."""
    return urlsafe_b64encode(f"{last.created_at}.{last.id}".encode()).decode()


def decode_cursor(cursor: str) -> tuple[int, str]:
    """Read the instant and the certificate a cursor names; raises `InvalidRequest`."""
    try:
        listed_at, _, certificate_id = urlsafe_b64decode(cursor).decode().partition(".")
        if not listed_at.isascii() or not 0 < len(listed_at) <= 16 or not 0 < len(certificate_id) <= 64:
            raise ValueError(cursor)
        return int(listed_at), certificate_id
    except ValueError as error:
        raise InvalidRequest("Use a cursor as it was given, or none.", field="cursor") from error


def _same_request(earlier: Item | None, idempotency: IdempotencyKey) -> str:
    if earlier is None:
        raise Unavailable("An idempotency key expired while it was looked at: try again.")
    if earlier["request_hash"] != idempotency.request_hash:
        raise InvalidRequest(
            "This Idempotency-Key came with another request before: use a new one for each request.",
            field="Idempotency-Key",
            code="idempotency-key-reused",
        )
    return str(earlier["certificate"])
