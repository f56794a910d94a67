"""Make the tables, the bucket, the queues, the key and the secret of template.yaml at an AWS endpoint.

Every property is passed on by its own API call, and one that is not understood is an error. moto's CloudFormation
would take less code but drops what it doesn't know in silence (TTL, recovery, encryption, versioning, public access,
lifecycle) and takes seconds. Networks, load balancers, roles and functions are not made: nothing here runs on them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.endpoints import Endpoints
from local.errors import LocalError
from local.roles import Role
from local.template import ACCOUNT, REGION, Template, TemplateError, Values

# moto takes any credentials, but boto3 wants some.
ACCESS_KEY = "local"


class EndpointError(LocalError):
    """The AWS endpoint refuses or can't be reached."""


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that was made: what `Ref` gives, and its attributes."""

    reference: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class Stack:
    """The resources of one template at given endpoints, with names of their own, so that stacks don't meet."""

    def __init__(self, template: Template, endpoints: Endpoints) -> None:
        self.template = template
        self.values = Values(template, self._value)
        self._endpoints = endpoints
        self._suffix = uuid4().hex[:8]
        self._made: dict[str, Made] = {}

    def create(self) -> None:
        """Make every resource of a type in `MAKERS`, those first that others refer to; without it, those asked for."""
        for name, resource in self.template.resources.items():
            if resource["Type"] in MAKERS:
                self._resource(name)

    def name(self, logical_id: str) -> str:
        """The physical name (a queue's URL, a secret's ARN) of a resource."""
        return self._resource(logical_id).reference

    def environment(self, variables: Mapping[str, Any], overrides: Mapping[str, str]) -> dict[str, str]:
        """Resolve an environment; an override replaces a variable that is there, and never adds one."""
        return {
            name: overrides[name] if name in overrides else self.values.text(value) for name, value in variables.items()
        }

    def role(self, name: str, use_log: str = "") -> Role:
        """A role as processes here are held to it (`local.roles`)."""
        return Role(name, self.statements(name), self._value("DataKey", "Arn"), use_log)

    def statements(self, role: str) -> list[dict[str, Any]]:
        """A role's statements with the resources' ARNs in them; without those on logs, which are not made here."""
        wanted = [item for item in self.template.statements(role, self.values) if not _is_on_logs(item)]
        return [found for item in wanted if (found := self.values.resolve(item)) is not None]

    def client(self, service: str) -> Any:
        """A client of the stack's endpoint."""
        return client(service, self._endpoints.of(service))

    def physical_name(self, logical_id: str) -> str:
        """A new name, allowed for buckets too."""
        return f"certwright-{logical_id}-{self._suffix}".lower()

    def _value(self, logical_id: str, attribute: str) -> str:
        made = self._resource(logical_id)
        if not attribute:
            return made.reference
        if attribute not in made.attributes:
            raise TemplateError(f"{logical_id}.{attribute} is not known here")
        return made.attributes[attribute]

    def _resource(self, logical_id: str) -> Made:
        if logical_id not in self._made:
            resource = self.template.resources[logical_id]
            if resource["Type"] not in MAKERS:
                raise TemplateError(f"{logical_id} ({resource['Type']}) is not made here: give the value instead")
            properties = _Properties(logical_id, self.values.resolve(resource.get("Properties", {})))
            self._made[logical_id] = MAKERS[resource["Type"]](self, logical_id, properties)
            properties.finish()
        return self._made[logical_id]


def _is_on_logs(statement: Mapping[str, Any]) -> bool:
    return all(action.startswith("logs:") for action in statement.get("Action", [""]))


class _Properties:
    """A resource's properties, each to be taken: what is left over was not understood."""

    def __init__(self, logical_id: str, properties: dict[str, Any]) -> None:
        self._logical_id = logical_id
        self._left = dict(properties)

    def take(self, name: str, default: Any = None) -> Any:
        return self._left.pop(name, default)

    def take_all(self) -> dict[str, Any]:
        taken, self._left = self._left, {}
        return taken

    def finish(self) -> None:
        if self._left:
            raise TemplateError(f"{self._logical_id}: not understood here: {', '.join(sorted(self._left))}")


def create(template: Template, endpoints: Endpoints) -> Stack:
    """Make all resources; raises `EndpointError` when an endpoint refuses or can't be reached."""
    stack = Stack(template, endpoints)
    try:
        stack.create()
    except (BotoCoreError, ClientError) as error:
        raise EndpointError(f"The AWS endpoint {endpoints} can't be used: {error}") from error
    return stack


