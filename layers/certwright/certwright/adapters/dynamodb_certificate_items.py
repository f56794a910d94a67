"""The items of the certificates table: where each lies, what it holds, and how it is read.

pk = <certificate id>    sk = desired                      what was asked for
                         sk = work                         how far it is; alone in the index `due`
                         sk = summary                      what lists show; alone in the indexes `by_owner` and `late`
                         sk = event#<ms>#<discriminator>   one event, kept for 400 days
                         sk = attempt#<attempt id>         one closed attempt, kept for 400 days
pk = idem#<owner>#<sha256 of the caller's key>   sk = idem       one idempotency key, kept for a day
pk = inflight#<hold's key>                       sk = inflight   who holds account, names and profile
"""

from hashlib import sha256
from typing import Any

from certwright.adapters.dynamodb_items import SHAPE, name_of, read_state, state_item
from certwright.adapters.dynamodb_table import Key
from certwright.adapters.dynamodb_values import Item
from certwright.adapters.item_codec import decode, encode
from certwright.domain.certificate import ClosedAttempt, Desired, Event, Work
from certwright.domain.history import HISTORY_KEPT_SECONDS
from certwright.domain.shown import Summary
from certwright.ports import Holder, IdempotencyKey

DUE_SHARDS = 4
IDEMPOTENCY_KEPT_SECONDS = 86_400

_BESIDE_STATE = ("id", "due_at", "revision", "wake", "claimed_by", "claims_since_save")
"""The fields of `Work` that conditions compare or that are its key."""


def desired_key(certificate_id: str) -> Key:
    """Locate what was asked for."""
    return {"pk": certificate_id, "sk": "desired"}


def work_key(certificate_id: str) -> Key:
    """Locate how far it is."""
    return {"pk": certificate_id, "sk": "work"}


def summary_key(certificate_id: str) -> Key:
    """Locate what lists show."""
    return {"pk": certificate_id, "sk": "summary"}


def idempotency_item_key(owner: str, key: str) -> Key:
    """Locate an idempotency key; it is hashed, since a caller may send anything."""
    return {"pk": f"idem#{owner}#{sha256(key.encode()).hexdigest()}", "sk": "idem"}


def hold_item_key(key: str) -> Key:
    """Locate a hold."""
    return {"pk": f"inflight#{key}", "sk": "inflight"}


def due_shard(certificate_id: str) -> str:
    """Choose the partition of the index `due`."""
    return f"due#{sha256(certificate_id.encode()).digest()[0] % DUE_SHARDS}"


def desired_item(desired: Desired) -> Item:
    """Build the item of what was asked for."""
    return state_item(desired_key(desired.id), desired)


def work_item(work: Work) -> Item:
    """Build the item of how far it is."""
    item: Item = {
        **work_key(work.id),
        "shape": SHAPE,
        "due_shard": due_shard(work.id),
        "due_at": work.due_at,
        "revision": work.revision,
        "wake": work.wake,
        "claims_since_save": work.claims_since_save,
        "state": work_state(work),
    }
    return item | ({"claimed_by": work.claimed_by} if work.claimed_by else {})


def work_state(work: Work) -> dict[str, Any]:
    """Encode what only the worker writes."""
    return {name: value for name, value in encode(work).items() if name not in _BESIDE_STATE}


def summary_item(summary: Summary) -> Item:
    """Build the item that lists show."""
    return state_item(
        summary_key(summary.id),
        summary,
        owner=summary.owner,
        listed_at=summary.created_at,
        late_for=summary.late_for.value,
        late_at=summary.late_at,
    )


def attempt_item(certificate_id: str, closed: ClosedAttempt) -> Item:
    """Build the item of a closed attempt."""
    key = {"pk": certificate_id, "sk": f"attempt#{closed.attempt.id}"}
    return state_item(key, closed, expires_at=closed.closed_at // 1000 + HISTORY_KEPT_SECONDS)


def idempotency_item(owner: str, idempotency: IdempotencyKey, certificate_id: str, now: int) -> Item:
    """Build the item that remembers a request; `now` in epoch milliseconds."""
    return {
        **idempotency_item_key(owner, idempotency.key),
        "shape": SHAPE,
        "expires_at": now // 1000 + IDEMPOTENCY_KEPT_SECONDS,
        "request_hash": idempotency.request_hash,
        "certificate": certificate_id,
    }


def hold_item(key: str, holder: Holder) -> Item:
    """Build the item of a hold."""
    return {**hold_item_key(key), "shape": SHAPE, "certificate": holder.certificate, "attempt": holder.attempt}


def read_desired(item: Item) -> Desired:
    """Read what was asked for; like all here, raises `BadItem`."""
    return read_state(Desired, item)


def read_work(item: Item) -> Work:
    """Read how far it is."""
    state = item.get("state")
    beside = {name: item[name] for name in _BESIDE_STATE if name in item}
    whole = {**state, **beside, "id": item["pk"]} if isinstance(state, dict) else state
    return decode(Work, whole, name_of(item))


def read_summary(item: Item) -> Summary:
    """Read what lists show."""
    return read_state(Summary, item)


def read_event(item: Item) -> Event:
    """Read an event."""
    return read_state(Event, item)


def read_attempt(item: Item) -> ClosedAttempt:
    """Read a closed attempt."""
    return read_state(ClosedAttempt, item)


def read_holder(item: Item) -> Holder:
    """Read who has a hold."""
    return decode(Holder, item, name_of(item))
