"""Write what CloudFormation needs to take what a deleted stack left behind into a new one of the same name.

    python -m tools.adopt --resources resources.json --addresses addresses.json

The two files are what the AWS CLI prints (docs/deployment.md has the commands). Nothing is asked of AWS or changed
there: two files are written, and the commands that use them are told. template.yaml must be the version that was
deployed last.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.template import load

KEPT_POLICY = "RetainExceptOnCreate"
IDENTIFIED_BY = {
    "AWS::DynamoDB::Table": ("TableName",),
    "AWS::EC2::EIP": ("PublicIp", "AllocationId"),
    "AWS::KMS::Key": ("KeyId",),
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::S3::BucketPolicy": ("Bucket",),
    "AWS::SecretsManager::Secret": ("Id",),
}
"""By which properties CloudFormation identifies what it imports."""
LARGEST_BODY = 51_200  # of a template that is not in S3


class CannotAdopt(Exception):
    """What is missing; the message says where to get it."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """A template of the kept resources alone, and what each of them is."""

    template: dict[str, Any]
    resources: list[dict[str, Any]]


def kept_resources(template: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Pick what outlives the stack."""
    return {name: item for name, item in template.items() if item.get("DeletionPolicy") == KEPT_POLICY}


def adopt(
    template: Mapping[str, Mapping[str, Any]],
    physical: Mapping[str, str],
    allocations: Mapping[str, str],
    without: frozenset[str] = frozenset(),
) -> Adoption:
    """Build both files; `physical` has ids by logical id, `allocations` allocation ids by address.

    What is made under a condition may be missing (addresses that were the operator's own). Raises `CannotAdopt`.
    """
    kept = {name: item for name, item in kept_resources(template).items() if name not in without}
    adopted = {name: item for name, item in kept.items() if name in physical or "Condition" not in item}
    if missing := [name for name in adopted if name not in physical]:
        raise CannotAdopt(
            f"not among the resources: {', '.join(missing)}. Name each with --use {missing[0]}=ID, or have it made "
            f"anew with --without {missing[0]}"
        )
    for name, item in adopted.items():
        if lost := sorted(set(references(item["Properties"])) - set(adopted)):
            raise CannotAdopt(f"{name} needs {', '.join(lost)}, so it can't be adopted without")
    resources = [
        {
            "ResourceType": item["Type"],
            "LogicalResourceId": name,
            "ResourceIdentifier": identify(name, item, physical, allocations),
        }
        for name, item in adopted.items()
    ]
    return Adoption(as_template(adopted), resources)


def as_template(adopted: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Make a template of these resources: no parameters, conditions or outputs, for an import takes nothing else."""
    attributes = ("Type", "DeletionPolicy", "UpdateReplacePolicy", "Properties")
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "What an earlier stack of Certwright left behind",
        "Resources": {name: {key: item[key] for key in attributes} for name, item in adopted.items()},
    }


def identify(
    name: str, item: Mapping[str, Any], physical: Mapping[str, str], allocations: Mapping[str, str]
) -> dict[str, str]:
    """Say which existing resource it is; raises `CannotAdopt`."""
    if item["Type"] == "AWS::S3::BucketPolicy":  # its own id was the bucket's at some times only
        return {"Bucket": physical[item["Properties"]["Bucket"]["Ref"]]}
    if item["Type"] == "AWS::EC2::EIP":
        address = physical[name]
        if address not in allocations:
            raise CannotAdopt(
                f"{name}, {address}, is not among the addresses of this account and region: was it released?"
            )
        return {"PublicIp": address, "AllocationId": allocations[address]}
    (identifier,) = IDENTIFIED_BY[item["Type"]]
    return {identifier: physical[name]}


def references(value: Any) -> Iterator[str]:
    """Tell the names that a value speaks of, but for those that CloudFormation gives everywhere (AWS::Region)."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            if not name.startswith("AWS::"):
                yield name
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{(?!AWS::)([A-Za-z0-9]+)", text)
        case dict():
            for item in value.values():
                yield from references(item)
        case list():
            for item in value:
                yield from references(item)
        case _:
            return


def read_reply(file: Path, read: Callable[[Any], dict[str, str]]) -> dict[str, str]:
    """Read a file that the AWS CLI wrote; raises `CannotAdopt`."""
    try:
        return read(json.loads(file.read_text()))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise CannotAdopt(f"{file} is not what the AWS CLI prints ({error!r}): see docs/deployment.md") from error


def read_physical_ids(listed: Mapping[str, Any]) -> dict[str, str]:
    """Read the reply of list-stack-resources, or of describe-stack-resources."""
    summaries = listed.get("StackResourceSummaries", listed.get("StackResources", []))
    return {
        item["LogicalResourceId"]: item["PhysicalResourceId"] for item in summaries if item.get("PhysicalResourceId")
    }


def read_allocations(described: Mapping[str, Any]) -> dict[str, str]:
    """Read the reply of describe-addresses: allocation ids by address."""
    return {item["PublicIp"]: item["AllocationId"] for item in described["Addresses"] if "AllocationId" in item}


def next_commands(folder: Path, stack: str) -> str:
    """Tell the commands that import, in order."""
    return f"""\
aws cloudformation create-change-set --stack-name {stack} --change-set-name adopt --change-set-type IMPORT \\
  --template-body 'file://{folder}/template.json' --resources-to-import 'file://{folder}/resources.json'
aws cloudformation wait change-set-create-complete --stack-name {stack} --change-set-name adopt
aws cloudformation execute-change-set --stack-name {stack} --change-set-name adopt
aws cloudformation wait stack-import-complete --stack-name {stack}
sam build && sam deploy"""


def _use(text: str) -> tuple[str, str]:
    name, equals, identifier = text.partition("=")
    if not (name and equals and identifier):
        raise argparse.ArgumentTypeError(f"{text!r} is not LOGICAL=ID, such as CertificatesTable=restored-table")
    return name, identifier


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of the options."""
    parser = argparse.ArgumentParser("python -m tools.adopt", description=__doc__.splitlines()[0])
    parser.add_argument("--resources", type=Path, required=True, metavar="FILE", help="of list-stack-resources")
    parser.add_argument("--addresses", type=Path, required=True, metavar="FILE", help="of ec2 describe-addresses")
    parser.add_argument(
        "--to", type=Path, default=Path(".artifacts/adopt"), metavar="FOLDER", help="for what is written"
    )
    parser.add_argument("--stack", default="certwright", metavar="NAME", help="of the new stack: that of the old one")
    parser.add_argument("--use", type=_use, action="append", default=[], metavar="LOGICAL=ID", help="another one")
    parser.add_argument("--without", action="append", default=[], metavar="LOGICAL", help="what is to be made anew")
    return parser


def main(arguments: list[str]) -> int:
    """Write both files and tell the commands; returns the exit status."""
    given = build_parser().parse_args(arguments)
    try:
        physical = read_reply(given.resources, read_physical_ids) | dict(given.use)
        allocations = read_reply(given.addresses, read_allocations)
        adoption = adopt(load().resources, physical, allocations, frozenset(given.without))
    except CannotAdopt as error:
        print(f"adopt: {error}", file=sys.stderr)
        return 1
    given.to.mkdir(parents=True, exist_ok=True)
    for name, value in (("template", adoption.template), ("resources", adoption.resources)):
        (given.to / f"{name}.json").write_text(json.dumps(value, indent=1) + "\n")
    print(next_commands(given.to, given.stack))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
