"""What a change of the template must not replace by accident, and by which properties CloudFormation would."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

PROTECTED: Final[Mapping[str, str]] = {
    "LoadBalancer": "its DNS name changes, and nobody answers DNS until the addresses have moved to the new one",
    "LoadBalancerSecurityGroup": "the load balancer has to let go of it first, and can be given none later",
    "Vpc": "everything in it is replaced, the load balancer too",
    "SubnetA": "the load balancer stands in it",
    "SubnetB": "the load balancer stands in it",
    "DnsTargets": "the listener sends to an empty group until nodes are registered there: nobody answers DNS",
    "HttpTargets": "the listener sends to an empty group until nodes are registered there: nobody answers HTTP-01",
    "AddressA": "users' A records point at the old address",
    "AddressB": "users' A records point at the old address",
    "DataKey": "a new key can't read what the old one encrypted",
    "CertificatesTable": "the new one is empty: no certificate is known, none is renewed",
    "RegistryTable": "the new one is empty: owners, zones, accounts and tokens are gone",
    "AnswersTable": "the new one is empty: the nodes serve no zone",
    "NodesTable": "the new one is empty: no node counts as live until each has written its row",
    "CertificatesBucket": "the new one is empty: keys and certificates stay behind in the old one",
    "CertificatesBucketPolicy": "the bucket has none meanwhile",
    "AdminTokenSecret": "the admin token that was made at deployment is not in it",
    "HttpApi": "its URL changes, which clients and dashboards have stored",
    "FunctionLogs": "the old group is deleted with all it has",
    "ApiAccessLogs": "the old group is deleted with all it has",
    "NodeLogs": "the old group is deleted with all it has",
}
"""By logical id: what happens when it is replaced."""

_BEYOND_THE_SCHEMA: Final[Mapping[str, tuple[str, ...]]] = {
    # Addresses can't be changed, and a security group can't be added later, though the schema calls both updates.
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("SecurityGroups", "SubnetMappings"),
    # KMS refuses to change them.
    "AWS::KMS::Key": ("KeySpec", "KeyUsage", "MultiRegion", "Origin"),
}
_REGION = "us-east-1"


@cache
def schema(resource_type: str) -> dict[str, Any]:
    """Read CloudFormation's own schema of a resource type, as cfn-lint ships it."""
    package = find_spec("cfnlint")  # to import it takes seconds
    assert package
    assert package.origin
    folder = Path(package.origin).parent / "data/schemas"
    names = json.loads((folder / "providers" / f"{_REGION}.json").read_text())
    found: dict[str, Any] = json.loads((folder / "resources" / f"{names[resource_type]}.json").read_text())
    return found


def identifiers(resource_type: str) -> tuple[str, ...]:
    """Tell by which properties an import identifies a resource of a type."""
    return tuple(path.removeprefix("/properties/") for path in schema(resource_type)["primaryIdentifier"])


def replacing_properties(resource_type: str) -> list[str]:
    """Tell which top-level properties of a type replace the resource when they change."""
    of_type = schema(resource_type)
    paths = [*of_type.get("createOnlyProperties", ()), *of_type.get("conditionalCreateOnlyProperties", ())]
    return sorted({path.split("/")[2] for path in paths} | set(_BEYOND_THE_SCHEMA.get(resource_type, ())))


def describe(resources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Tell of each protected resource its type, its two policies and its replacing properties; absent ones are null."""
    return {
        name: {
            "Type": resource["Type"],
            "DeletionPolicy": resource.get("DeletionPolicy"),
            "UpdateReplacePolicy": resource.get("UpdateReplacePolicy"),
            "Properties": {
                name: resource.get("Properties", {}).get(name) for name in replacing_properties(resource["Type"])
            }
            | _key_attributes(resource),
        }
        for name in PROTECTED
        if (resource := resources.get(name))
    }


def _key_attributes(resource: Mapping[str, Any]) -> dict[str, Any]:
    """The types of a table's keys, which AttributeDefinitions has; those of other attributes may come and go."""
    if resource["Type"] != "AWS::DynamoDB::Table":
        return {}
    keys = [item["AttributeName"] for item in resource["Properties"]["KeySchema"]]
    return {
        f"type of {item['AttributeName']}": item["AttributeType"]
        for item in resource["Properties"]["AttributeDefinitions"]
        if item["AttributeName"] in keys
    }


def differences(recorded: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Say what of the recorded has changed, and what comes of it."""
    said = []
    for name, was in recorded.items():
        now = found.get(name)
        if now is None:
            said.append(f"{name} is gone or has another name, so CloudFormation makes a new one: {PROTECTED[name]}")
            continue
        before, after = _parts(was), _parts(now)
        said += [
            f"{name}.{part} was {json.dumps(before.get(part))} and is {json.dumps(after.get(part))}: {PROTECTED[name]}"
            for part in sorted(before.keys() | after.keys())
            if before.get(part) != after.get(part)
        ]
    return said + [f"{name} is not recorded yet" for name in found if name not in recorded]


def _parts(described: Mapping[str, Any]) -> dict[str, Any]:
    properties = {f"Properties.{name}": value for name, value in described["Properties"].items()}
    return {name: value for name, value in described.items() if name != "Properties"} | properties


def stack_policy() -> dict[str, Any]:
    """Build the policy with which CloudFormation itself refuses to replace or delete what is protected."""
    return {
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["Update:Replace", "Update:Delete"],
                "Resource": [f"LogicalResourceId/{name}" for name in PROTECTED],
            },
        ]
    }