@cache
def client(service: str, endpoint: str | None) -> Any:
    """A client of the endpoint, made once; without an endpoint, boto3's own."""
    return new_client(service, endpoint)


def new_client(service: str, endpoint: str | None) -> Any:
    """A client that nobody else has."""
    session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
    return session.client(service, endpoint_url=endpoint)  # type: ignore[call-overload]


def _make_key(stack: Stack, logical_id: str, properties: _Properties) -> Made:
    kms = stack.client("kms")
    metadata = kms.create_key(
        Description=properties.take("Description", logical_id), Policy=json.dumps(properties.take("KeyPolicy"))
    )["KeyMetadata"]
    if properties.take("EnableKeyRotation"):
        kms.enable_key_rotation(KeyId=metadata["KeyId"])
    return Made(metadata["KeyId"], {"Arn": metadata["Arn"]})


def _make_table(stack: Stack, logical_id: str, properties: _Properties) -> Made:
    dynamodb = stack.client("dynamodb")
    name = stack.physical_name(logical_id)
    expiry = properties.take("TimeToLiveSpecification")
    recovery = properties.take("PointInTimeRecoverySpecification")
    encryption = properties.take("SSESpecification")
    encryption["Enabled"] = encryption.pop("SSEEnabled")
    stream = properties.take("StreamSpecification")
    streaming = {"StreamSpecification": {"StreamEnabled": True, **stream}} if stream else {}
    table = dynamodb.create_table(TableName=name, SSESpecification=encryption, **streaming, **properties.take_all())
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
    _set_recovery(dynamodb, name, recovery)
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
    return Made(name, {"Arn": arn, "StreamArn": table["TableDescription"].get("LatestStreamArn", "")})


def _set_recovery(dynamodb: Any, name: str, recovery: dict[str, Any]) -> None:
    """Ask for backups, which DynamoDB Local has none of."""
    try:
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    except ClientError as error:
        if error.response["Error"]["Code"] != "UnknownOperationException":
            raise


def _make_bucket(stack: Stack, logical_id: str, properties: _Properties) -> Made:
    s3 = stack.client("s3")
    name = stack.physical_name(logical_id)
    s3.create_bucket(Bucket=name, ObjectOwnership=properties.take("OwnershipControls")["Rules"][0]["ObjectOwnership"])
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties.take("VersioningConfiguration"))
    (encryption,) = properties.take("BucketEncryption")["ServerSideEncryptionConfiguration"]
    rule = {
        "ApplyServerSideEncryptionByDefault": encryption["ServerSideEncryptionByDefault"],
        "BucketKeyEnabled": encryption["BucketKeyEnabled"],
    }
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_public_access_block(
        Bucket=name, PublicAccessBlockConfiguration=properties.take("PublicAccessBlockConfiguration")
    )
    rules = [_lifecycle_rule(rule) for rule in properties.take("LifecycleConfiguration")["Rules"]]
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    return Made(name, {"Arn": f"arn:aws:s3:::{name}"})


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Say a rule of CloudFormation's in the API's words."""
    said = {"ID": rule["Id"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "ExpirationInDays" in rule:
        said["Expiration"] = {"Days": rule["ExpirationInDays"]}
    return said | {key: value for key, value in rule.items() if key not in {"Id", "Prefix", "ExpirationInDays"}}


def _make_queue(stack: Stack, logical_id: str, properties: _Properties) -> Made:
    sqs = stack.client("sqs")
    attributes = {
        name: json.dumps(value) if isinstance(value, dict) else stack.values.text(value)
        for name, value in properties.take_all().items()
    }
    url = sqs.create_queue(QueueName=stack.physical_name(logical_id), Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return Made(url, {"Arn": arn, "QueueName": arn.rpartition(":")[2]})


def _make_secret(stack: Stack, logical_id: str, properties: _Properties) -> Made:
    secrets = stack.client("secretsmanager")
    value = secrets.get_random_password(**properties.take("GenerateSecretString"))["RandomPassword"]
    secret = secrets.create_secret(
        Name=stack.physical_name(logical_id), Description=properties.take("Description", ""), SecretString=value
    )
    return Made(secret["ARN"])


MAKERS: dict[str, Callable[[Stack, str, _Properties], Made]] = {
    "AWS::KMS::Key": _make_key,
    "AWS::DynamoDB::Table": _make_table,
    "AWS::S3::Bucket": _make_bucket,
    "AWS::SQS::Queue": _make_queue,
    "AWS::SecretsManager::Secret": _make_secret,
}
