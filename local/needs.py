"""What a request to AWS needs: the actions, resources and partition keys that a policy would have to grant."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.policies import Access, PolicyError
from local.template import ACCOUNT, REGION

# What a policy calls an operation, where the names differ.
ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadBucket": "s3:ListBucket",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
# What a policy calls a service, where the names differ.
SERVICES = {"dynamodbstreams": "dynamodb"}
TRANSACTION_ACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
# What S3 asks of the key that encrypts an object, in the caller's name.
KEY_ACTIONS = {
    "s3:GetObject": "kms:Decrypt",
    "s3:GetObjectVersion": "kms:Decrypt",
    "s3:PutObject": "kms:GenerateDataKey",
}
# Parameters that are the ARN of what a request is about.
NAMES_OF_RESOURCES = ("SecretId", "TopicArn", "StreamArn", "RoleArn", "CertificateArn")
BY_S3 = f"s3.{REGION}.amazonaws.com"


type Context = tuple[tuple[str, tuple[str, ...]], ...]


def _know_nothing(_: str) -> Context:
    return ()


def accesses(
    service: str,
    operation: str,
    parameters: Mapping[str, Any],
    object_key: str = "",
    key_facts: Callable[[str], Context] = _know_nothing,
) -> list[Access]:
    """Work out what a request needs, from the parameters that boto3 is given.

    `object_key` is the ARN of the KMS key that objects are encrypted with; empty where that is not judged. `key_facts`
    tells what conditions may ask of another KMS key: its kind and its tags.
    """
    if (service, operation) == ("kms", "CreateKey"):
        return _key_making(parameters)
    if service == "kms" and parameters.get("KeyId") not in (None, object_key):
        arn = _resource(service, parameters)
        return [Access(f"kms:{operation}", arn, context=key_facts(arn))]
    if (service, operation) == ("route53", "ChangeResourceRecordSets"):
        return [_record_change(parameters)]
    action = f"{SERVICES.get(service, service)}:{operation}"
    if service == "dynamodb":
        return _table_accesses(operation, parameters)
    if operation == "DeleteObjects":
        keys = [item["Key"] for item in parameters["Delete"]["Objects"]]
        return [Access("s3:DeleteObject", f"arn:aws:s3:::{parameters['Bucket']}/{key}") for key in keys]
    if operation == "CopyObject":
        raise PolicyError("what CopyObject needs is not known here")
    if service == "s3" and operation == "GetObject" and "VersionId" in parameters:
        action = "s3:GetObjectVersion"
    needed = Access(ACTIONS.get(action, action), _resource(service, parameters))
    if object_key and operation != "HeadObject" and needed.action in KEY_ACTIONS:
        return [needed, Access(KEY_ACTIONS[needed.action], object_key, via=BY_S3)]
    return [needed]


def _key_making(parameters: Mapping[str, Any]) -> list[Access]:
    """A key that is tagged as it is made needs the right to tag keys too."""
    tags = {tag["TagKey"]: tag["TagValue"] for tag in parameters.get("Tags", ())}
    tagged: Context = (
        *((f"aws:RequestTag/{name}", (value,)) for name, value in tags.items()),
        ("aws:TagKeys", tuple(tags)),
    )
    kind: Context = (("kms:KeySpec", (parameters["KeySpec"],)), ("kms:KeyUsage", (parameters["KeyUsage"],)))
    made = Access("kms:CreateKey", "*", context=(*kind, *tagged))
    tagging = Access("kms:TagResource", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/new", context=tagged)
    return [made, tagging] if tags else [made]


def _record_change(parameters: Mapping[str, Any]) -> Access:
    changes = parameters["ChangeBatch"]["Changes"]
    asked = {
        "Actions": [change["Action"] for change in changes],
        "RecordTypes": [change["ResourceRecordSet"]["Type"] for change in changes],
        "NormalizedRecordNames": [change["ResourceRecordSet"]["Name"].lower().rstrip(".") for change in changes],
    }
    context = tuple((f"route53:ChangeResourceRecordSets{name}", tuple(values)) for name, values in asked.items())
    return Access("route53:ChangeResourceRecordSets", _resource("route53", parameters), context=context)


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
        case "route53", {"HostedZoneId": zone} | {"Id": zone}:
            return f"arn:aws:route53:::hostedzone/{zone.rpartition('/')[2]}"
        case "events", {"Entries": entries}:
            (bus,) = {entry.get("EventBusName", "default") for entry in entries}
            return str(bus) if bus.startswith("arn:") else f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{bus}"
        case "dynamodbstreams", {"ShardIterator": iterator}:
            return str(iterator.partition("|")[0])
        case _:
            return next((str(parameters[name]) for name in NAMES_OF_RESOURCES if name in parameters), "*")


def _table_accesses(operation: str, parameters: Mapping[str, Any]) -> list[Access]:
    match operation:
        case "TransactWriteItems" | "TransactGetItems":
            pairs = [pair for item in parameters["TransactItems"] for pair in item.items()]
            return [_table_access(TRANSACTION_ACTIONS[verb], request) for verb, request in pairs]
        case "BatchWriteItem" | "BatchGetItem":
            return [_table_access(operation, request) for request in _batched(parameters["RequestItems"])]
        case _:
            return [_table_access(operation, parameters)]


def _batched(request_items: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Take a batch apart into one request for each item, as for a single one."""
    for table, requests in request_items.items():
        if isinstance(requests, Mapping):
            yield from ({"TableName": table, "Key": key} for key in requests["Keys"])
        else:
            yield from ({"TableName": table, **next(iter(write.values()))} for write in requests)


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
