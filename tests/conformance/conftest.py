"""One node for all: `python -m dnsnode` with a file, asked over real sockets."""

from collections.abc import Iterator

import pytest

from tests.conformance.served import RECORDS
from tests.support.node_process import NodeProcess, write_records


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A ready node with one worker, so that what one query leaves behind meets the next, and without a rate limit."""
    folder = tmp_path_factory.mktemp("conformance")
    records = write_records(folder / "records.json", RECORDS)
    with NodeProcess(folder / "log", "--rate-limit", "0", records=records) as node:
        yield node
