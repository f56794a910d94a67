"""What template.yaml says of the things that no local endpoint enforces, read as CloudFormation gets it."""

import json
import re
from typing import Any

import pytest

from certwright.settings import Settings
from dnsnode.pool import SILENT_SECONDS, TELL_SECONDS
from dnsnode.settings import build_parser
from dnsnode.source import CONNECT_SECONDS, READ_SECONDS
from local.template import TEMPLATE, load
from tests.support.stack import translated
from tests.support.update_numbers import SENT_AFTER_DEREGISTRATION, SENT_AFTER_FAILED_CHECKS, read_target_group

TABLES = ("CertificatesTable", "RegistryTable", "AnswersTable", "NodesTable")
# Variables of libraries and of the runtime, not settings of ours.
NOT_SETTINGS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "LOG_LEVEL"}


def _resource(name: str) -> dict[str, Any]:
    resource: dict[str, Any] = translated()["Resources"][name]
    return resource


def _properties(name: str) -> dict[str, Any]:
    properties: dict[str, Any] = _resource(name)["Properties"]
    return properties


def _statements(role: str) -> list[dict[str, Any]]:
    (policy,) = _properties(role)["Policies"]
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return [item["Fn::If"][1] if "Fn::If" in item else item for item in statements]


def _actions(role: str) -> set[str]:
    return {action for statement in _statements(role) for action in statement["Action"]}


def _statements_on(role: str, resource: str) -> list[dict[str, Any]]:
    return [statement for statement in _statements(role) if resource in json.dumps(statement["Resource"])]


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_recoverable_encrypted_and_expire(name: str) -> None:
    """Point-in-time recovery, our own key and the TTL attribute are on for every table."""
    table = _properties(name)
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "DataKey"}}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert "TableName" not in table


