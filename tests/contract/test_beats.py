"""Signs of life, the same in memory and in DynamoDB."""

import pytest

from certwright.adapters.dynamodb_beats import DynamoBeats
from certwright.adapters.dynamodb_table import Table
from certwright.ports import Beats
from tests.fakes.beats import FakeBeats
from tests.support.stack import ENGINES, stack_on


@pytest.fixture(params=["fake", *ENGINES])
def beats(request: pytest.FixtureRequest) -> Beats:
    if request.param == "fake":
        return FakeBeats()
    stack = stack_on(request, request.param)
    return DynamoBeats(Table(stack.client("dynamodb"), stack.name("RegistryTable")))


def test_the_last_sign_of_life_counts(beats: Beats) -> None:
    """Of each part; 0 for one that was never alive."""
    assert beats.read("sweep") == 0
    beats.note("sweep", 1_800_000_000_000)
    beats.note("sweep", 1_800_000_060_000)
    assert (beats.read("sweep"), beats.read("other")) == (1_800_000_060_000, 0)
