"""The sweep, called by its schedule."""

import pytest

from certwright import bootstrap
from certwright.bootstrap import sweep
from certwright.domain.access import Role, authenticate
from certwright.domain.owner import DEFAULT_OWNER
from certwright.flows.first_run import ADMIN_TOKEN
from certwright.flows.read_vitals import SWEEP
from certwright.settings import Settings
from functions.renewal import handler as renewal
from tests.fakes.beats import FakeBeats
from tests.fakes.certificates import CertificateStore, FakeJobs
from tests.fakes.clock import FakeClock
from tests.fakes.queue import FakeQueue
from tests.fakes.registry import FakeCaDefinitions, FakeCaStandings, FakeOwners, FakeTokens


def test_a_new_deployment_has_its_owner_and_admin_token_after_the_first_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Made once at the first run; later runs only sweep."""
    clock = FakeClock()
    made = bootstrap.Sweep(
        Settings(admin_token_secret="arn:secret"),
        clock,
        FakeJobs(CertificateStore()),
        FakeQueue(clock),
        FakeOwners(),
        FakeTokens(),
        FakeCaDefinitions(),
        FakeCaStandings(),
        FakeBeats(),
    )
    read: list[str] = []

    def read_secret(_: object, secret_id: str) -> str:
        read.append(secret_id)
        return "secret"

    monkeypatch.setattr(bootstrap, "build_sweep", lambda: made)
    monkeypatch.setattr(sweep, "client", lambda _: None)
    monkeypatch.setattr(sweep, "read_secret", read_secret)
    renewal.sweep.cache_clear()
    assert [renewal.handler({}, None) for _ in range(2)] == [{"enqueued": 0}] * 2
    renewal.sweep.cache_clear()
    assert made.beats.read(SWEEP) == clock.now()
    assert read == ["arn:secret"]
    assert made.owners.read(DEFAULT_OWNER) is not None
    assert authenticate(made.tokens.read(ADMIN_TOKEN), "secret", clock.now()).role is Role.ADMIN
