"""Acting as one of the stack's functions, in the process of a test."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.session import Session

from certwright.adapters import aws
from local.roles import enforce
from local.stack import Stack

NOT_MADE_HERE = {"NODE_ADDRESSES": "192.0.2.1,192.0.2.2", "CHALLENGE_HOST": "lb.example.net"}


@contextmanager
def acting_as(function: str, stack: Stack, use_log: str = "", **variables: str) -> Iterator[None]:
    """Have a function's variables for a while, with some replaced, and clients that are held to its role.

    `use_log` is a file where the rights are noted that were made use of; empty: nowhere.
    """
    declared = stack.template.functions[function]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment(declared.environment, {**NOT_MADE_HERE, **variables}).items():
            patch.setenv(name, value)
        patch.setattr(Session, "create_client", Session.create_client)  # put back afterwards
        aws.reset()
        enforce(stack.role(declared.role, use_log))
        try:
            yield
        finally:
            aws.reset()
