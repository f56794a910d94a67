"""Names of effects that are the same in every run: operations and kinds of items, without ids."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

_SERVICES = {"dynamodb": "DynamoDB", "kms": "KMS", "s3": "S3", "sqs": "SQS"}
_ID = re.compile(r"[a-z]+_[0-9a-f]{32}")
_VERBS = {"Put": "put", "Update": "update", "Delete": "delete", "PutRequest": "put", "DeleteRequest": "delete"}


def name_aws_call(service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """Name a call as `DynamoDB UpdateItem certificates: work`."""
    said = f"{_SERVICES.get(service, service)} {operation}"
    match operation:
        case "PutItem" | "UpdateItem" | "DeleteItem":
            return f"{said} {_table(parameters['TableName'])}: {_kind(parameters)}"
        case "BatchWriteItem":
            ((table, writes),) = parameters["RequestItems"].items()
            return f"{said} {_table(table)}: {_count(_parts(writes))}"
        case "TransactWriteItems":
            writes = parameters["TransactItems"]
            tables = {_table(request["TableName"]) for write in writes for request in write.values()}
            return f"{said} {', '.join(sorted(tables))}: {_count(_parts(writes))}"
        case _ if "Key" in parameters:
            return f"{said} {_folder_and_name(parameters['Key'])}"
        case _:
            return said


def _parts(writes: list[dict[str, Any]]) -> Iterator[str]:
    for write in writes:
        for verb, request in write.items():
            yield f"{_VERBS[verb]} {_kind(request)}"


def _count(parts: Iterator[str]) -> str:
    return ", ".join(f"{part} ({number})" if number > 1 else part for part, number in Counter(parts).items())


def _kind(request: Mapping[str, Any]) -> str:
    """Tell what an item is from its keys: `work`, `attempt`, `answer`, `generations`."""
    key = request.get("Key") or request["Item"]
    partition, sort = (str(key[name]["S"]) for name in ("pk", "sk"))
    if partition.startswith("shard#"):
        return "answer"
    return partition if _ID.fullmatch(sort) else sort.partition("#")[0]


def _table(name: str) -> str:
    """Take the template's word for a table from the name it was given (`certwright-answerstable-1a2b3c4d`)."""
    return name.split("-")[1].removesuffix("table")


def _folder_and_name(key: str) -> str:
    folder, *_, name = key.split("/")
    return f"{folder}/…/{name}"
