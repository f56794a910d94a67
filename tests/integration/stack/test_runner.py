"""The runner drives a small template of its own: HTTP, queue and schedule, each function in processes of its own."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.endpoints import Endpoints
from local.processes import Child, Processes
from local.roles import Role
from local.runner import RunnerPlan
from local.stack import Stack, create
from local.template import ROOT, load
from tests.support.eventually import eventually
from tests.support.first_write import first_write
from tests.support.process_table import await_end

TEMPLATE = """
Globals:
  Function: {Handler: handler.handler, Timeout: 60, Environment: {Variables: {COMMON: all}}}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}
  Front:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: FOLDER/front/
      Environment: {Variables: {QUEUE: !Ref Queue}}
      Events:
        Do: {Type: HttpApi, Properties: {Method: POST, Path: "/do/{what}"}}
  Slow:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: FOLDER/slow/
      Timeout: 1
      Events: {Do: {Type: HttpApi, Properties: {Method: POST, Path: /slow}}}
  Broken:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: FOLDER/broken/
      Events: {Do: {Type: HttpApi, Properties: {Method: POST, Path: /broken}}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: FOLDER/worker/
      Environment: {Variables: {MARKS: !Ref Marks}}
      Events:
        Work:
          Type: SQS
          Properties: {Queue: !GetAtt Queue.Arn, BatchSize: 1, FunctionResponseTypes: [ReportBatchItemFailures]}
  Clock:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: FOLDER/worker/
      Environment: {Variables: {MARKS: !Ref Marks}}
      Events: {Tick: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute)}}}
Parameters: {Marks: {Type: String}}
"""
FRONT = """
import os, boto3, beside
def handler(event, context):
    what = event["pathParameters"]["what"]
    if what == "enqueue":
        boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=event["body"])
    if what == "purge":
        boto3.client("sqs").purge_queue(QueueUrl=os.environ["QUEUE"])
    if what == "raise":
        raise ValueError("asked for")
    if what == "die":
        os._exit(3)
    return {"pid": os.getpid(), "variables": sorted(os.environ), "beside": beside.WORD}
"""
SLOW = """
import time
def handler(event, context):
    time.sleep(600)
"""
WORKER = """
import os, pathlib
def handler(event, context):
    name = event["Records"][0]["body"] if "Records" in event else "tick"
    (pathlib.Path(os.environ["MARKS"]) / name).touch()
    return {"batchItemFailures": []}
"""
SEND = {"Sid": "Send", "Effect": "Allow", "Action": ["sqs:SendMessage"]}


@pytest.fixture
def small_stack(moto_endpoint: str, tmp_path: Path) -> Stack:
    """Write a template with a few functions, and make its queue."""
    files = {"front/handler": FRONT, "front/beside": "WORD = 'found'\n", "worker/handler": WORKER, "slow/handler": SLOW}
    for name, text in {**files, "broken/handler": "raise RuntimeError('no such library')\n"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "marks").mkdir()
    (tmp_path / "template.yaml").write_text(TEMPLATE.replace("FOLDER", str(tmp_path)))
    template = load(tmp_path / "template.yaml", {"Marks": str(tmp_path / "marks")})
    return create(template, Endpoints(moto_endpoint))


@pytest.fixture
def plan(small_stack: Stack, moto_endpoint: str, tmp_path: Path) -> RunnerPlan:
    """Plan a run of it."""
    aws = {
        "AWS_ENDPOINT_URL": moto_endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    queue = small_stack.values.text({"Fn::GetAtt": ["Queue", "Arn"]})
    return RunnerPlan(
        environments={
            name: {**aws, **small_stack.environment(function.environment, {})}
            for name, function in small_stack.template.functions.items()
        },
        roles={"Front": Role("FrontRole", [SEND | {"Resource": queue}])},
        queues={"Queue": small_stack.name("Queue")},
        streams={},
        endpoints=Endpoints(moto_endpoint),
        template=str(tmp_path / "template.yaml"),
    )


@pytest.fixture
def runner(plan: RunnerPlan, tmp_path: Path) -> Iterator[Child]:
    """Start the runner."""
    with Processes(tmp_path) as processes:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        child = processes.start("runner", [sys.executable, "-m", "local.runner"], environment)
        child.send(plan.to_json())
        yield child


def _post(url: str, body: str = "") -> tuple[int, Any]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=90)
    connection.request("POST", parts.path, body, {"content-type": "text/plain"})
    response = connection.getresponse()
    answer = response.status, json.load(response)
    connection.close()
    return answer


def _wait_for(path: Path) -> None:
    eventually(path.exists, True)


def test_requests_messages_and_ticks_reach_their_functions(runner: Child, tmp_path: Path) -> None:
    """A request enqueues, the message is worked on; the schedule ran before the runner was ready."""
    url = runner.wait_for_ready_line()["url"]
    assert (tmp_path / "marks/tick").exists()
    status, answer = _post(f"{url}/do/enqueue", "job-1")
    assert (status, answer["beside"]) == (200, "found")
    _wait_for(tmp_path / "marks/job-1")


def test_a_function_sees_its_own_variables_only(runner: Child) -> None:
    """A variable that the template doesn't give to a function is not there, whatever this process has."""
    url = runner.wait_for_ready_line()["url"]
    _, answer = _post(f"{url}/do/nothing")
    own = set(answer["variables"]) - {"LC_CTYPE"}
    assert {name for name in own if not name.startswith("AWS_")} == {"COMMON", "QUEUE"}


