"""What outlives a change of the template, a failed deployment and the stack."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.recorded.protect import RECORDED, STACK_POLICY, to_text
from tests.support.protected import PROTECTED, describe, differences, replacing_properties, stack_policy
from tests.support.stack import translated

type Resources = dict[str, Any]

KEPT = {
    "DataKey",
    "CertificatesTable",
    "RegistryTable",
    "AnswersTable",
    "NodesTable",
    "CertificatesBucket",
    "CertificatesBucketPolicy",
    "AdminTokenSecret",
    "AddressA",
    "AddressB",
}


def test_a_change_replaces_nothing_that_users_hang_on() -> None:
    """Whoever means to replace it records that with `make protected`, and says in CHANGELOG.md what users must do."""
    assert differences(json.loads(RECORDED.read_text()), describe(translated()["Resources"])) == []


def test_the_recording_is_complete() -> None:
    """Everything that is protected is in the template, and recorded."""
    assert list(json.loads(RECORDED.read_text())) == list(PROTECTED)
    assert set(PROTECTED) <= set(translated()["Resources"])


def test_the_stack_policy_protects_the_same() -> None:
    """CloudFormation refuses what the recording would have shown; `make protected` writes it."""
    assert STACK_POLICY.read_text() == to_text(stack_policy())


def test_data_and_addresses_outlive_the_stack_but_not_a_failed_first_deployment() -> None:
    """Kept when the stack is deleted and when a change replaces them; given back where the stack never came to be."""
    resources = translated()["Resources"]
    for name in KEPT:
        policies = resources[name]["DeletionPolicy"], resources[name]["UpdateReplacePolicy"]
        assert policies == ("RetainExceptOnCreate", "Retain"), name
    others = {name for name, item in resources.items() if str(item.get("DeletionPolicy", "Delete")) != "Delete"} - KEPT
    assert {resources[name]["Type"] for name in others} == {"AWS::Lambda::LayerVersion"}


def rename(resources: Resources) -> None:
    """Give a table a name."""
    resources["CertificatesTable"]["Properties"]["TableName"] = "certificates"


def turn_inside(resources: Resources) -> None:
    """Make the load balancer internal."""
    resources["LoadBalancer"]["Properties"]["Scheme"] = "internal"


def strip(resources: Resources) -> None:
    """Take the load balancer's security group away."""
    del resources["LoadBalancer"]["Properties"]["SecurityGroups"]


def swap(resources: Resources) -> None:
    """Change the order of a table's keys."""
    resources["RegistryTable"]["Properties"]["KeySchema"].reverse()


def retype(resources: Resources) -> None:
    """Make a key a number."""
    resources["NodesTable"]["Properties"]["AttributeDefinitions"][0]["AttributeType"] = "N"


def release(resources: Resources) -> None:
    """Give an address back with the stack."""
    del resources["AddressA"]["DeletionPolicy"]


def lose(resources: Resources) -> None:
    """Rename a logical id."""
    resources["Bucket"] = resources.pop("CertificatesBucket")


def widen(resources: Resources) -> None:
    """Give the network more addresses."""
    resources["Vpc"]["Properties"]["CidrBlock"] = "10.20.0.0/16"


def turn_key(resources: Resources) -> None:
    """Let the key sign."""
    resources["DataKey"]["Properties"]["KeyUsage"] = "SIGN_VERIFY"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (rename, 'CertificatesTable.Properties.TableName was null and is "certificates": the new one is empty'),
        (turn_inside, 'LoadBalancer.Properties.Scheme was "internet-facing" and is "internal": its DNS name changes'),
        (strip, "LoadBalancer.Properties.SecurityGroups was [{"),
        (swap, "RegistryTable.Properties.KeySchema was [{"),
        (retype, 'NodesTable.Properties.type of pk was "S" and is "N"'),
        (release, 'AddressA.DeletionPolicy was "RetainExceptOnCreate" and is null: users\' A records'),
        (lose, "CertificatesBucket is gone or has another name"),
        (widen, 'Vpc.Properties.CidrBlock was "10.20.0.0/24" and is "10.20.0.0/16": everything in it'),
        (turn_key, 'DataKey.Properties.KeyUsage was null and is "SIGN_VERIFY": a new key'),
    ],
)
def test_a_change_that_replaces_is_named_with_what_comes_of_it(change: Callable[[Resources], None], said: str) -> None:
    """One line, which a reviewer needs no CloudFormation to understand."""
    resources = copy.deepcopy(translated()["Resources"])
    before = copy.deepcopy(describe(resources))
    change(resources)
    (line,) = differences(before, describe(resources))
    assert line.startswith(said)


def test_a_new_index_is_no_replacement() -> None:
    """Attributes that are no key of the table may come and go."""
    resources = copy.deepcopy(translated()["Resources"])
    before = copy.deepcopy(describe(resources))
    resources["CertificatesTable"]["Properties"]["AttributeDefinitions"].append(
        {"AttributeName": "new", "AttributeType": "S"}
    )
    assert differences(before, describe(resources)) == []


def test_schemas_are_cloudformations_own() -> None:
    """A few that are known by heart: were the files read wrongly, all the above would hold for nothing."""
    assert replacing_properties("AWS::DynamoDB::Table") == ["ImportSourceSpecification", "KeySchema", "TableName"]
    assert {"Name", "Scheme", "Type"} <= set(replacing_properties("AWS::ElasticLoadBalancingV2::LoadBalancer"))
    assert "BucketName" in replacing_properties("AWS::S3::Bucket")
