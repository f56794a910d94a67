"""A CA that is gone for a week: nobody's certificate is lost, and afterwards those come first that expire first."""

from dataclasses import replace

import pytest

from certwright.domain.certificate import Current
from certwright.domain.errors import Unavailable
from certwright.domain.renewal import DAY, HOUR, MINUTE, next_round
from certwright.domain.shown import status
from certwright.flows.ca_accounts import NewAccount, create_account
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from tests.support.deployment import Deployment

SILENCE = Unavailable("The CA does not answer.", code="ca-unavailable")
CA_CALLS = ("place_order", "fetch_order", "finalize", "fetch_authorization", "answer")
COUNT = 5


def current(town: Deployment, certificate_id: str) -> Current:
    """Look at the current version."""
    found = town.work(certificate_id).current
    assert found is not None
    return found


def problem_code(town: Deployment, certificate_id: str) -> str:
    """Tell what people see is wrong."""
    managed = town.managed(certificate_id)
    found = status(managed.desired, managed.work, town.clock.now()).problem
    return found.code if found else ""


def pass_time(town: Deployment, ids: list[str], milliseconds: int) -> list[str]:
    """Let workers take what is due, the oldest first, and tell in which order versions came."""
    until, came = town.clock.now() + milliseconds, []
    versions = {item: current(town, item).version for item in ids}
    while town.clock.now() < until:
        for certificate_id in town.jobs.list_due(town.clock.now(), 100):
            town.advance(certificate_id)
            if current(town, certificate_id).version > versions[certificate_id]:
                versions[certificate_id] += 1
                came.append(certificate_id)
        next_due = min(town.work(item).due_at for item in ids)
        town.clock.advance(milliseconds=max(MINUTE // 60, min(next_due, until) - town.clock.now()))
    return came


@pytest.fixture
def ids(town: Deployment) -> list[str]:
    """Certificates that expire a day after one another, the last requested first, all due for renewal."""
    made = [town.issue(f"n{at}.test", f"*.n{at}.test") for at in range(COUNT)]
    for at, certificate_id in enumerate(made):
        found = current(town, certificate_id)
        ends = found.not_after - 70 * DAY - at * DAY
        town.change_work(
            certificate_id, current=replace(found, not_after=ends), renew_at=1, window_check_at=ends, due_at=1
        )
    return made


def silence(town: Deployment) -> None:
    """Let the CA fall silent until it recovers."""
    for operation in CA_CALLS:
        town.ca.fail(operation, SILENCE, times=10**6)


def test_after_a_week_without_the_ca_certificates_are_renewed_in_the_order_of_their_ends(
    town: Deployment, ids: list[str]
) -> None:
    """Within a round of the CA's return; until then they serve, and say why they wait."""
    silence(town)
    assert pass_time(town, ids, 7 * DAY) == []
    codes = {problem_code(town, item) for item in ids}
    assert codes <= {"ca-unavailable", "order-not-placed"}
    town.ca.recover()
    assert pass_time(town, ids, 6 * HOUR) == list(reversed(ids))
    assert [current(town, item).version for item in ids] == [2] * COUNT


def test_another_ca_is_asked_within_hours_where_the_request_lists_one(town: Deployment) -> None:
    """The first is gone back to when it is there again."""
    backup = NewAccount("backup", "https://backup.test/dir", is_terms_agreed=True, is_public=False)
    create_account(town.desk, backup)
    wanted = CertificateRequest("own_a", ("*.n.test",), cas=(town.desk.ca.account, "backup"))
    certificate_id = create_certificate(town.desk, wanted).desired.id
    town.run_until(certificate_id, "issued")
    first = current(town, certificate_id).account
    town.change_work(certificate_id, renew_at=1, window_check_at=town.clock.now() + 80 * DAY, due_at=1)
    silence(town)
    while town.work(certificate_id).failures == 0:
        town.advance(certificate_id)
        town.wait_until_due(certificate_id)
    town.ca.recover()
    town.run_until(certificate_id, "issued")
    assert (first, current(town, certificate_id).account) == (town.desk.ca.account, "backup")


@pytest.mark.parametrize("remaining", [0, HOUR, 5 * DAY, 89 * DAY, 90 * DAY, 400 * DAY])
def test_a_round_is_never_further_away_than_a_round_and_a_half(remaining: int) -> None:
    """And never in the past: nobody asks without end."""
    for now in (1, 7 * HOUR, 12 * HOUR - 1, 12 * HOUR):
        at = next_round(now, remaining)
        assert now < at <= now + 6 * HOUR


def test_who_expires_first_comes_first_in_a_round_whenever_they_asked() -> None:
    """The round begins for all at the same instant."""
    asked = [(at * 10 * MINUTE, (20 - at) * DAY) for at in range(20)]
    turns = [next_round(now, remaining) for now, remaining in asked]
    assert turns == sorted(turns, reverse=True)
