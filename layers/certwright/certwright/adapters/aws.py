"""AWS clients, built at first use from one session, and what their errors mean to us.

They are botocore's, which are boto3's clients too: importing boto3 itself takes longer, for what is not used here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session, get_session

from certwright.domain.errors import Unavailable

CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
    parameter_validation=False,
    user_agent="certwright",
)
"""Three tries of at most 7 s each: far less than the shortest function timeout and than a lease.

botocore's check of each parameter against its models takes a quarter of a request's processor time, and AWS checks them
itself; a name that it does not know is an error without it too. The user agent, which CloudTrail shows, would be put
together from a dozen parts for each request.
"""

_TRY_AGAIN = frozenset(
    {
        "ConditionalRequestConflict",
        "DependencyTimeoutException",
        "InternalServerError",
        "KMSInternalException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

_lock = Lock()


def client(service: str) -> Any:
    """Build the client of a service once; safe to call from any thread."""
    with _lock:
        return _client(service)


def assume_role(service: str, role: str, external_id: str) -> Any:
    """Build a client of a service in the name of another role, for as long as its session lasts; `ClientError`."""
    wanted = {"RoleArn": role, "RoleSessionName": "certwright", **({"ExternalId": external_id} if external_id else {})}
    given = client("sts").assume_role(**wanted)["Credentials"]
    with _lock:
        return _session().create_client(
            service,
            config=CONFIG,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )


def reset() -> None:
    """Forget all clients, after the environment they were built from has changed."""
    with _lock:
        _client.cache_clear()
        _session.cache_clear()


@cache
def _client(service: str) -> Any:
    return _session().create_client(service, config=CONFIG)


@cache
def _session() -> Session:
    return get_session()


@contextmanager
def translating(service: str) -> Iterator[None]:
    """Turn throttling, timeouts and server errors into `Unavailable`; all other errors pass as they are."""
    try:
        yield
    except (exceptions.HTTPClientError, exceptions.ConnectionError, exceptions.IncompleteReadError) as error:
        raise _unavailable(service, "did not answer in time") from error
    except ClientError as error:
        if error_code(error) in _TRY_AGAIN or _status(error) >= 500 or _status(error) == 429:
            raise _unavailable(service, f"answered {error_code(error)}") from error
        raise


def error_code(error: ClientError) -> str:
    """Read the code of an AWS error, as `NoSuchKey`."""
    return error.response.get("Error", {}).get("Code", "")


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _unavailable(service: str, what: str) -> Unavailable:
    return Unavailable(f"AWS {service} {what}: try again.", code=f"{service}-unavailable")
