"""A fresh deployment in memory for every test."""

import pytest

from tests.support.deployment import Deployment


@pytest.fixture
def town() -> Deployment:
    """Give a deployment with one owner, no certificate, and records that all stand."""
    return Deployment()
