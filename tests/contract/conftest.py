"""Each port twice: the fake, and the adapter on the template's resources in moto."""

import pytest

from local.atomic import make_requests_atomic
from tests.support.stack import aws_environment, stack

__all__ = ["aws_environment", "stack"]


@pytest.fixture(autouse=True, scope="session")
def requests_are_atomic() -> None:
    """Give moto the atomicity of the services that it stands in for."""
    make_requests_atomic()
