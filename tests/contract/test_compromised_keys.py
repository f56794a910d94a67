"""Compromised keys, the same in memory and in DynamoDB."""

import pytest

from certwright.adapters.dynamodb_compromised_keys import DynamoCompromisedKeys
from certwright.adapters.dynamodb_table import Table
from certwright.ports import CompromisedKeys
from tests.fakes.registry import FakeCompromisedKeys
from tests.support.stack import ENGINES, stack_on

DIGEST = "0f" * 32


@pytest.fixture(params=["fake", *ENGINES])
def keys(request: pytest.FixtureRequest) -> CompromisedKeys:
    if request.param == "fake":
        return FakeCompromisedKeys()
    stack = stack_on(request, request.param)
    return DynamoCompromisedKeys(Table(stack.client("dynamodb"), stack.name("RegistryTable")))


def test_a_key_that_was_noted_is_known_for_good(keys: CompromisedKeys) -> None:
    """Noted twice or once; others are not."""
    assert not keys.is_noted(DIGEST)
    keys.note(DIGEST, 1)
    keys.note(DIGEST, 2)
    assert keys.is_noted(DIGEST)
    assert not keys.is_noted(DIGEST[:-1] + "0")
