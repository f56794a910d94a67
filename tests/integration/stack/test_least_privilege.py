"""What each role may do with everything there is: exactly what is said here, and nothing else.

Held against the policies of the translated template. That a role may do what its program does is shown where the
program runs (tests/e2e): there every request is judged before it is sent.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from moto import mock_aws

from local.endpoints import Endpoints
from local.needs import BY_S3, KEY_ACTIONS
from local.policies import Access, Statement, is_allowed, several
from local.stack import Stack
from local.template import ACCOUNT, REGION, load
from tests.support.stack import translated

REASONS_FOR_ANY_RESOURCE = {
    ("NodeStartRole", "ecr:GetAuthorizationToken"): "the token is for no repository",
    ("EventsRole", "dynamodb:ListStreams"): "takes no resource",
    ("IssuanceRole", "kms:CreateKey"): "what is made has no ARN before",
}
REASONS_FOR_PATTERNS = {
    ("IssuanceRole", "TagAccountKeys"): "held to keys that are made with the stack's tag",
    ("IssuanceRole", "UseAccountKeys"): "held to keys that bear the stack's tag",
    ("NodeStartRole", "Pull"): "an image of one's own may lie in any repository of the account",
    ("NodeRole", "Code"): "a task that restarts fetches the version it was started with",
}
"""Patterns beyond the parts of a resource of the stack."""

READ = ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem")
WRITE = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem")
PARTITIONS = {
    "CertificatesTable": ("crt_1", "idem#1", "inflight#1"),
    "RegistryTable": (
        *("owners", "owner#1", "zones", "origin#1", "holding#1", "tokens", "cas", "standings"),
        *("account#1", "budget#1", "compromised", "beats"),
    ),
    "AnswersTable": ("shard#0", "zones", "meta"),
    "NodesTable": ("nodes",),
}
INDEXES = ("due", "by_owner", "late")
OBJECTS = ("current/crt_1/bundle.pem", "versions/crt_1/att_1/bundle.pem", "pending/crt_1/att_1/key.pem")
ROLES = sorted(name for name, item in load().resources.items() if item["Type"] == "AWS::IAM::Role")
NOBODY = (
    "dynamodb:Scan",  # would not be held to leading keys
    "dynamodb:PartiQLSelect",
    "dynamodb:DeleteTable",
    "dynamodb:UpdateTable",
    "dynamodb:ExportTableToPointInTime",
    "s3:DeleteObjectVersion",
    "s3:DeleteBucket",
    "s3:PutBucketPolicy",
    "s3:PutLifecycleConfiguration",
    "kms:ScheduleKeyDeletion",
    "kms:PutKeyPolicy",
    "kms:CreateGrant",
    "secretsmanager:PutSecretValue",
    "sqs:PurgeQueue",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "lambda:UpdateFunctionCode",
    "lambda:InvokeFunction",
    "ecs:UpdateService",
    "ec2:ReleaseAddress",
)

MATRIX = """
part                      Api  Dashboard  Keys  Issuance  Renewal  Watch  Events  Node  NodeStart
certificates crt_1        rw   rw         r     rw        -        r      r       -     -
certificates idem#1       rw   rw         r     rw        -        r      r       -     -
certificates inflight#1   rw   rw         r     rw        -        r      r       -     -
certificates by due       r    -          -     -         r        r      -       -     -
certificates by by_owner  r    r          -     r         -        r      -       -     -
certificates by late      -    -          -     -         -        r      -       -     -
certificates stream       -    -          -     -         -        -      r       -     -
registry owners           rw   rw         -     rw        rw       r      -       -     -
registry owner#1          rw   rw         -     rw        -        -      -       -     -
registry zones            rw   rw         -     rw        -        r      -       -     -
registry origin#1         rw   rw         -     rw        -        -      -       -     -
registry holding#1        rw   rw         -     rw        -        -      -       -     -
registry tokens           rw   rw         r     -         rw       -      -       -     -
registry cas              rw   rw         -     rw        rw       -      -       -     -
registry standings        rw   rw         -     rw        rw       -      -       -     -
registry account#1        -    -          -     rw        -        -      -       -     -
registry budget#1         r    r          -     rw        -        -      -       -     -
registry compromised      rw   rw         -     r         -        -      -       -     -
registry beats            r    -          -     -         rw       -      -       -     -
answers shard#0           -    -          -     w         -        -      -       r     -
answers zones             w    w          -     w         -        -      -       r     -
answers meta              w    w          -     w         -        -      -       r     -
nodes nodes               r    r          -     r         -        r      -       w     -
current                   -    -          r     rw        -        -      -       -     -
versions                  -    -          -     rw        -        -      -       -     -
pending                   -    -          -     rw        -        -      -       -     -
key                       w    -          -     rw        -        -      -       -     -
key through s3            w    -          r     rw        -        -      -       -     -
WorkQueue                 w    w          -     rw        w        -      -       -     -
DeadLetters               r    -          -     -         -        -      w       -     -
AdminTokenSecret          -    -          -     -         r        -      -       -     -
SessionKeySecret          -    r          -     -         -        -      -       -     -
bus                       -    -          -     -         -        w      w       -     -
"""
"""Which role may read (r) and write (w) what; with a partition's keys as leading keys, in `current` … the objects."""


