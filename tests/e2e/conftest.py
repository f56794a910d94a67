"""Everything here drives the whole system, or its real parts together."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.endpoints import Endpoints
from local.system import USE_LOG
from tests.support.node_process import NodeProcess
from tests.support.stack import aws_environment, dynamodb_local, endpoints, moto_endpoint
from tests.support.workshop import LiveWorkshop, live_workshop

__all__ = ["aws_environment", "dynamodb_local", "endpoints", "moto_endpoint"]


@pytest.fixture(scope="session", autouse=True)
def rights_used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Have every system note which rights of its roles it makes use of; yields the file."""
    noted = tmp_path_factory.mktemp("rights") / "used"
    noted.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(USE_LOG, str(noted))
        yield noted


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder; what looks at all the others comes last."""
    items.sort(key=lambda item: item.path.name == "test_unused_rights.py")
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture
def workshop(tmp_path: Path, endpoints: Endpoints) -> Iterator[LiveWorkshop]:
    """Real parts around flows in this process, with a clock to move; no node yet."""
    with live_workshop(tmp_path, endpoints) as live:
        yield live


@pytest.fixture
def node(workshop: LiveWorkshop) -> Iterator[NodeProcess]:
    """The workshop's first node, ready."""
    with workshop.node() as running:
        yield running
