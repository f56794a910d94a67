"""The CAs of the ACME tests: a Pebble that believes everything, and one that says what it is told to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.acme_client import Client, connect, register
from tests.support.acme_server import ScriptedCa, scripted_ca
from tests.support.pebble_process import Pebble, PebbleOptions, running_pebble


@pytest.fixture(scope="session")
def believing_pebble(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pebble]:
    """A Pebble for which every challenge is valid."""
    with running_pebble(
        tmp_path_factory.mktemp("believing"), PebbleOptions(is_always_valid=True, alternate_roots=1)
    ) as pebble:
        yield pebble


@pytest.fixture
def client(believing_pebble: Pebble) -> Client:
    """A registered account at the Pebble that believes everything."""
    return register(believing_pebble)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for a Pebble of the test's own."""
    return tmp_path / "pebble"


@pytest.fixture
def scripted() -> Iterator[ScriptedCa]:
    """A CA that says what the test tells it to."""
    with scripted_ca() as ca:
        yield ca


@pytest.fixture
def scripted_client(scripted: ScriptedCa) -> Iterator[Client]:
    """An account at the scripted CA."""
    client = connect(scripted.directory_url, account_url=f"{scripted.url}/account/1")
    yield client
    client.network.close()
