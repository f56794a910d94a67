"""Hold functions to their roles: every AWS request is judged by the template's policies before it is sent.

No endpoint on one machine does: moto compares resources for some services only and has no leading keys. Not judged are
key and bucket policies, and what S3 and DynamoDB ask of KMS in the caller's name. Conditions that are not understood
are errors, never guessed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.template import ACCOUNT, REGION

# What a policy calls an operation, where the names differ.
ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadBucket": "s3:ListBucket",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
}
TRANSACTION_ACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


class PolicyError(Exception):
    """A policy, or a request, that can't be judged here."""


@dataclass(frozen=True, slots=True)
class Access:
    """What one request needs: an action on a resource, and the partition keys it touches (of a table)."""

    action: str
    resource: str
    leading_keys: tuple[str, ...] = ()


def is_allowed(statements: Iterable[Mapping[str, Any]], access: Access) -> bool:
    """Judge one access by a role's statements, all of which allow."""
    return any(_applies(statement, access) for statement in statements)


def accesses(service: str, operation: str, parameters: Mapping[str, Any]) -> list[Access]:
    """Work out what a request needs, from the parameters that boto3 is given."""
    action = f"{service}:{operation}"
    if service == "dynamodb":
        return _table_accesses(operation, parameters)
    if operation == "DeleteObjects":
        keys = [item["Key"] for item in parameters["Delete"]["Objects"]]
        return [Access("s3:DeleteObject", f"arn:aws:s3:::{parameters['Bucket']}/{key}") for key in keys]
    if service == "s3" and operation == "GetObject" and "VersionId" in parameters:
        action = "s3:GetObjectVersion"
    return [Access(ACTIONS.get(action, action), _resource(service, parameters))]


def enforce(statements: Sequence[Mapping[str, Any]]) -> None:
    """Refuse what the statements don't allow, for every boto3 client that this process makes from now on."""
    from botocore.exceptions import ClientError
    from botocore.handlers import BUILTIN_HANDLERS

    def judge(params: Mapping[str, Any], model: Any, **_: object) -> None:
        for access in accesses(model.service_model.service_name, model.name, params):
            if not is_allowed(statements, access):
                message = f"The role does not allow {access.action} on {access.resource} {access.leading_keys or ''}"
                raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, model.name)

    BUILTIN_HANDLERS.append(("before-parameter-build", judge))


def _applies(statement: Mapping[str, Any], access: Access) -> bool:
    if statement["Effect"] != "Allow":
        raise PolicyError(f"only Allow is understood here: {statement}")
    return (
        access.action in _several(statement["Action"])
        and any(_matches(pattern, access.resource) for pattern in _several(statement["Resource"]))
        and all(_holds(operator, wanted, access) for operator, wanted in statement.get("Condition", {}).items())
    )


def _holds(operator: str, wanted: Mapping[str, Any], access: Access) -> bool:
    match operator, wanted:
        case "ForAllValues:StringEquals", {"dynamodb:LeadingKeys": keys}:
            return set(access.leading_keys) <= set(_several(keys))
        case "ForAllValues:StringLike", {"dynamodb:LeadingKeys": keys}:
            return all(any(_matches(key, touched) for key in _several(keys)) for touched in access.leading_keys)
        case "StringEquals", {"kms:ViaService": _}:
            return False  # a request that is judged here comes from the function, not through a service
        case _:
            raise PolicyError(f"the condition {operator} {dict(wanted)} is not understood here")


def _matches(pattern: str, resource: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), resource) is not None


def _several(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _resource(service: str, parameters: Mapping[str, Any]) -> str:
    match service, parameters:
        case "s3", {"Bucket": bucket, "Key": key}:
            return f"arn:aws:s3:::{bucket}/{key}"
        case "s3", {"Bucket": bucket}:
            return f"arn:aws:s3:::{bucket}"
        case "sqs", {"QueueUrl": url}:
            return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.rpartition('/')[2]}"
        case "kms", {"KeyId": key}:
            return str(key) if key.startswith("arn:") else f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"
        case "secretsmanager", {"SecretId": secret}:
            return str(secret)
        case "events", {"Entries": _}:
            return f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
        case _:
            return "*"


def _table_accesses(operation: str, parameters: Mapping[str, Any]) -> list[Access]:
    if operation in ("TransactWriteItems", "TransactGetItems"):
        items = [pair for item in parameters["TransactItems"] for pair in item.items()]
        return [_table_access(TRANSACTION_ACTIONS[verb], request) for verb, request in items]
    if operation == "BatchWriteItem":
        return [
            _table_access(operation, {"TableName": table, **next(iter(write.values()))})
            for table, writes in parameters["RequestItems"].items()
            for write in writes
        ]
    if operation == "BatchGetItem":
        return [
            _table_access(operation, {"TableName": table, "Key": key})
            for table, request in parameters["RequestItems"].items()
            for key in request["Keys"]
        ]
    return [_table_access(operation, parameters)]


def _table_access(operation: str, request: Mapping[str, Any]) -> Access:
    index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
    resource = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{request['TableName']}{index}"
    item = request.get("Key") or request.get("Item")
    if item:
        return Access(f"dynamodb:{operation}", resource, (item["pk"]["S"],))
    return Access(f"dynamodb:{operation}", resource, _queried_key(request))


def _queried_key(request: Mapping[str, Any]) -> tuple[str, ...]:
    """Read the partition key of a Query; a request without one (Scan) touches all, told as `*`."""
    found = re.search(r"(?:^|\s)#?\w+\s*=\s*(:\w+)", request.get("KeyConditionExpression", ""))
    if not found:
        return ("*",)
    return tuple(request["ExpressionAttributeValues"][found[1]].values())
