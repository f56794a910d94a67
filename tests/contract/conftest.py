"""Each port several times: the fake, and the adapter on the template's resources in moto and DynamoDB Local."""

import pytest

from certwright.adapters.dynamodb_attempts import DynamoAttempts
from certwright.adapters.dynamodb_certificates import DynamoCertificates
from certwright.adapters.dynamodb_holds import DynamoHolds
from certwright.adapters.dynamodb_jobs import DynamoJobs
from certwright.adapters.dynamodb_overview import DynamoOverview
from certwright.adapters.dynamodb_renewals import DynamoRenewals
from certwright.adapters.dynamodb_revocations import DynamoRevocations
from certwright.adapters.dynamodb_table import Table
from tests.contract.certificate_world import World
from tests.fakes.certificates import (
    CertificateStore,
    FakeAttempts,
    FakeCertificates,
    FakeHolds,
    FakeJobs,
    FakeOverview,
    FakeRenewals,
    FakeRevocations,
)
from tests.support.stack import (
    ENGINES,
    aws_environment,
    dynamodb_local,
    stack,
    stack_on,
    stack_on_dynamodb_local,
    stack_on_each,
)

__all__ = ["aws_environment", "dynamodb_local", "stack", "stack_on_dynamodb_local", "stack_on_each", "world"]


@pytest.fixture(params=["fake", *ENGINES])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        store = CertificateStore()
        return World(
            FakeCertificates(store),
            FakeJobs(store),
            FakeHolds(store),
            FakeOverview(store),
            FakeRevocations(store),
            FakeRenewals(store),
            FakeAttempts(store),
        )
    stack = stack_on(request, request.param)
    table = Table(stack.client("dynamodb"), stack.name("CertificatesTable"))
    return World(
        DynamoCertificates(table),
        DynamoJobs(table),
        DynamoHolds(table),
        DynamoOverview(table),
        DynamoRevocations(table),
        DynamoRenewals(table),
        DynamoAttempts(table),
    )
