"""What a deployment is asked, refused and told: the template's parameters, rules and outputs."""

import re
from typing import Any

import pytest

from local.template import Template, Values, load
from tests.support.stack import translated

AGREED = {"TermsAgreed": "true"}
ASKED = translated()["Parameters"]
FORM = translated()["Metadata"]["AWS::CloudFormation::Interface"]
STOCK = "public.ecr.aws/lambda/python"
DIGEST = "@sha256:" + "ab" * 32


def refusals(**parameters: str) -> list[str]:
    """Work out the rules for these parameters as CloudFormation does; returns what it would say."""
    values = Values(Template(translated(), parameters), lambda *_: "")

    def holds(condition: Any) -> bool:
        match condition:
            case {"Fn::Contains": [choices, value]}:
                return values.text(value) in choices
            case _:
                return values.is_true(condition)

    return [
        assertion["AssertDescription"]
        for rule in translated()["Rules"].values()
        if "RuleCondition" not in rule or holds(rule["RuleCondition"])
        for assertion in rule["Assertions"]
        if not holds(assertion["Assert"])
    ]


@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_parameter_can_be_filled_in_without_reading_the_template(name: str) -> None:
    """It says what it is for, and what it must be where it refuses anything; its default is one of what it takes."""
    parameter = ASKED[name]
    assert parameter["Description"].endswith(".")
    assert "Default" in parameter, "`sam deploy` without an answer must mean something"
    if pattern := parameter.get("AllowedPattern"):
        assert parameter["ConstraintDescription"].startswith("must ")
        assert re.fullmatch(pattern, parameter["Default"])
    if choices := parameter.get("AllowedValues"):
        assert parameter["Default"] in choices


def test_the_form_asks_for_every_parameter_once_and_in_groups() -> None:
    """The console shows groups and labels; what is in no group would come last, without a word."""
    grouped = [name for group in FORM["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(ASKED)
    assert sorted(FORM["ParameterLabels"]) == sorted(grouped)
    assert all(label["default"].endswith("?") for label in FORM["ParameterLabels"].values())


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({}, "TermsAgreed must be true"),
        (AGREED | {"ExistingAllocationIds": "eipalloc-a,eipalloc-b"}, "ExistingAllocationIds needs ExistingAddresses"),
        (AGREED | {"ExistingAddresses": "192.0.2.1,192.0.2.2"}, "ExistingAddresses needs ExistingAllocationIds"),
        (AGREED | {"NodeMemory": "4096"}, "With NodeCpu 256"),
        (AGREED | {"NodeCpu": "512"}, "With NodeCpu 512"),
        (AGREED | {"NodeCpu": "1024"}, "With NodeCpu 1024"),
        (AGREED | {"NodeCpu": "2048", "NodeMemory": "2048"}, "With NodeCpu 2048"),
        (AGREED | {"NodeCpu": "4096", "NodeMemory": "4096"}, "With NodeCpu 4096"),
    ],
)
def test_what_can_not_work_is_refused_before_anything_is_made(parameters: dict[str, str], said: str) -> None:
    """In one sentence, which says what would be right."""
    (refusal,) = refusals(**parameters)
    assert refusal.startswith(said)


@pytest.mark.parametrize(
    "parameters",
    [
        AGREED,
        AGREED | {"ExistingAllocationIds": "eipalloc-a,eipalloc-b", "ExistingAddresses": "192.0.2.1,192.0.2.2"},
        AGREED | {"NodeCpu": "512", "NodeMemory": "1024"},
        AGREED | {"NodeCpu": "4096", "NodeMemory": "8192"},
    ],
)
def test_what_can_work_is_not_refused(parameters: dict[str, str]) -> None:
    """The rules hold up nobody else."""
    assert refusals(**parameters) == []


@pytest.mark.parametrize(
    ("image", "is_stock"),
    [
        (f"{STOCK}:3.13-arm64", True),
        (f"{STOCK}:3.13-arm64{DIGEST}", True),
        (f"{STOCK}{DIGEST}", True),
        (f"{STOCK}:3.13.2026.11.20.09-arm64", True),
        (f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/dnsnode:1{DIGEST}", False),
        ("public.ecr.aws/lambda/python-other:1", False),
        ("registry.example.net:5000/dnsnode", False),
    ],
)
def test_a_stock_image_fetches_the_code_however_it_is_named(image: str, is_stock: bool) -> None:
    """By tag, by digest or by both; every other image is run as it is."""
    template = Template(translated(), {"NodeImage": image})
    assert Values(template, lambda *_: "").is_true(template.conditions["UsesStockImage"]) is is_stock


def test_all_tasks_of_a_deployment_run_the_same_image() -> None:
    """ECS resolves the tag once, so that a task which starts months later is no other program."""
    (container,) = translated()["Resources"]["NodeTask"]["Properties"]["ContainerDefinitions"]
    assert container["VersionConsistency"] == "enabled"


def test_the_outputs_tell_what_comes_next() -> None:
    """Where API and dashboard are, what records point at, and how to get the admin token."""
    outputs = translated()["Outputs"]
    assert {"ApiUrl", "DashboardUrl", "NodeAddresses", "ChallengeHost", "AdminTokenCommand"} <= set(outputs)
    assert all(output["Description"] for output in outputs.values())
    command = outputs["AdminTokenCommand"]["Value"]["Fn::Sub"]
    assert command.startswith('echo "cw_admin_$(aws secretsmanager get-secret-value --region ${AWS::Region}')


def test_guided_deployment_asks_of_no_route_whether_it_may_be_open() -> None:
    """It would ask once for each, and give up at the first no, which is what it proposes; handlers authenticate."""
    document = load().resources
    (api,) = [item for item in document.values() if item["Type"] == "AWS::Serverless::HttpApi"]
    assert api["Properties"]["Auth"] == {"EnableIamAuthorizer": False}
    body = translated()["Resources"]["HttpApi"]["Properties"]["Body"]
    assert "securitySchemes" not in body.get("components", {})
