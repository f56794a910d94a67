"""One request at a time in moto, as AWS's tables and objects see it.

moto serves threads without locks, so that of two conditional writes at once both may win. DynamoDB and S3 do each
write atomically, which the lease, the holds and `current` rest on.
"""

from collections.abc import Callable
from functools import cache, wraps
from threading import RLock
from typing import Any

from moto.dynamodb.responses import DynamoHandler
from moto.s3.responses import S3Response

from local.attribute_values import make_values_cheap
from local.transactions import make_transactions_cheap

_lock = RLock()


@cache
def make_requests_atomic() -> None:
    """Let moto's DynamoDB and S3 of this process take requests one by one; done once, however often it is called."""
    for cls, method in (
        (DynamoHandler, "call_action"),
        (S3Response, "bucket_response"),
        (S3Response, "key_response"),
    ):
        setattr(cls, method, _one_at_a_time(getattr(cls, method)))
    make_transactions_cheap()
    make_values_cheap()


def _one_at_a_time(operation: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(operation)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with _lock:
            return operation(*args, **kwargs)

    return wrapped
