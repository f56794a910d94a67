"""A node that serves a file, shared by the tests of one module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import ACCESS_KEY
from local.template import REGION
from tests.integration.dnsnode.samples import RECORDS
from tests.support.node_process import NodeProcess, write_records


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A ready node with two workers."""
    folder: Path = tmp_path_factory.mktemp("node")
    records = write_records(folder / "records.json", RECORDS)
    with NodeProcess(
        folder / "log", "--challenge-host", "Challenge.Example.net.", records=records, processes=2
    ) as node:
        yield node


@pytest.fixture(scope="module")
def aws_variables() -> Iterator[None]:
    """Give boto3 a region and credentials of nobody's for the tests of one module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, ACCESS_KEY)
        yield
