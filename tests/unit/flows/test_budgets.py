"""Limits of a CA, from the request to the order: waited for in time, obeyed by all, and shown."""

from contextlib import suppress
from dataclasses import replace

import pytest

from certwright.domain.errors import CaRefusal, StaleRevision, Unavailable
from certwright.domain.limits import Kind
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND
from certwright.flows.list_budgets import Waiting, list_budgets
from certwright.ports import Holder
from tests.support.deployment import Deployment

LIMITS = "orders=4/40m domain=3/30h set=2/20h failures=3/30m renewals=spared"
"""With what is kept free: 3 orders at once; certificates one by one."""
START = 1_800_000_000_000
DOCS = "see https://letsencrypt.org/docs/rate-limits/"
FAILED = Problem("ca-unauthorized", "No TXT record.", Actor.USER)


@pytest.fixture
def town(town: Deployment) -> Deployment:
    """Limit what the CA lets through."""
    return limit(town, LIMITS)


def limit(town: Deployment, limits: str) -> Deployment:
    town.settings = replace(town.settings, acme_limits=limits)
    town.workshop = replace(town.workshop, settings=town.settings)
    town.desk = replace(town.desk, settings=town.settings)
    return town


def ask_for_many(town: Deployment, count: int, owner: str = "own_a") -> list[str]:
    """Ask for certificates of as many domains, and work on each once."""
    names = [f"d{number}-{owner[-1]}.test" for number in range(count)]
    asked = [town.request(name, f"*.{name}", owner=owner) for name in names]
    for certificate_id in asked:
        town.advance(certificate_id)
    return asked


def reasons(town: Deployment, asked: list[str]) -> list[str]:
    return [town.work(certificate_id).reason for certificate_id in asked]


def refuse(detail: str, *, status: int = 429, retry_after: float = 1800) -> CaRefusal:
    return CaRefusal(detail, type="rateLimited", status=status, retry_after_seconds=retry_after)


def test_who_finds_no_room_waits_and_is_told_since_when_and_why(town: Deployment) -> None:
    """The limit in words, the CA's name, the time in UTC; and that is when it is looked at."""
    asked = ask_for_many(town, 5)
    assert reasons(town, asked) == ["issued"] * 3 + ["waiting-for-budget"] * 2
    work = town.work(asked[3])
    assert work.problem
    assert work.problem.sentence == (
        "ca.test limits new orders of an account, and all that it allows until then is taken: "
        "this starts about 2027-01-15 08:02 UTC."
    )
    assert [town.work(item).due_at - START for item in asked[3:]] == [2 * MINUTE, 12 * MINUTE]


def test_a_crowd_is_let_through_as_the_limit_allows(town: Deployment) -> None:
    """Each looks once when it comes and once when its time has come."""
    asked = ask_for_many(town, 8)
    for certificate_id in asked[3:]:
        town.wait_until_due(certificate_id)
        assert town.advance(certificate_id).code == "issued"
    assert town.ca.calls["place_order"] == 8


def test_another_owner_is_not_behind_the_crowd(town: Deployment) -> None:
    """Its one request comes with the next place."""
    town.add_owner("own_b")
    ask_for_many(town, 30)
    (single,) = ask_for_many(town, 1, "own_b")
    assert town.work(single).due_at <= town.clock.now() + 2 * 10 * MINUTE


def test_certificates_of_one_domain_wait_without_using_up_orders(town: Deployment) -> None:
    """The narrow limit is asked first: who waits there has nothing of the wide one."""
    asked = [town.request(f"{name}.example.test") for name in ("a", "b", "c", "d")]
    for certificate_id in asked:
        town.advance(certificate_id)
    assert reasons(town, asked) == ["issued"] * 2 + ["waiting-for-budget"] * 2
    orders = next(item for item in list_budgets(town.desk).budgets if item.kind is Kind.ORDERS)
    assert orders.room == 1
    assert [place.what for place in town.work(asked[3]).places] == [Kind.DOMAIN]


def test_a_renewal_that_the_ca_suggests_reserves_nothing(town: Deployment) -> None:
    """It goes out with `replaces`, which is exempt."""
    certificate_id = town.issue("www.example.test")
    before = [(item.kind, item.room) for item in list_budgets(town.desk).budgets]
    now, current = town.clock.now(), town.work(certificate_id).current
    assert current
    window = (now - HOUR, now + DAY)
    town.change_work(certificate_id, window=window, renew_at=now, window_check_at=now + DAY, due_at=now)
    assert town.advance(certificate_id).code == "issued"
    assert [(item.kind, item.room) for item in list_budgets(town.desk).budgets] == before


