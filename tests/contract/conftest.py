"""Each port twice: the fake, and the adapter on the template's resources in moto."""

import pytest

from certwright.adapters.dynamodb_certificates import DynamoCertificates
from certwright.adapters.dynamodb_holds import DynamoHolds
from certwright.adapters.dynamodb_jobs import DynamoJobs
from certwright.adapters.dynamodb_overview import DynamoOverview
from certwright.adapters.dynamodb_revocations import DynamoRevocations
from certwright.adapters.dynamodb_table import Table
from tests.contract.certificate_world import World
from tests.fakes.certificates import (
    CertificateStore,
    FakeCertificates,
    FakeHolds,
    FakeJobs,
    FakeOverview,
    FakeRevocations,
)
from tests.support.stack import aws_environment, stack

__all__ = ["aws_environment", "stack", "world"]


@pytest.fixture(params=["fake", "moto"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        store = CertificateStore()
        return World(
            FakeCertificates(store), FakeJobs(store), FakeHolds(store), FakeOverview(store), FakeRevocations(store)
        )
    stack = request.getfixturevalue("stack")
    table = Table(stack.client("dynamodb"), stack.name("CertificatesTable"))
    return World(
        DynamoCertificates(table),
        DynamoJobs(table),
        DynamoHolds(table),
        DynamoOverview(table),
        DynamoRevocations(table),
    )
