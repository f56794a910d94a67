"""Each port twice: the fake, and the adapter on the template's resources in moto."""

from tests.support.stack import aws_environment, stack

__all__ = ["aws_environment", "stack"]