def test_another_renewal_counts_for_its_names_only(town: Deployment) -> None:
    """The same names again: exempt from the limits of account and domain."""
    certificate_id = town.issue("www.example.test")
    room = {item.kind: item.room for item in list_budgets(town.desk).budgets}
    now = town.clock.now()
    town.change_work(certificate_id, window=(0, 1), renew_at=now, window_check_at=now + DAY, due_at=now)
    town.run_until(certificate_id, "issued")
    after = {item.kind: item.room for item in list_budgets(town.desk).budgets}
    assert after[Kind.ORDERS] >= room[Kind.ORDERS]
    assert after[Kind.SET] < room[Kind.SET] or not room[Kind.SET]


@pytest.mark.parametrize(
    ("detail", "kind"),
    [
        (f"too many new orders (300) from this account in the last 3h: {DOCS}#new-orders-per-account", Kind.ORDERS),
        ("Slow down.", Kind.ORDERS),
        ('too many certificates (50) already issued for "example.test" in the last 168h0m0s', Kind.DOMAIN),
    ],
)
def test_what_the_ca_refuses_to_one_is_not_asked_by_others(town: Deployment, detail: str, kind: Kind) -> None:
    """The limit that it means is closed until it said, with its words, for everyone whom it concerns."""
    town.ca.fail("place_order", refuse(detail))
    first, other = town.request("www.example.test"), town.request("api.example.test")
    town.advance(first)
    assert town.advance(other).code == "waiting-for-budget"
    assert town.ca.calls["place_order"] == 1
    work = town.work(other)
    assert work.problem
    assert detail in work.problem.sentence
    assert work.due_at == town.clock.now() + 30 * MINUTE
    closed = [item for item in list_budgets(town.desk).budgets if item.closed_until]
    assert [(item.kind, item.said, item.room) for item in closed] == [(kind, detail, 0)]
    elsewhere = town.request("www.elsewhere.test")
    assert (town.advance(elsewhere).code == "issued") == (kind is Kind.DOMAIN)


@pytest.mark.parametrize("limits", [LIMITS, ""])
@pytest.mark.parametrize(
    "error", [refuse("Busy.", status=503), Unavailable("Busy.", code="ca-busy", retry_after_seconds=1800)]
)
def test_a_ca_that_turns_everybody_away_is_left_alone(
    town: Deployment, error: CaRefusal | Unavailable, limits: str
) -> None:
    """Also one whose limits nobody knows; then they come back one by one."""
    limit(town, limits)
    town.ca.fail("place_order", error)
    first, *others = [town.request(f"d{number}.test") for number in range(4)]
    town.advance(first)
    assert [town.advance(item).code for item in others] == ["waiting-for-budget"] * 3
    assert [town.work(item).due_at - START for item in others] == [30 * MINUTE + number * SECOND for number in range(3)]
    for item in others:
        town.wait_until_due(item)
        assert town.advance(item).code in {"issued", "waiting-for-budget"}


def test_a_week_is_not_believed_by_those_who_were_not_told(town: Deployment) -> None:
    """One of them asks again after an hour."""
    town.ca.fail("place_order", refuse("Come back.", status=503, retry_after=7 * 86_400))
    first, other = town.request("a.test"), town.request("b.test")
    town.advance(first)
    town.advance(other)
    assert town.work(other).due_at == town.clock.now() + HOUR
    assert town.work(first).retry_at == town.clock.now() + 7 * DAY


def test_an_order_that_would_be_one_failure_too_many_is_not_placed(town: Deployment) -> None:
    """Three failures are allowed, one is kept free for what the CA counts later: the third order waits."""
    limit(town, "failures=3/30m")
    town.ca.validator = lambda _authorization, _challenge: FAILED
    for number in range(2):
        certificate_id = town.request("www.example.test", f"a{number}.test")
        assert town.advance(certificate_id).code == "backing-off"
    placed = town.ca.calls["place_order"]
    other = town.request("www.example.test")
    assert town.advance(other).code == "waiting-for-budget"
    assert town.ca.calls["place_order"] == placed
    town.ca.validator = lambda _authorization, _challenge: None
    town.run_until(other, "issued")


def test_a_wildcard_and_its_name_fail_twice(town: Deployment) -> None:
    """The CA validates each by itself, and counts both against the one name (two authorizations, RFC 8555 §7.1.4)."""
    limit(town, "failures=4/40m")
    town.ca.validator = lambda _authorization, _challenge: FAILED
    town.advance(town.request("example.test", "*.example.test"))
    (failures,) = (item for item in list_budgets(town.desk).budgets if item.kind is Kind.FAILURES)
    assert failures.room == 1


def test_a_verdict_that_nobody_saw_counts_as_a_failure(town: Deployment) -> None:
    """An order that the CA has lost since it was told to look: its authorizations may have failed."""
    limit(town, "failures=4/40m")
    town.ca.fail("fetch_order", CaRefusal("There is no such order.", type="malformed", status=404))
    town.advance(town.request("example.test", "*.example.test"))
    (failures,) = (item for item in list_budgets(town.desk).budgets if item.kind is Kind.FAILURES)
    assert failures.room == 1


