"""tools/adopt.py: a new stack takes over what a deleted one left behind."""

import json
import re
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from local.stack import Stack
from local.template import ACCOUNT, REGION, load
from tests.support.protected import identifiers
from tests.support.stack import aws_environment, stack, translated
from tools.adopt import (
    IDENTIFIED_BY,
    KEPT_POLICY,
    LARGEST_BODY,
    CannotAdopt,
    adopt,
    as_template,
    kept_resources,
    main,
    read_physical_ids,
    references,
)

__all__ = ["aws_environment", "stack"]

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:admin-AbCdEf"
PHYSICAL = {
    "AddressA": "192.0.2.1",
    "AddressB": "192.0.2.2",
    "AdminTokenSecret": SECRET,
    "AnswersTable": "certwright-AnswersTable-1",
    "CertificatesBucket": "certwright-certificatesbucket-1",
    "CertificatesBucketPolicy": "certwright-CertificatesBucketPolicy-ABCDEF",
    "CertificatesTable": "certwright-CertificatesTable-1",
    "DataKey": "0b3c7a52-5b1f-4f6e-9d3e-2f6a1c7d8e90",
    "NodesTable": "certwright-NodesTable-1",
    "RegistryTable": "certwright-RegistryTable-1",
}
ALLOCATIONS = {"192.0.2.1": "eipalloc-0a", "192.0.2.2": "eipalloc-0b"}
RESOURCES = load().resources


def by_name(adoption: Any) -> dict[str, dict[str, str]]:
    """The identifier of each adopted resource."""
    return {item["LogicalResourceId"]: item["ResourceIdentifier"] for item in adoption.resources}


def test_all_that_is_kept_is_adopted() -> None:
    """What outlived the stack, by the properties that CloudFormation identifies each type by."""
    found = by_name(adopt(RESOURCES, PHYSICAL, ALLOCATIONS))
    kept = {name for name, item in translated()["Resources"].items() if item.get("DeletionPolicy") == KEPT_POLICY}
    assert set(found) == kept == set(PHYSICAL)
    assert found["AddressA"] == {"PublicIp": "192.0.2.1", "AllocationId": "eipalloc-0a"}
    assert found["CertificatesBucketPolicy"] == {"Bucket": "certwright-certificatesbucket-1"}
    assert found["AdminTokenSecret"] == {"Id": SECRET}


def test_identifiers_are_cloudformations_own() -> None:
    """As the schema of each type has them; a new kept type needs its line."""
    kept = kept_resources(RESOURCES)
    assert {item["Type"] for item in kept.values()} == set(IDENTIFIED_BY)
    for resource_type, properties in IDENTIFIED_BY.items():
        assert sorted(properties) == sorted(identifiers(resource_type))


def test_the_template_is_what_an_import_takes() -> None:
    """Resources alone, each with a deletion policy, speaking of nothing else; as the next deployment has them."""
    template = adopt(RESOURCES, PHYSICAL, ALLOCATIONS).template
    assert set(template) == {"AWSTemplateFormatVersion", "Description", "Resources"}
    assert set(references(template)) <= set(template["Resources"])
    for name, item in template["Resources"].items():
        assert item["DeletionPolicy"] == KEPT_POLICY
        assert item["Properties"] == translated()["Resources"][name]["Properties"], "the deployment would change it"
    assert len(json.dumps(template, indent=1)) < LARGEST_BODY


def test_aws_takes_the_request(aws_environment: None) -> None:
    """The request has the form that the service's own description gives it."""
    adoption = adopt(RESOURCES, PHYSICAL, ALLOCATIONS)
    client = boto3.client("cloudformation", region_name=REGION)
    request: dict[str, Any] = {
        "StackName": "certwright",
        "ChangeSetName": "adopt",
        "ChangeSetType": "IMPORT",
        "TemplateBody": json.dumps(adoption.template),
        "ResourcesToImport": adoption.resources,
    }
    with Stubber(client) as stub:
        stub.add_response("create_change_set", {}, request)
        client.create_change_set(**request)


def test_addresses_of_ones_own_are_not_the_stacks() -> None:
    """Deployed with ExistingAllocationIds, there were none to keep."""
    own = {name: value for name, value in PHYSICAL.items() if not name.startswith("Address")}
    assert set(by_name(adopt(RESOURCES, own, {}))) == set(own)


@pytest.mark.parametrize(
    ("changed", "without", "said"),
    [
        (
            {"RegistryTable": None},
            set(),
            "not among the resources: RegistryTable. Name each with --use RegistryTable=ID",
        ),
        ({"AddressA": "192.0.2.9"}, set(), "AddressA, 192.0.2.9, is not among the addresses"),
        ({}, {"DataKey"}, "CertificatesTable needs DataKey"),
        ({}, {"CertificatesBucket"}, "CertificatesBucketPolicy needs CertificatesBucket"),
    ],
)
def test_what_can_not_be_adopted_is_named(changed: dict[str, str | None], without: set[str], said: str) -> None:
    """Nothing is left out in silence: what is not adopted would be made anew, empty."""
    physical = {name: value for name, value in {**PHYSICAL, **changed}.items() if value is not None}
    with pytest.raises(CannotAdopt, match=re.escape(said)):
        adopt(RESOURCES, physical, ALLOCATIONS, frozenset(without))