def test_a_function_may_do_what_its_role_allows_and_nothing_else(runner: Child, tmp_path: Path) -> None:
    """Sending is allowed, and was done; purging the same queue is not."""
    url = runner.wait_for_ready_line()["url"]
    assert _post(f"{url}/do/enqueue", "job-2")[0] == 200
    assert _post(f"{url}/do/purge")[0] == 500
    assert "does not allow sqs:PurgeQueue on arn:aws:sqs:" in runner.log.read_text()


def test_failures_are_500_and_the_next_request_is_served(runner: Child) -> None:
    """A handler that raises keeps its process; one that dies loses it and gets a new one."""
    url = runner.wait_for_ready_line()["url"]
    _, first = _post(f"{url}/do/nothing")
    assert _post(f"{url}/do/raise") == (500, {"message": "Internal Server Error"})
    _, second = _post(f"{url}/do/nothing")
    assert second["pid"] == first["pid"]
    assert _post(f"{url}/do/die") == (500, {"message": "Internal Server Error"})
    _, third = _post(f"{url}/do/nothing")
    assert third["pid"] != first["pid"]
    assert "ValueError: asked for" in runner.log.read_text()


def test_an_invocation_that_takes_too_long_is_ended(runner: Child) -> None:
    """The answer is 500 and the log says why, each time: the process is a new one."""
    url = runner.wait_for_ready_line()["url"]
    for _ in range(2):
        assert _post(f"{url}/slow") == (500, {"message": "Internal Server Error"})
    assert runner.log.read_text().count("Slow timed out after 1 s") == 2


def test_a_module_that_can_not_be_imported_fails_its_own_function_only(runner: Child) -> None:
    """The runner starts all the same; the function's answer is 500 and the log says why."""
    url = runner.wait_for_ready_line()["url"]
    assert _post(f"{url}/broken") == (500, {"message": "Internal Server Error"})
    assert _post(f"{url}/do/nothing")[0] == 200
    assert "the handler can't be loaded: RuntimeError: no such library" in runner.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_sandbox_outlives_the_runner(runner: Child, number: int) -> None:
    """Whether it is stopped or killed, the functions' processes end with it."""
    url = runner.wait_for_ready_line()["url"]
    _, answer = _post(f"{url}/do/nothing")
    os.kill(runner.pid, number)
    await_end([answer["pid"]])


def test_readiness_is_told_in_one_write(plan: RunnerPlan) -> None:
    """Sandboxes write to the same output: theirs can't come between the line and its end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with first_write([sys.executable, "-m", "local.runner"], environment, plan.to_json()) as said:
        assert re.fullmatch(rb"ready url=http://127\.0\.0\.1:\d+\n", said)


def test_a_runner_that_waits_for_its_plan_ends_when_told() -> None:
    """Ctrl-C at any moment of the start ends everything at once, not when the patience for it ends."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-m", "local.runner"], stdin=subprocess.PIPE, env=environment) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        eventually(lambda: bool(children.read_text()), True)
        process.terminate()
        assert process.wait(timeout=30) == -signal.SIGTERM