def _table(stack: Stack, name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{stack.name(name)}"


def _probes(stack: Stack) -> dict[str, dict[str, list[Access]]]:
    """List every part of what there is, with the accesses that would read (r) and write (w) it."""
    probes: dict[str, dict[str, list[Access]]] = {}
    for table, partitions in PARTITIONS.items():
        arn, label = _table(stack, table), table.removesuffix("Table").lower()
        for key in partitions:
            probes[f"{label} {key}"] = {
                "r": [Access(action, arn, (key,)) for action in READ],
                "w": [Access(action, arn, (key,)) for action in WRITE],
            }
    certificates = _table(stack, "CertificatesTable")
    for index in INDEXES:
        probes[f"certificates by {index}"] = {"r": [Access(READ[1], f"{certificates}/index/{index}", ("any",))]}
    stream = stack.values.attribute(["CertificatesTable", "StreamArn"])
    probes["certificates stream"] = {"r": [Access("dynamodb:GetRecords", stream)]}
    bucket = f"arn:aws:s3:::{stack.name('CertificatesBucket')}"
    for key in OBJECTS:
        objects = f"{bucket}/{key}"
        probes[key.partition("/")[0]] = {
            "r": [Access("s3:GetObject", objects), Access("s3:GetObjectVersion", objects)],
            "w": [Access("s3:PutObject", objects), Access("s3:DeleteObject", objects)],
        }
    key_arn = stack.values.attribute(["DataKey", "Arn"])
    for via in ("", BY_S3):
        probes["key through s3" if via else "key"] = {
            "r": [Access("kms:Decrypt", key_arn, via=via)],
            "w": [Access("kms:Encrypt", key_arn, via=via), Access("kms:GenerateDataKey", key_arn, via=via)],
        }
    for queue in ("WorkQueue", "DeadLetters"):
        arn = stack.values.attribute([queue, "Arn"])
        probes[queue] = {
            "r": [Access("sqs:ReceiveMessage", arn), Access("sqs:DeleteMessage", arn)],
            "w": [Access("sqs:SendMessage", arn)],
        }
    for secret in ("AdminTokenSecret", "SessionKeySecret"):
        probes[secret] = {"r": [Access("secretsmanager:GetSecretValue", stack.name(secret))]}
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    probes["bus"] = {"w": [Access("events:PutEvents", bus)]}
    return probes


def _may(statements: Iterable[Statement], probes: Mapping[str, Mapping[str, list[Access]]]) -> dict[str, str]:
    """Tell what a role may: a letter stands where any access of its kind is allowed."""
    statements = list(statements)
    found = {
        part: "".join(
            kind for kind, accesses in kinds.items() if any(is_allowed(statements, access) for access in accesses)
        )
        for part, kinds in probes.items()
    }
    return {part: letters for part, letters in found.items() if letters}


def _matrix() -> dict[str, dict[str, str]]:
    """Read the matrix, by role."""
    head, *rows = [re.split(r"\s{2,}", line) for line in MATRIX.strip().splitlines()]
    return {
        f"{role}Role": {row[0]: row[at] for row in rows if row[at] != "-"} for at, role in enumerate(head[1:], start=1)
    }


def test_each_role_may_do_what_the_matrix_says_and_nothing_else(stack: Stack) -> None:
    """Of every part of tables, bucket, key, queues, secrets and bus; a right that is added is to be seen here."""
    probes = _probes(stack)
    assert {role: _may(stack.statements(role), probes) for role in ROLES} == _matrix()


def test_no_parameter_lets_a_role_do_more_with_what_the_stack_has(aws_environment: None) -> None:
    """What is granted for zones, a role or a secret of an operator's is for nothing else."""
    parameters = {
        "Route53Zones": "arn:aws:route53:::hostedzone/Z1",
        "OidcClientSecret": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:client",
    }
    by_role = {**parameters, "Route53Role": f"arn:aws:iam::{ACCOUNT}:role/dns"}
    with mock_aws():
        for given in (parameters, by_role):
            stack = Stack(load(parameters=given), Endpoints())
            probes = _probes(stack)
            assert {role: _may(stack.statements(role), probes) for role in ROLES} == _matrix()


def test_what_nobody_needs_nobody_may(stack: Stack) -> None:
    """On no resource of the stack, whoever asks."""
    parts = [access for kinds in _probes(stack).values() for accesses in kinds.values() for access in accesses]
    resources = {access.resource for access in parts} | {"*"}
    allowed = {
        (role, action, resource)
        for role in ROLES
        for action in NOBODY
        for resource in resources
        if is_allowed(stack.statements(role), Access(action, resource, ("*",)))
    }
    assert allowed == set()


def test_no_action_is_a_pattern_and_no_resource_is_any_without_a_reason() -> None:
    """What is granted is written out; a statement about everything is listed above with its reason."""
    granted = [(role, item) for role in ROLES for item in _written(role)]
    assert [(role, item["Action"]) for role, item in granted if "*" in str(item["Action"])] == []
    assert {(role, *item["Action"]) for role, item in granted if item["Resource"] == "*"} == set(
        REASONS_FOR_ANY_RESOURCE
    )


def test_resources_are_those_of_the_stack_or_have_a_reason() -> None:
    """A pattern may stand for parts of a table or bucket of the stack's; one for strangers' things is listed above."""
    strange = {
        (role, item["Sid"])
        for role in ROLES
        for item in _written(role)
        for resource in (item["Resource"] if isinstance(item["Resource"], list) else [item["Resource"]])
        if isinstance(resource, dict) and "*" in str(resource) and not _is_within(resource)
    }
    assert strange == set(REASONS_FOR_PATTERNS)


def test_statements_have_names_of_their_own() -> None:
    """What is noted and reported of a right goes by them."""
    for role in ROLES:
        names = [item["Sid"] for item in _written(role)]
        assert len(set(names)) == len(names), role


def test_the_roles_that_are_enforced_here_are_those_that_are_deployed() -> None:
    """SAM adds none of its policies to them: what the template spells out is what CloudFormation gets."""
    template, resources = load(), translated()["Resources"]
    policies = {name for name, item in resources.items() if item["Type"] == "AWS::IAM::Policy"}
    for name in {*ROLES, *policies}:
        assert resources[name] == template.resources[name]
    assert {name for name, item in resources.items() if item["Type"] == "AWS::IAM::Role"} >= set(ROLES)


def test_the_key_lets_tables_be_used_by_whoever_may_use_them(stack: Stack) -> None:
    """DynamoDB asks the key in the caller's name: without this statement no role could read a table."""
    statements = stack.values.resolve(stack.template.resources["DataKey"]["Properties"]["KeyPolicy"]["Statement"])
    (tables,) = [item for item in statements if item["Sid"] == "TablesForWhoMayUseTheTables"]
    by_dynamodb = f"dynamodb.{REGION}.amazonaws.com"
    assert {"kms:Decrypt", "kms:GenerateDataKey*"} <= set(tables["Action"])
    assert tables["Condition"] == {"StringEquals": {"kms:CallerAccount": ACCOUNT, "kms:ViaService": by_dynamodb}}


@pytest.mark.parametrize("role", ROLES)
def test_who_reads_or_writes_objects_may_have_the_key_do_it(stack: Stack, role: str) -> None:
    """GetObject asks kms:Decrypt, and PutObject kms:GenerateDataKey, through S3 and in the caller's name."""
    statements, key = stack.statements(role), stack.values.attribute(["DataKey", "Arn"])
    for needs, action in KEY_ACTIONS.items():
        if any(needs in several(item["Action"]) for item in statements):
            assert is_allowed(statements, Access(action, key, via=BY_S3)), (role, needs)


def _written(role: str) -> list[dict[str, Any]]:
    """List a role's statements as CloudFormation gets them, those under a condition too."""
    resources = translated()["Resources"]
    attached = [
        item["Properties"]
        for item in resources.values()
        if item["Type"] == "AWS::IAM::Policy" and {"Ref": role} in item["Properties"]["Roles"]
    ]
    return [
        item["Fn::If"][1] if "Fn::If" in item else item
        for policy in [*resources[role]["Properties"]["Policies"], *attached]
        for item in policy["PolicyDocument"]["Statement"]
    ]


def _is_within(resource: Mapping[str, Any]) -> bool:
    """Tell whether a pattern begins with the ARN of a resource of the stack."""
    return str(resource.get("Fn::Sub", "")).startswith("${") and ".Arn}/" in str(resource["Fn::Sub"])