def test_what_is_left_out_on_purpose_is_made_anew() -> None:
    """A table that is lost need not hold up the rest."""
    assert "NodesTable" not in by_name(adopt(RESOURCES, PHYSICAL, ALLOCATIONS, frozenset({"NodesTable"})))


def test_references_are_found_in_every_form() -> None:
    """Else something would be imported that speaks of what is not there."""
    value = [
        {"Ref": "A"},
        {"Fn::GetAtt": ["B", "Arn"]},
        {"Fn::Sub": "${C.Arn}/${AWS::Region}/${D}"},
        {"Ref": "AWS::Region"},
    ]
    assert list(references(value)) == ["A", "B", "C", "D"]


def test_deletion_policies_come_along() -> None:
    """A resource that is imported without one is refused."""
    template = as_template({"A": {"Type": "T", "DeletionPolicy": "D", "UpdateReplacePolicy": "U", "Properties": {}}})
    assert template["Resources"]["A"]["DeletionPolicy"] == "D"


class TestCommand:
    """The program on files as the AWS CLI prints them."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> Path:
        """Write both replies, the first as of a deleted stack."""
        summaries = [
            {"LogicalResourceId": name, "PhysicalResourceId": identifier, "ResourceStatus": "DELETE_SKIPPED"}
            for name, identifier in PHYSICAL.items()
        ]
        gone = {"LogicalResourceId": "Vpc", "ResourceStatus": "DELETE_COMPLETE"}
        (tmp_path / "resources.json").write_text(json.dumps({"StackResourceSummaries": [*summaries, gone]}))
        described = [{"PublicIp": address, "AllocationId": found} for address, found in ALLOCATIONS.items()]
        (tmp_path / "addresses.json").write_text(json.dumps({"Addresses": [*described, {"PublicIp": "192.0.2.77"}]}))
        return tmp_path

    def run(self, files: Path, *more: str) -> int:
        """Run it."""
        given = ["--resources", str(files / "resources.json"), "--addresses", str(files / "addresses.json")]
        return main([*given, "--to", str(files / "adopt"), *more])

    def test_it_writes_both_files_and_tells_what_to_do(self, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The commands name the files and the stack."""
        assert self.run(files, "--stack", "mine", "--use", "CertificatesTable=restored") == 0
        said = capsys.readouterr().out
        assert f"--template-body 'file://{files}/adopt/template.json'" in said
        assert said.count("--stack-name mine") == 4
        resources = json.loads((files / "adopt/resources.json").read_text())
        assert {"TableName": "restored"} in [item["ResourceIdentifier"] for item in resources]
        assert set(json.loads((files / "adopt/template.json").read_text())["Resources"]) == set(PHYSICAL)

    def test_it_says_what_it_lacks(self, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """One line, and nothing written."""
        (files / "resources.json").write_text('{"StackResourceSummaries": []}')
        assert self.run(files) == 1
        assert capsys.readouterr().err.startswith("adopt: not among the resources: DataKey, CertificatesTable")
        assert not (files / "adopt").exists()

    @pytest.mark.parametrize("text", ["", "[]", "{"])
    def test_a_file_that_is_something_else_is_named(
        self, files: Path, capsys: pytest.CaptureFixture[str], text: str
    ) -> None:
        """An interrupted download, for example."""
        (files / "addresses.json").write_text(text)
        assert self.run(files) == 1
        assert capsys.readouterr().err.startswith(f"adopt: {files}/addresses.json is not what the AWS CLI prints (")


def test_what_is_adopted_is_what_was_left(stack: Stack) -> None:
    """Each identifier names a resource that a stack made, for those types that can be made here."""
    made = {name: stack.name(name) for name in kept_resources(RESOURCES) if name in PHYSICAL and _can_be_made(name)}
    found = by_name(adopt(RESOURCES, PHYSICAL | made, ALLOCATIONS))
    for name in made:
        if "TableName" in found[name]:
            stack.client("dynamodb").describe_table(**found[name])
        elif "KeyId" in found[name]:
            stack.client("kms").describe_key(**found[name])
        elif "BucketName" in found[name]:
            stack.client("s3").head_bucket(Bucket=found[name]["BucketName"])
        else:
            stack.client("secretsmanager").describe_secret(SecretId=found[name]["Id"])
    assert len(made) == 7


def _can_be_made(name: str) -> bool:
    return RESOURCES[name]["Type"] not in {"AWS::EC2::EIP", "AWS::S3::BucketPolicy"}


def test_ids_are_read_from_either_reply() -> None:
    """A stack that still stands may be asked with describe-stack-resources."""
    item = {"LogicalResourceId": "DataKey", "PhysicalResourceId": "k"}
    assert read_physical_ids({"StackResources": [item]}) == read_physical_ids({"StackResourceSummaries": [item]})