def test_the_bucket_speaks_tls_only() -> None:
    """A request without TLS is denied, whoever sends it."""
    (statement,) = _properties("CertificatesBucketPolicy")["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == "*"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_bucket_is_private_and_versioned() -> None:
    """No public access of any kind, no ACLs, versions kept, our key with a bucket key."""
    bucket = _properties("CertificatesBucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_the_times_of_function_lease_and_queue_are_ordered() -> None:
    """Function timeout 60 s < lease 90 s < visibility timeout 120 s."""
    assert _properties("IssuanceFunction")["Timeout"] == 60
    assert _properties("WorkQueue")["VisibilityTimeout"] == 120


def test_one_message_is_one_invocation() -> None:
    """Batch size 1, failures reported one by one, and a limit that needs no reserved concurrency."""
    mapping = _properties("IssuanceFunctionWork")
    assert mapping["BatchSize"] == 1
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2
    assert "ReservedConcurrentExecutions" not in _properties("IssuanceFunction")
    assert _properties("WorkQueue")["RedrivePolicy"]["maxReceiveCount"] == 5


def test_renewal_looks_every_minute() -> None:
    """The schedule is EventBridge Scheduler's, and its retry is the next minute."""
    schedule = _properties("RenewalFunctionEveryMinute")
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 0}


def test_every_function_has_a_role_of_its_own_and_no_managed_policy() -> None:
    """Nothing is granted but what the template spells out."""
    resources = translated()["Resources"]
    functions = {name: item for name, item in resources.items() if item["Type"] == "AWS::Lambda::Function"}
    roles = {name: item["Properties"]["Role"]["Fn::GetAtt"][0] for name, item in functions.items()}
    assert len(set(roles.values())) == len(functions) == 7
    assert not [name for name, item in resources.items() if item.get("Properties", {}).get("ManagedPolicyArns")]


def test_the_api_can_read_no_key() -> None:
    """The API's role has no right to objects; what it may encrypt, it can't decrypt."""
    secret = [action for action in _actions("ApiRole") if action.startswith(("s3:", "kms:", "secretsmanager:"))]
    assert secret == ["kms:Encrypt"]


def test_the_dashboard_can_read_no_key_of_a_certificate() -> None:
    """Its role has no right to objects or to their key; it reads what signs sessions, and its own client's secret."""
    assert not [action for action in _actions("DashboardRole") if action.startswith(("s3:", "kms:"))]
    secrets = [item for item in _statements("DashboardRole") if "secretsmanager:GetSecretValue" in item["Action"]]
    assert [item["Resource"]["Ref"] for item in secrets] == ["SessionKeySecret", "OidcClientSecret"]


def test_the_api_writes_zones_but_no_answers() -> None:
    """In the answers table the API is held to the partitions of the zones and of the generations."""
    (statement,) = _statements_on("ApiRole", "AnswersTable")
    assert statement["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["zones", "meta"]}}


def test_the_key_reader_changes_nothing_but_may_decrypt() -> None:
    """functions/keys reads current and versions, not the keys of unfinished attempts; SSE-KMS needs kms:Decrypt."""
    assert {"s3:GetObject", "kms:Decrypt"} <= _actions("KeysRole")
    assert not [
        action
        for action in _actions("KeysRole")
        if re.search("Put|Update|Delete|Send", action) and "logs" not in action
    ]
    (objects,) = [item for item in _statements("KeysRole") if item["Action"] == ["s3:GetObject"]]
    assert "pending" not in json.dumps(objects)


def test_issuance_may_write_what_it_encrypts() -> None:
    """PutObject and GetObject under our key need GenerateDataKey and Decrypt."""
    assert {"s3:PutObject", "kms:GenerateDataKey", "kms:Decrypt", "kms:Encrypt"} <= _actions("IssuanceRole")


def test_renewal_sees_what_is_due_and_nothing_else_of_certificates() -> None:
    """It queries the index `due`, never the table."""
    (statement,) = _statements_on("RenewalRole", "CertificatesTable")
    assert statement["Action"] == ["dynamodb:Query"]
    assert statement["Resource"] == {"Fn::Sub": "${CertificatesTable.Arn}/index/due"}


def test_the_watch_changes_nothing() -> None:
    """What alarms go by must not be able to do harm; beside reading it may announce."""
    actions = {action for action in _actions("WatchRole") if not action.startswith("logs:")}
    assert actions == {"dynamodb:Query", "dynamodb:GetItem", "events:PutEvents"}


def test_every_change_of_state_is_announced() -> None:
    """The stream shows new events, in order; what can't be announced ends in the dead letters, and holds up nothing."""
    assert _properties("CertificatesTable")["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    mapping = _properties("EventsFunctionChanges")
    assert mapping["StartingPosition"] == "TRIM_HORIZON", "a deployment that changes the mapping must skip nothing"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"]
    assert mapping["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": ["DeadLetters", "Arn"]}}}


def test_the_node_only_reads_answers_and_writes_its_own_rows() -> None:
    """A node that is taken over can change no answer."""
    (answers,) = _statements_on("NodeRole", "AnswersTable")
    assert set(answers["Action"]) == {"dynamodb:GetItem", "dynamodb:Query"}
    (rows,) = _statements_on("NodeRole", "NodesTable")
    assert rows["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["nodes"]}}


def test_the_key_serves_the_tables_for_whoever_may_use_them_and_nothing_else() -> None:
    """The key policy's open statement holds only through DynamoDB, and only in this account."""
    (_, tables) = _properties("DataKey")["KeyPolicy"]["Statement"]
    condition = tables["Condition"]["StringEquals"]
    assert condition["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
    assert condition["kms:ViaService"]["Fn::Sub"].startswith("dynamodb.")


def test_variables_are_those_that_settings_read() -> None:
    """Every variable of every function is a field of Settings, and every field is given to some function."""
    settings = {name.upper() for name in Settings.__dataclass_fields__}
    given = {name for function in load().functions.values() for name in function.environment} - NOT_SETTINGS
    assert given == settings


def test_whoever_may_store_the_deployments_own_ca_account_knows_all_of_it() -> None:
    """A change of one thing must not take the contact away, nor the agreement to the terms."""
    template = load()
    for name in ("ApiFunction", "DashboardFunction", "IssuanceFunction"):
        assert {"ACME_DIRECTORY", "ACME_CONTACT", "ACME_TERMS_AGREED"} <= template.functions[name].environment.keys()


def test_no_route_has_an_authorizer() -> None:
    """Handlers authenticate: a cached allow would cross routes and outlive revocation."""
    body = _properties("HttpApi")["Body"]
    operations = [operation for path in body["paths"].values() for operation in path.values()]
    assert len(operations) == len(load().routes)
    assert not [operation for operation in operations if operation.get("security")]


def test_only_the_key_reader_serves_bundles() -> None:
    """The one route that hands out private keys goes to the one function that may read them."""
    served = {(route.function, route.path) for route in load().routes if route.path.endswith("/bundle")}
    assert served == {("KeysFunction", "/v1/certificates/{id}/bundle")}
    assert {route.path for route in load().routes if route.function == "KeysFunction"} == {path for _, path in served}


def test_the_load_balancer_keeps_its_addresses_and_serves_across_zones() -> None:
    """A security group from creation, an Elastic IP in each zone, cross-zone on."""
    balancer = _properties("LoadBalancer")
    assert balancer["Type"] == "network"
    assert balancer["SecurityGroups"] == [{"Ref": "LoadBalancerSecurityGroup"}]
    assert [set(mapping) for mapping in balancer["SubnetMappings"]] == [{"SubnetId", "AllocationId"}] * 2
    assert {"Key": "load_balancing.cross_zone.enabled", "Value": "true"} in balancer["LoadBalancerAttributes"]


@pytest.mark.parametrize("name", ["DnsTargets", "HttpTargets"])
def test_nodes_are_checked_on_their_private_port(name: str) -> None:
    """Health is asked over HTTP on 8081, never on a port that the Internet reaches."""
    targets = _properties(name)
    assert (targets["HealthCheckProtocol"], targets["HealthCheckPort"]) == ("HTTP", "8081")
    assert targets["HealthCheckPath"] == "/health"


def test_http_targets_see_client_addresses() -> None:
    """It is off by default for TCP targets given by address."""
    assert {"Key": "preserve_client_ip.enabled", "Value": "true"} in _properties("HttpTargets")["TargetGroupAttributes"]


@pytest.mark.parametrize("name", ["DnsTargets", "HttpTargets"])
def test_a_node_serves_until_nothing_is_sent_to_it(name: str) -> None:
    """Deregistered before it is stopped, it has that long; told to stop without, its failing health takes it out."""
    targets = _properties(name)
    attributes = {item["Key"]: item["Value"] for item in targets["TargetGroupAttributes"]}
    assert attributes["deregistration_delay.connection_termination.enabled"] == "true"
    assert int(attributes["deregistration_delay.timeout_seconds"]) >= SENT_AFTER_DEREGISTRATION
    drain = float(load().container_environment("NodeTask")["NODE_DRAIN_SECONDS"])
    seconds_to_find_out = targets["HealthCheckIntervalSeconds"] * targets["UnhealthyThresholdCount"]
    assert drain >= seconds_to_find_out + SENT_AFTER_FAILED_CHECKS + 20


def test_a_node_is_taken_in_and_out_alike_for_dns_and_http() -> None:
    """What is proved of the one group of targets holds for the other."""
    assert read_target_group("DnsTargets") == read_target_group("HttpTargets")


def test_a_node_has_drained_and_is_gone_before_it_is_killed() -> None:
    """After the drain there is time to end workers, write the last metrics and delete the row."""
    (container,) = _properties("NodeTask")["ContainerDefinitions"]
    drain = float(load().container_environment("NodeTask")["NODE_DRAIN_SECONDS"])
    seconds_to_stop = 2 * SILENT_SECONDS + 2 * (CONNECT_SECONDS + READ_SECONDS) + TELL_SECONDS  # workers, rows, metrics
    assert drain + seconds_to_stop <= container["StopTimeout"] <= 120


def test_a_log_that_is_stuck_stops_no_node() -> None:
    """Blocking delivery, the driver's other mode, would."""
    (container,) = _properties("NodeTask")["ContainerDefinitions"]
    assert container["LogConfiguration"]["Options"]["mode"] == "non-blocking"


def test_variables_of_the_node_are_those_that_it_reads() -> None:
    """A variable that nobody reads would be a setting without effect."""
    variables = set(load().container_environment("NodeTask")) - {"CODE_LAYERS"}
    assert variables <= set(re.findall(r"[(]([A-Z_]{3,});", build_parser({}).format_help()))


def test_a_port_is_mapped_once() -> None:
    """ECS refuses two mappings of one container port, even for UDP and TCP."""
    (container,) = _properties("NodeTask")["ContainerDefinitions"]
    assert [mapping["ContainerPort"] for mapping in container["PortMappings"]] == [5353, 8080]


def test_nodes_are_two_or_more_and_roll_without_a_gap() -> None:
    """The number can't be set below two; a deployment never goes below it, and is taken back when nodes don't start."""
    service = _properties("NodeService")["DeploymentConfiguration"]
    assert translated()["Parameters"]["NodeTasks"]["MinValue"] == 2
    assert service["MinimumHealthyPercent"] == 100
    assert service["MaximumPercent"] == 200
    assert service["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert _properties("NodeService")["NetworkConfiguration"]["AwsvpcConfiguration"]["Subnets"] == [
        {"Ref": "SubnetA"},
        {"Ref": "SubnetB"},
    ]


def test_logs_do_not_pile_up() -> None:
    """Every log group has an end."""
    groups = [item for item in translated()["Resources"].values() if item["Type"] == "AWS::Logs::LogGroup"]
    assert len(groups) == 3
    assert all(group["Properties"]["RetentionInDays"] for group in groups)


def test_layers_are_kept_for_tasks_that_restart() -> None:
    """An old task fetches the version it was started with."""
    layers = [item for item in translated()["Resources"].values() if item["Type"] == "AWS::Lambda::LayerVersion"]
    assert [layer["DeletionPolicy"] for layer in layers] == ["Retain", "Retain"]


def test_nothing_speaks_of_a_local_mode() -> None:
    """Local mode is configuration of the same code; the template doesn't know of it."""
    assert not re.search(r"\blocal(host)?\b|moto|pebble|127\.0\.0", TEMPLATE.read_text(), re.IGNORECASE)