def test_a_worker_that_was_frozen_places_no_order(town: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its place at the CA's limits has lapsed meanwhile, and may be another's."""
    certificate_id, read = town.request("www.example.test"), town.workshop.holds.read

    def freeze(key: str) -> Holder | None:
        town.clock.advance(milliseconds=HOUR)
        return read(key)

    monkeypatch.setattr(town.workshop.holds, "read", freeze)
    with suppress(StaleRevision):
        town.advance(certificate_id)
    assert town.ca.placed == []


def test_a_wildcard_that_failed_is_counted_where_its_name_was_valid(town: Deployment) -> None:
    """Whether one name was seen valid is told by its own authorization, not by the other's."""
    limit(town, "failures=4/40m")
    town.ca.validator = lambda authorization, _challenge: FAILED if authorization.is_wildcard else None
    town.advance(town.request("example.test", "*.example.test"))
    (failures,) = (item for item in list_budgets(town.desk).budgets if item.kind is Kind.FAILURES)
    assert failures.room == 2


def test_a_failed_attempt_leaves_its_place_among_certificates_to_the_next(town: Deployment) -> None:
    """The CA counts certificates: what was not issued is not counted, and not reserved twice."""
    limit(town, "domain=4/400h set=4/400h")
    town.ca.validator = lambda _authorization, _challenge: FAILED
    certificate_id = town.request("www.example.test")
    for _ in range(6):
        town.advance(certificate_id)
        town.wait_until_due(certificate_id)
    assert town.ca.calls["place_order"] >= 3
    assert {item.room for item in list_budgets(town.desk).budgets} == {2}


@pytest.mark.parametrize(("type_", "status"), [("alreadyReplaced", 409), ("serverInternal", 500)])
def test_a_renewal_that_may_not_say_what_it_replaces_stands_in_line(town: Deployment, type_: str, status: int) -> None:
    """It is exempt no longer, so it is not sent before its place, and not tried with `replaces` again then."""
    limit(town, "set=2/20h renewals=spared")
    certificate_id = town.issue("www.example.test")
    now = town.clock.now()
    window = (now - HOUR, now + 9 * DAY)
    town.change_work(certificate_id, window=window, renew_at=now, window_check_at=now + 9 * DAY, due_at=now)
    town.ca.fail("place_order", CaRefusal("No such predecessor.", type=type_, status=status))
    assert town.advance(certificate_id).code == "waiting-for-budget"
    assert (town.ca.calls["place_order"], len(town.ca.placed)) == (2, 1)
    town.run_until(certificate_id, "issued")
    assert (town.ca.calls["place_order"], town.ca.replaced) == (3, set())
    assert town.clock.now() >= now + HOUR


def test_a_pause_is_lifted_by_a_link_that_is_shown(town: Deployment) -> None:
    """Nobody else waits for it: it concerns these names."""
    link = "https://portal.ca.test/sfe/v1/unpause?jwt=abc.def"
    pause = f"Your account is temporarily prevented from requesting certificates for a.test. Please visit: {link}"
    town.ca.fail("place_order", refuse(pause, retry_after=0))
    paused = town.request("a.test")
    town.advance(paused)
    problem = town.work(paused).problem
    assert problem
    assert (problem.code, problem.actor, problem.wanted) == ("ca-paused", Actor.USER, link)
    assert town.advance(town.request("b.test")).code == "issued"


def test_a_crash_after_reserving_costs_a_place_and_nothing_more(town: Deployment) -> None:
    """The order is placed once, on a place that is reserved again."""
    limit(town, "orders=4/40m")
    certificate_id = town.request("www.example.test")
    town.pending_keys.keep = _die  # type: ignore[method-assign, assignment]  # the worker's last act
    town.crash(certificate_id)
    del town.pending_keys.keep
    town.run_until(certificate_id, "issued")
    assert town.ca.calls["place_order"] == 1
    orders = next(item for item in list_budgets(town.desk).budgets if item.kind is Kind.ORDERS)
    assert orders.room == 1


def test_who_waits_is_listed_by_owner(town: Deployment) -> None:
    """For operators: how many places each has yet to get."""
    town.add_owner("own_b")
    ask_for_many(town, 6)
    ask_for_many(town, 1, "own_b")
    orders = next(item for item in list_budgets(town.desk).budgets if item.kind is Kind.ORDERS)
    assert orders.waiting == (Waiting("own_a", 0, 3), Waiting("own_b", 0, 1))


def _die(*_: object) -> None:
    raise RuntimeError("the worker died")
