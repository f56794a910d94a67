"""Pebbles for the ACME tests: one that believes everything, one that rejects many nonces."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.acme_client import Client, register
from tests.support.pebble_process import Pebble, PebbleOptions, running_pebble


@pytest.fixture(scope="session")
def believing_pebble(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pebble]:
    """A Pebble for which every challenge is valid."""
    with running_pebble(tmp_path_factory.mktemp("believing"), PebbleOptions(is_always_valid=True)) as pebble:
        yield pebble


@pytest.fixture
def client(believing_pebble: Pebble) -> Client:
    """A registered account at the Pebble that believes everything."""
    return register(believing_pebble)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for a Pebble of the test's own."""
    return tmp_path / "pebble"
