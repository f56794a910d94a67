"""Policies are judged as IAM does, for the statements that the template's roles are made of."""

from typing import Any

import pytest

from local.needs import accesses
from local.policies import Access, PolicyError, is_allowed
from local.stack import Stack

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/"


def _allow(action: str, resource: str, **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": [action], "Resource": resource} | (
        {"Condition": condition["condition"]} if condition else {}
    )


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "needed"),
    [
        ("dynamodb", "GetItem", {"TableName": "t", "Key": {"pk": {"S": "k"}}}, [("GetItem", "t", ("k",))]),
        ("dynamodb", "PutItem", {"TableName": "t", "Item": {"pk": {"S": "k"}}}, [("PutItem", "t", ("k",))]),
        ("dynamodb", "Scan", {"TableName": "t"}, [("Scan", "t", ("*",))]),
        (
            "dynamodb",
            "Query",
            {
                "TableName": "t",
                "IndexName": "due",
                "KeyConditionExpression": "#shard = :shard AND due_at <= :now",
                "ExpressionAttributeValues": {":shard": {"S": "due#0"}, ":now": {"N": "1"}},
            },
            [("Query", "t/index/due", ("due#0",))],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "a", "Item": {"pk": {"S": "1"}}}},
                    {"ConditionCheck": {"TableName": "b", "Key": {"pk": {"S": "2"}}}},
                ]
            },
            [("PutItem", "a", ("1",)), ("ConditionCheckItem", "b", ("2",))],
        ),
        (
            "dynamodb",
            "BatchWriteItem",
            {
                "RequestItems": {
                    "t": [{"PutRequest": {"Item": {"pk": {"S": "1"}}}}, {"DeleteRequest": {"Key": {"pk": {"S": "2"}}}}]
                }
            },
            [("BatchWriteItem", "t", ("1",)), ("BatchWriteItem", "t", ("2",))],
        ),
    ],
)
def test_table_requests_need_actions_on_tables_and_keys(
    service: str, operation: str, parameters: dict[str, Any], needed: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    """Each item of a transaction or batch is judged by itself; a Query on an index needs the index."""
    expected = [Access(f"dynamodb:{action}", TABLE + resource, keys) for action, resource, keys in needed]
    assert accesses(service, operation, parameters) == expected


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action", "resource"),
    [
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k/l"}, "s3:GetObject", "arn:aws:s3:::b/k/l"),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k", "VersionId": "1"}, "s3:GetObjectVersion", "arn:aws:s3:::b/k"),
        ("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "p"}, "s3:ListBucket", "arn:aws:s3:::b"),
        (
            "sqs",
            "SendMessageBatch",
            {"QueueUrl": "http://h/1/q"},
            "sqs:SendMessage",
            "arn:aws:sqs:us-east-1:123456789012:q",
        ),
        ("kms", "Decrypt", {"KeyId": "id"}, "kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/id"),
        ("kms", "Encrypt", {"KeyId": "arn:x"}, "kms:Encrypt", "arn:x"),
        ("secretsmanager", "GetSecretValue", {"SecretId": "arn:s"}, "secretsmanager:GetSecretValue", "arn:s"),
        ("sts", "GetCallerIdentity", {}, "sts:GetCallerIdentity", "*"),
    ],
)
def test_other_requests_need_an_action_on_a_resource(
    service: str, operation: str, parameters: dict[str, Any], action: str, resource: str
) -> None:
    """Operations go by their policy names."""
    assert accesses(service, operation, parameters) == [Access(action, resource)]


