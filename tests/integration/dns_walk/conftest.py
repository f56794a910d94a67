"""One provider for all tests here, empty at the start of each."""

from collections.abc import Iterator

import pytest

from tests.support.dns_world import World, running_world


@pytest.fixture(scope="package")
def running() -> Iterator[World]:
    with running_world("example.test", "other.test") as world:
        yield world


@pytest.fixture
def world(running: World) -> Iterator[World]:
    """A world with no records."""
    yield running
    running.clear()
