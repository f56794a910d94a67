"""Resources made from template.yaml, and the template as CloudFormation gets it.

Fixtures, to be imported in a conftest.py: `stack` (moto in this process), `stack_on_dynamodb_local` (the same, but for
the tables) and `stack_on_server` (a moto server, for code in other processes). Names come from
`stack.name("CertificatesTable")`, clients from `stack.client("dynamodb")`.
"""

import logging
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.server import ThreadedMotoServer
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from local.atomic import make_requests_atomic
from local.dynamodb_local import DynamoDbMissingError, find_command, start
from local.endpoints import Endpoints
from local.processes import Processes
from local.stack import ACCESS_KEY, Stack, create
from local.template import REGION, TEMPLATE, Template, load

ON_DYNAMODB_LOCAL = os.environ.get("CERTWRIGHT_TABLES") == "dynamodb-local"
"""Whether servers and whole systems are to keep their tables there, as `make test-dynamodb-local` asks for."""

ENGINES = {"moto": "stack", "dynamodb-local": "stack_on_dynamodb_local"}
"""What may serve the tables, and the fixture of a stack there."""


@pytest.fixture
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give boto3 a region and credentials of nobody's, whatever the machine has."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ACCESS_KEY)
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def stack(aws_environment: None) -> Iterator[Stack]:
    """Make the template's resources, each when it is asked for, in moto in this process: boto3's clients find them."""
    make_requests_atomic()
    with mock_aws():
        yield Stack(_template(), Endpoints())


@pytest.fixture(scope="session")
def dynamodb_local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run one DynamoDB Local and give its URL; where it is not set up the test is skipped, saying how to."""
    try:
        find_command()
    except DynamoDbMissingError as error:
        pytest.skip(str(error))
    with Processes(tmp_path_factory.mktemp("dynamodb")) as processes:
        yield start(processes).wait_for_ready_line()["url"]


@pytest.fixture
def stack_on_dynamodb_local(aws_environment: None, dynamodb_local: str) -> Iterator[Stack]:
    """Make the tables in DynamoDB Local and all else in moto in this process, each when it is asked for."""
    make_requests_atomic()
    with mock_aws():
        yield Stack(_template(), Endpoints(tables=dynamodb_local))


def stack_on(request: pytest.FixtureRequest, engine: str) -> Stack:
    """Make the resources, with the tables at one of `ENGINES`."""
    stack: Stack = request.getfixturevalue(ENGINES[engine])
    return stack


@pytest.fixture(params=ENGINES)
def stack_on_each(request: pytest.FixtureRequest) -> Stack:
    """Make the resources, once with each engine."""
    return stack_on(request, request.param)


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    """Run one moto server on a free loopback port, and give its URL."""
    make_requests_atomic()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for each request drowns a failing test's own
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def endpoints(request: pytest.FixtureRequest, moto_endpoint: str) -> Endpoints:
    """Run a moto server, and DynamoDB Local for the tables where the variable CERTWRIGHT_TABLES asks for it."""
    return Endpoints(moto_endpoint, request.getfixturevalue("dynamodb_local") if ON_DYNAMODB_LOCAL else "")


@pytest.fixture
def stack_on_server(endpoints: Endpoints, aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """Make the template's resources on servers; AWS_ENDPOINT_URL and its like point there."""
    for name, url in endpoints.variables.items():
        monkeypatch.setenv(name, url)
    return create(_template(), endpoints)


@cache
def _template() -> Template:
    """Parsing takes longer than making all resources."""
    return load()


@cache
def translated() -> dict[str, Any]:
    """The template as SAM hands it to CloudFormation, made offline; parameters keep their defaults."""
    document = yaml_parse(TEMPLATE.read_text())
    for name, resource in document["Resources"].items():
        for code in ("CodeUri", "ContentUri"):
            if code in resource.get("Properties", {}):
                resource["Properties"][code] = f"s3://packages/{name}.zip"
    defaults = {name: item.get("Default", "") for name, item in document["Parameters"].items()}
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    result: dict[str, Any] = translator.translate(document, parameter_values=defaults)
    return result