def test_deleting_many_objects_needs_a_right_on_each() -> None:
    """Every key of DeleteObjects is judged by itself."""
    parameters = {"Bucket": "b", "Delete": {"Objects": [{"Key": "x/1"}, {"Key": "y/2"}]}}
    assert accesses("s3", "DeleteObjects", parameters) == [
        Access("s3:DeleteObject", "arn:aws:s3:::b/x/1"),
        Access("s3:DeleteObject", "arn:aws:s3:::b/y/2"),
    ]


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (_allow("s3:GetObject", "arn:aws:s3:::b/current/*"), True),
        (_allow("s3:GetObject", "arn:aws:s3:::b/pending/*"), False),
        (_allow("s3:PutObject", "arn:aws:s3:::b/current/*"), False),
        (_allow("s3:GetObject", "arn:aws:s3:::b.current*"), False),
    ],
)
def test_action_and_resource_must_both_match(statement: dict[str, Any], allowed: bool) -> None:
    """A star stands for anything, a full stop for itself."""
    assert is_allowed([statement], Access("s3:GetObject", "arn:aws:s3:::b/current/c/bundle.pem")) is allowed


@pytest.mark.parametrize(("keys", "allowed"), [(("zones",), True), (("zones", "shard#1"), False), (("*",), False)])
def test_all_leading_keys_must_be_allowed(keys: tuple[str, ...], allowed: bool) -> None:
    """One partition beyond the condition's is one too many; a Scan touches all."""
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["zones", "meta"]}}
    statement = _allow("dynamodb:Query", "t", condition=condition)
    assert is_allowed([statement], Access("dynamodb:Query", "t", keys)) is allowed


@pytest.mark.parametrize(("keys", "allowed"), [(("owner#a",), True), (("owners",), False), (("account#le",), False)])
def test_leading_keys_may_be_patterns(keys: tuple[str, ...], allowed: bool) -> None:
    """StringLike lets a star stand for the rest of a partition's name."""
    statement = _allow("a", "t", condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["owner#*"]}})
    assert is_allowed([statement], Access("a", "t", keys)) is allowed


def test_a_right_that_holds_through_s3_only_is_none_for_the_function_itself() -> None:
    """functions/keys can't call kms:Decrypt on anything of its own choosing."""
    condition = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    assert not is_allowed([_allow("kms:Decrypt", "k", condition=condition)], Access("kms:Decrypt", "k"))


def test_a_condition_that_is_not_understood_is_an_error() -> None:
    """Guessing would make the proof worthless."""
    statement = _allow("s3:GetObject", "*", condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    with pytest.raises(PolicyError, match="aws:SourceIp"):
        is_allowed([statement], Access("s3:GetObject", "arn:aws:s3:::b/k"))


def test_the_templates_roles_can_be_judged(stack: Stack) -> None:
    """Every statement of every function's role resolves, and means what it should for sample requests."""
    bucket, registry, answers = (
        stack.name("CertificatesBucket"),
        stack.name("RegistryTable"),
        stack.name("AnswersTable"),
    )
    samples = {
        "bundle": Access("s3:GetObject", f"arn:aws:s3:::{bucket}/current/crt_1/bundle.pem"),
        "pending key": Access("s3:GetObject", f"arn:aws:s3:::{bucket}/pending/crt_1/att_1/key.pem"),
        "answer": Access("dynamodb:BatchWriteItem", TABLE + answers, ("shard#3",)),
        "zone": Access("dynamodb:PutItem", TABLE + answers, ("zones",)),
        "account": Access("dynamodb:GetItem", TABLE + registry, ("account#letsencrypt",)),
        "new token": Access("dynamodb:PutItem", TABLE + registry, ("tokens",)),
    }
    allowed = {
        role: {name for name, access in samples.items() if is_allowed(stack.statements(role), access)}
        for role in ("ApiRole", "DashboardRole", "KeysRole", "IssuanceRole", "RenewalRole", "NodeRole")
    }
    assert allowed == {
        "ApiRole": {"zone", "new token"},
        "DashboardRole": {"zone", "new token"},
        "KeysRole": {"bundle"},
        "IssuanceRole": {"bundle", "pending key", "answer", "account"},
        "RenewalRole": {"new token"},
        "NodeRole": set(),
    }
