"""Work that takes longer than an invocation: it ends in time, and is gone on with where it was."""

from collections.abc import Callable
from typing import Any

import pytest

from certwright.domain.order import Order
from certwright.domain.records import NameCheck, WantedDelegation
from certwright.domain.renewal import HOUR, MINUTE, SECOND
from certwright.flows.advance_certificate import advance_certificate
from certwright.flows.check_records import CHECKS_TAKE_SECONDS
from tests.fakes.ca import FakeCa
from tests.support.deployment import CNAME_MISSING, WILDCARD, Deployment

NAMES = tuple(f"n{at:02}.example.test" for at in range(100))
TIME_LIMIT = 60 * SECOND


@pytest.fixture
def slow(town: Deployment, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Make the CA slow: each of its requests takes so many seconds."""
    begin = FakeCa._begin

    def make(seconds: float) -> None:
        def wait_and_begin(ca: FakeCa, operation: str) -> None:
            town.clock.advance(seconds=seconds)
            begin(ca, operation)

        monkeypatch.setattr(FakeCa, "_begin", wait_and_begin)

    return make


def run_in_time(town: Deployment, certificate_id: str) -> int:
    """Work until the certificate is issued, no invocation longer than the time limit; tells how many it took."""
    for invocation in range(1, 40):
        began_at = town.clock.now()
        outcome = town.advance(certificate_id)
        assert town.clock.now() - began_at < TIME_LIMIT
        if outcome.code == "issued":
            return invocation
        assert town.work(certificate_id).claimed_by == ""
        town.wait_until_due(certificate_id)
    raise AssertionError(f"never issued: {town.work(certificate_id)}")


def test_a_hundred_names_at_a_slow_ca_are_issued_over_several_invocations(
    town: Deployment, slow: Callable[[float], None]
) -> None:
    """One order; each authorization is read once and each challenge answered once, whatever the time limit."""
    slow(1.0)
    certificate_id = town.request(*NAMES, challenge="dns-01")
    assert run_in_time(town, certificate_id) > 4
    assert len(town.ca.placed) == 1
    assert town.ca.calls["fetch_authorization"] == town.ca.calls["answer"] == len(NAMES)
    assert len(town.history(certificate_id)) == 1


def test_an_orders_url_is_saved_before_anything_else_is_asked_of_the_ca(
    town: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order counts against limits: it is not lost for what comes after it."""
    certificate_id, seen = town.request(*WILDCARD), []
    fetch = FakeCa.fetch_authorization

    def look_and_fetch(ca: FakeCa, url: str) -> Any:
        attempt = town.work(certificate_id).attempt
        seen.append(attempt.order_url if attempt else "")
        return fetch(ca, url)

    monkeypatch.setattr(FakeCa, "fetch_authorization", look_and_fetch)
    town.run_until(certificate_id, "issued")
    assert seen == ["https://ca.test/order/1"] * 2


def test_a_crash_among_many_authorizations_repeats_only_the_last_few(town: Deployment) -> None:
    """The order is kept, and of the requests for it no more than one save's worth is made again."""
    certificate_id = town.request(*NAMES, challenge="dns-01")
    town.ca.fail("fetch_authorization", RuntimeError("crash"), at=57)
    town.crash(certificate_id)
    town.ca.fail("answer", RuntimeError("crash"), at=57)
    town.crash(certificate_id)
    town.run_until(certificate_id, "issued")
    assert len(town.ca.placed) == 1
    assert town.ca.calls["fetch_authorization"] <= len(NAMES) + 10
    assert town.ca.calls["answer"] <= len(NAMES) + 10


def test_an_invocation_that_has_no_time_left_still_gets_on(town: Deployment) -> None:
    """It ends as soon as there is something to save, and the certificate is due again at once."""
    certificate_id = town.request(*WILDCARD)
    codes: list[str] = []
    while "issued" not in codes:
        outcome = advance_certificate(town.workshop, certificate_id, "w1", lasts=0)
        codes.append(outcome.code)
        assert len(codes) < 30, codes
        assert town.work(certificate_id).claimed_by == ""
        assert outcome.code == "issued" or outcome.due_at <= town.clock.now() + SECOND
        town.wait_until_due(certificate_id)
    assert len(town.ca.placed) == 1


def test_a_look_at_records_is_not_begun_where_it_might_not_end_in_time(
    town: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next invocation begins with it."""
    certificate_id = town.request(*WILDCARD)
    check, began = town.checks.check_delegation, []

    def check_slowly(wanted: WantedDelegation) -> NameCheck:
        began.append(town.clock.now())
        town.clock.advance(seconds=CHECKS_TAKE_SECONDS)
        town.wake(certificate_id)
        return check(wanted)

    monkeypatch.setattr(town.checks, "check_delegation", check_slowly)
    town.checks.problems["example.test"] = CNAME_MISSING
    begun_at = town.clock.now()
    outcome = town.advance(certificate_id)
    assert len(began) == 1
    assert outcome.due_at <= town.clock.now() + SECOND
    assert town.clock.now() - begun_at < TIME_LIMIT
    assert town.queue.receive() != []


def test_an_order_that_was_ready_for_hours_is_finalized_only_where_its_records_still_stand(
    town: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is kept meanwhile, and used when they are there again."""
    certificate_id = town.request(*WILDCARD)
    finalize = FakeCa.finalize

    def refuse(ca: FakeCa, order: Order, csr: bytes) -> Order:
        raise RuntimeError("killed")

    monkeypatch.setattr(FakeCa, "finalize", refuse)
    town.crash(certificate_id)
    monkeypatch.setattr(FakeCa, "finalize", finalize)
    town.clock.advance(milliseconds=7 * HOUR)
    town.checks.problems["example.test"] = CNAME_MISSING
    assert town.advance(certificate_id).code == "cname-missing"
    assert town.ca.calls["finalize"] == 0
    town.checks.problems.clear()
    town.clock.advance(milliseconds=MINUTE)
    town.run_until(certificate_id, "issued")
    assert len(town.ca.placed) == 1
