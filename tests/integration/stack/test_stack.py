"""The resources that tests and local mode run on are those of the template, with all their properties."""

from pathlib import Path

import pytest

from local.endpoints import Endpoints
from local.stack import Stack, create
from local.template import Template, TemplateError, Values, load, rate_seconds


@pytest.mark.parametrize("table", ["CertificatesTable", "RegistryTable", "AnswersTable", "NodesTable"])
def test_tables_expire_recover_and_are_encrypted_with_our_key(stack: Stack, table: str) -> None:
    """What moto's CloudFormation would drop in silence is made."""
    dynamodb = stack.client("dynamodb")
    name = stack.name(table)

    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    described = dynamodb.describe_table(TableName=name)["Table"]
    assert stack.name("DataKey") in described["SSEDescription"]["KMSMasterKeyArn"]
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_the_indexes_are_sparse_and_named_as_designed(stack: Stack) -> None:
    """`due` and `late` hold keys only; `by_owner` holds whole summaries."""
    described = stack.client("dynamodb").describe_table(TableName=stack.name("CertificatesTable"))["Table"]
    indexes = {
        index["IndexName"]: (
            [key["AttributeName"] for key in index["KeySchema"]],
            index["Projection"]["ProjectionType"],
        )
        for index in described["GlobalSecondaryIndexes"]
    }
    assert indexes == {
        "due": (["due_shard", "due_at"], "KEYS_ONLY"),
        "by_owner": (["owner", "listed_at"], "ALL"),
        "late": (["late_for", "late_at"], "KEYS_ONLY"),
    }


def test_the_bucket_keeps_versions_is_private_and_cleans_up(stack: Stack) -> None:
    """Versioning, public access block, ownership, encryption and lifecycle are as declared."""
    s3 = stack.client("s3")
    name = stack.name("CertificatesBucket")

    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["BucketKeyEnabled"]
    assert stack.name("DataKey") in rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    rules = {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]}
    assert rules["keys-of-unfinished-attempts"]["Expiration"] == {"Days": 30}
    assert rules["keys-of-unfinished-attempts"]["Filter"] == {"Prefix": "pending/"}
    assert rules["replaced-objects"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}


def test_the_queue_hands_failures_to_its_dead_letters(stack: Stack) -> None:
    """Visibility timeout and redrive are as declared."""
    attributes = stack.client("sqs").get_queue_attributes(QueueUrl=stack.name("WorkQueue"), AttributeNames=["All"])
    assert attributes["Attributes"]["VisibilityTimeout"] == "120"
    assert "deadletters" in attributes["Attributes"]["RedrivePolicy"]


def test_the_admin_secret_can_stand_in_a_header(stack: Stack) -> None:
    """It is 43 letters and digits: 256 bits, and nothing to escape."""
    secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.name("AdminTokenSecret"))["SecretString"]
    assert len(secret) == 43
    assert secret.isalnum()


def test_two_stacks_at_one_endpoint_do_not_meet(stack: Stack) -> None:
    """Physical names are new for each stack."""
    other = create(load(), Endpoints())
    assert other.name("NodesTable") != stack.name("NodesTable")
    assert other.name("WorkQueue") != stack.name("WorkQueue")


def test_an_environment_holds_the_names_that_were_made(stack: Stack) -> None:
    """A function's environment resolves to the stack's resources; what is not made here must be given."""
    function = stack.template.functions["IssuanceFunction"]
    given = {"NODE_ADDRESSES": "127.0.0.9", "CHALLENGE_HOST": "challenge.test", "BUCKETS": "never added"}

    environment = stack.environment(function.environment, given)

    assert environment["CERTIFICATES_TABLE"] == stack.name("CertificatesTable")
    assert environment["DATA_KEY_ID"].endswith(f":key/{stack.name('DataKey')}")
    assert environment["NODE_ADDRESSES"] == "127.0.0.9"
    assert "BUCKETS" not in environment
    with pytest.raises(TemplateError, match="AddressA"):
        stack.environment(function.environment, {"CHALLENGE_HOST": "challenge.test"})


def test_a_property_that_is_not_understood_is_an_error(stack: Stack) -> None:
    """Nothing declared is dropped in silence."""
    odd = Template(
        {
            "Resources": {
                "Odd": {
                    "Type": "AWS::SecretsManager::Secret",
                    "Properties": {"GenerateSecretString": {"PasswordLength": 20}, "ReplicaRegions": []},
                }
            }
        }
    )
    with pytest.raises(TemplateError, match="Odd: not understood here: ReplicaRegions"):
        create(odd, Endpoints())


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ({"Ref": "Size"}, "small"),
        ({"Fn::Sub": "a-${Size}-${AWS::Region}"}, "a-small-us-east-1"),
        ({"Fn::Join": [",", ["a", {"Ref": "Size"}]]}, "a,small"),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::If": ["IsSmall", "yes", {"Ref": "Absent"}]}, "yes"),
        ({"Fn::If": ["IsNotSmall", "yes", "no"]}, "no"),
        ({"keep": 1, "drop": {"Ref": "AWS::NoValue"}}, {"keep": 1}),
        ({"Fn::GetAtt": ["Thing", "Arn"]}, "Thing!Arn"),
        ({"Fn::Sub": "${Thing.Arn}/*"}, "Thing!Arn/*"),
    ],
)
def test_intrinsics_resolve_as_cloudformation_does(value: object, resolved: object) -> None:
    """Each intrinsic of the template has its CloudFormation meaning; a branch not taken is not looked at."""

    def made(name: str, attribute: str) -> str:
        assert name == "Thing"
        return f"{name}!{attribute}"

    template = Template(
        {
            "Parameters": {"Size": {"Default": "small"}},
            "Conditions": {
                "IsSmall": {"Fn::Equals": [{"Ref": "Size"}, "small"]},
                "IsNotSmall": {"Fn::Not": [{"Condition": "IsSmall"}]},
            },
            "Resources": {},
        }
    )
    assert Values(template, made).resolve(value) == resolved


def test_short_forms_are_read_as_long_ones(tmp_path: Path) -> None:
    """`!Ref`, `!GetAtt` and nested sequences come out as CloudFormation's JSON has them."""
    file = tmp_path / "template.yaml"
    file.write_text(
        "Resources:\n  A: {Type: T, Properties: {x: !GetAtt B.Arn, y: !Join [',', [!Ref C, !Sub '${D}']]}}\n"
    )
    assert load(file).resources["A"]["Properties"] == {
        "x": {"Fn::GetAtt": ["B", "Arn"]},
        "y": {"Fn::Join": [",", [{"Ref": "C"}, {"Fn::Sub": "${D}"}]]},
    }


def test_an_unknown_parameter_is_refused() -> None:
    """A misspelt parameter is an error, not a default."""
    with pytest.raises(TemplateError, match="AcmeDirectroy"):
        load(parameters={"AcmeDirectroy": "https://ca.test/dir"})


def test_only_rates_are_read_as_schedules() -> None:
    """A cron expression is refused rather than run at some other time."""
    assert rate_seconds("rate(5 minutes)") == 300
    with pytest.raises(TemplateError, match="cron"):
        rate_seconds("cron(0 12 * * ? *)")
