"""Fixtures: what `make test-built` has built for this machine, and the runtime to run it."""

import os
import sys
from pathlib import Path

import pytest

from tests.support.runtime_api import make_runtime
from tests.support.stack import dynamodb_local, endpoints, moto_endpoint

__all__ = ["dynamodb_local", "endpoints", "moto_endpoint"]


@pytest.fixture(scope="session")
def built() -> Path:
    """Give the folder that `sam build` filled, or skip."""
    folder = os.environ.get("CERTWRIGHT_BUILT", "")
    if sys.platform != "linux":
        pytest.skip("`sam build` builds for Linux")
    return Path(folder) if folder else pytest.skip("needs what `sam build` makes for this machine: make test-built")


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the runtime's packages."""
    return make_runtime(tmp_path_factory.mktemp("runtime"))
