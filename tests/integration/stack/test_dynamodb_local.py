"""DynamoDB Local: here for this machine only, gone with its parent, and a stream that is followed as moto's is."""

import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from local.dynamodb_local import DynamoDbMissingError, find_command, start
from local.endpoints import Endpoints
from local.processes import Processes
from local.stack import Stack, create
from local.stream_pump import StreamPump
from local.template import load
from tests.support.process_table import await_end

(MAPPING,) = load().stream_mappings
LISTENS = "0A"
LOOPBACK = "0100007F"


@pytest.fixture
def own_stack(endpoints_with_tables: Endpoints, aws_environment: None) -> Stack:
    """Make everything, the tables in DynamoDB Local."""
    return create(load(), endpoints_with_tables)


@pytest.fixture
def endpoints_with_tables(moto_endpoint: str, dynamodb_local: str) -> Endpoints:
    """Both servers."""
    return Endpoints(moto_endpoint, dynamodb_local)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's list of sockets")
def test_nobody_else_can_reach_it(dynamodb_local: str) -> None:
    """Its own main class would listen on all addresses; this listens on 127.0.0.1, on no IPv6 address."""
    port = f"{int(dynamodb_local.rpartition(':')[2]):04X}"
    listening = [
        line.split()[1]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if line.split()[1].endswith(f":{port}") and line.split()[3] == LISTENS
    ]
    assert listening == [f"{LOOPBACK}:{port}"]


def test_it_ends_with_its_context(dynamodb_local: str, tmp_path: Path) -> None:
    """Nothing is left running."""
    with Processes(tmp_path) as processes:
        another = start(processes)
        assert another.wait_for_ready_line()["url"] != dynamodb_local
    await_end([another.pid])


def test_without_java_it_is_missing_and_the_remedy_is_named() -> None:
    """Whoever asks for it is told how to get it."""
    with patch.dict("os.environ", PATH=""), pytest.raises(DynamoDbMissingError, match="tools/setup dynamodb"):
        find_command()


def test_the_tables_expire_and_their_arns_are_those_of_policies(own_stack: Stack) -> None:
    """What it can't do (backups, encryption) is left out; rights name a table by an ARN as AWS writes it."""
    name = own_stack.name("CertificatesTable")
    expiry = own_stack.client("dynamodb").describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    assert own_stack.values.attribute(["CertificatesTable", "Arn"]).endswith(f":123456789012:table/{name}")


def test_its_stream_is_followed(own_stack: Stack) -> None:
    """New events come through once, in order."""
    batches: list[list[str]] = []

    class Function:
        def invoke(self, event: Any) -> Any:
            batches.append([record["dynamodb"]["Keys"]["sk"]["S"] for record in event["Records"]])
            return {"batchItemFailures": []}

    arn = own_stack.values.attribute([MAPPING.table, "StreamArn"])
    pump = StreamPump(own_stack.client("dynamodbstreams"), arn, MAPPING, Function())
    for sort_key in ("work", "event#1#r1", "event#2#r2"):
        item = {"pk": {"S": "crt_1"}, "sk": {"S": sort_key}}
        own_stack.client("dynamodb").put_item(TableName=own_stack.name(MAPPING.table), Item=item)
    assert [pump.pump_once(), pump.pump_once()] == [2, 0]
    assert batches == [["event#1#r1", "event#2#r2"]]
