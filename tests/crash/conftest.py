"""One world for the whole matrix: what takes time is to start it."""

import os
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from local.stack import ACCESS_KEY
from local.template import REGION
from tests.crash.journeys import PLAIN, WILDCARD
from tests.crash.world import CrashWorld, crash_world, prepare_names


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashWorld]:
    """The running parts, with the names' records in place."""
    variables = {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": ACCESS_KEY}
    with patch.dict(os.environ, variables), crash_world(tmp_path_factory.mktemp("crash")) as running:
        prepare_names(running, WILDCARD, PLAIN)
        yield running
