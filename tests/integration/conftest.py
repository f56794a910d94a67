"""Fixtures for all integration tests."""

from tests.support.stack import aws_environment, dynamodb_local, endpoints, moto_endpoint, stack, stack_on_server

__all__ = ["aws_environment", "dynamodb_local", "endpoints", "moto_endpoint", "stack", "stack_on_server"]
