"""Issued certificates are watched: a record that goes missing is told weeks before a renewal needs it."""

from dataclasses import replace

import pytest

from certwright.domain.errors import Unavailable
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND
from certwright.domain.shown import Summary
from certwright.domain.watching import LOOKED_AT_WITHIN
from certwright.flows.owners import OwnerChange, change_owner
from certwright.flows.watch_records import SHORT_LINE
from certwright.ports import RenewalWindow
from tests.support.deployment import ADMIN, CNAME_MISSING, WILDCARD, Deployment

IDENTIFIER = "example.test"


def issue(town: Deployment) -> str:
    """Have a certificate that is renewed in forty days, asked about twice a day."""
    now = town.clock.now()
    town.information.window = RenewalWindow(now + 40 * DAY, now + 42 * DAY, 12 * 3600)
    certificate_id = town.issue(*WILDCARD)
    town.checks.calls.clear()
    return certificate_id


def pass_days(town: Deployment, certificate_id: str, days: float) -> None:
    """Let days pass, with everything done when it is due."""
    end = town.clock.now() + int(days * DAY)
    while town.work(certificate_id).due_at <= end:
        town.wait_until_due(certificate_id)
        town.advance(certificate_id)
    town.clock.advance(milliseconds=end - town.clock.now())


def shown(town: Deployment, certificate_id: str) -> Summary:
    """Look at what lists show."""
    return town.store.summaries[certificate_id]


def events(town: Deployment, certificate_id: str) -> list[tuple[str, str]]:
    """Look at what was announced, oldest first."""
    return [(event.state, event.reason) for event in town.store.events[certificate_id]]


def test_records_are_looked_at_daily_and_nothing_comes_up_more_often_for_it(town: Deployment) -> None:
    """A look rides on the question when to renew, which is due anyway."""
    certificate_id = issue(town)
    due = 0
    end = town.clock.now() + 10 * DAY
    while town.work(certificate_id).due_at <= end:
        town.wait_until_due(certificate_id)
        town.advance(certificate_id)
        due += 1
    assert 19 <= due <= 21
    assert 9 <= town.checks.calls["check_delegation"] <= 11


def test_a_record_that_goes_missing_is_told_within_two_days_and_weeks_before_the_renewal(town: Deployment) -> None:
    """In the list, with the certificate and as an event, with what was found."""
    certificate_id = issue(town)
    pass_days(town, certificate_id, 3)
    town.checks.problems[IDENTIFIER] = CNAME_MISSING
    pass_days(town, certificate_id, 2)
    work = town.work(certificate_id)
    assert work.problem == CNAME_MISSING
    assert (shown(town, certificate_id).state, shown(town, certificate_id).reason) == ("issued", "cname-missing")
    assert events(town, certificate_id)[-1] == ("issued", "cname-missing")
    assert work.renew_at - town.clock.now() > 30 * DAY
    assert work.checks[0].problem == CNAME_MISSING


def test_what_is_wrong_for_one_look_only_is_told_to_nobody(town: Deployment) -> None:
    """Name servers have bad minutes; the second look comes an hour later."""
    certificate_id = issue(town)
    before = events(town, certificate_id)
    town.checks.problems[IDENTIFIER] = CNAME_MISSING
    while not town.work(certificate_id).trouble_since:
        town.wait_until_due(certificate_id)
        town.advance(certificate_id)
    assert town.work(certificate_id).due_at == town.clock.now() + HOUR
    del town.checks.problems[IDENTIFIER]
    pass_days(town, certificate_id, 2)
    assert events(town, certificate_id) == before
    assert town.work(certificate_id).problem is None


def test_what_was_mended_is_seen_within_hours_and_told(town: Deployment) -> None:
    """What is known to be wrong is looked at four times a day."""
    certificate_id = issue(town)
    town.checks.problems[IDENTIFIER] = CNAME_MISSING
    pass_days(town, certificate_id, 3)
    del town.checks.problems[IDENTIFIER]
    pass_days(town, certificate_id, 0.5)
    assert events(town, certificate_id)[-2:] == [("issued", "cname-missing"), ("issued", "issued")]
    assert shown(town, certificate_id).reason == "issued"


def test_check_now_looks_at_an_issued_certificate_and_says_at_once_what_it_found(town: Deployment) -> None:
    """Who asks waits for no second look."""
    certificate_id = issue(town)
    town.checks.problems[IDENTIFIER] = CNAME_MISSING
    town.wake(certificate_id)
    assert town.advance(certificate_id).code == "issued"
    assert town.work(certificate_id).problem == CNAME_MISSING
    del town.checks.problems[IDENTIFIER]
    town.wake(certificate_id)
    town.advance(certificate_id)
    assert town.work(certificate_id).problem is None


def test_a_pattern_that_was_taken_away_is_told_as_well(town: Deployment) -> None:
    """The next order would be refused for it, so it is looked at like a record."""
    certificate_id = issue(town)
    town.owners.change(replace(town.owner("own_a"), patterns=()))
    pass_days(town, certificate_id, 3)
    assert town.work(certificate_id).problem is not None
    assert shown(town, certificate_id).reason == "name-not-granted"


def test_known_trouble_neither_keeps_nor_hastens_a_renewal(town: Deployment) -> None:
    """When it falls due, records are looked at afresh and often, as if nothing were known; mended, it is renewed."""
    certificate_id = issue(town)
    town.checks.problems[IDENTIFIER] = CNAME_MISSING
    pass_days(town, certificate_id, 38)
    assert len(town.ca.placed) == 1
    work = town.work(certificate_id)
    town.clock.advance(milliseconds=work.renew_at - town.clock.now())
    pass_days(town, certificate_id, 0.01)
    assert town.work(certificate_id).due_at <= town.clock.now() + MINUTE
    del town.checks.problems[IDENTIFIER]
    town.wait_until_due(certificate_id)
    town.run_until(certificate_id, "issued")
    current = town.work(certificate_id).current
    assert current is not None
    assert current.version == 2
    assert town.clock.now() - work.renew_at < HOUR
    assert town.work(certificate_id).trouble_since == 0


def test_looks_are_put_off_while_others_wait_for_a_worker_but_not_for_ever(town: Deployment) -> None:
    """A look must never keep a renewal waiting; and after two weeks it is made all the same."""
    certificate_id = issue(town)
    for number in range(SHORT_LINE + 1):
        town.queue.send(f"crt_other_{number}")
    pass_days(town, certificate_id, 10)
    assert town.checks.calls["check_delegation"] == 0
    pass_days(town, certificate_id, 6)
    assert town.checks.calls["check_delegation"] == 1
    assert town.clock.now() - town.work(certificate_id).checked_at < LOOKED_AT_WITHIN
    town.wake(certificate_id)
    town.advance(certificate_id)
    assert town.checks.calls["check_delegation"] == 2


def test_a_look_that_fails_changes_nothing(town: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it: the certificate stays as it was, and the look is made later."""
    certificate_id = issue(town)
    before = town.work(certificate_id)

    def refuse(owner: str, domain: str) -> None:
        raise Unavailable(f"{domain} of {owner}: the table is busy.")

    monkeypatch.setattr(town.delegations, "read", refuse)
    pass_days(town, certificate_id, 2)
    after = town.work(certificate_id)
    assert (after.problem, after.checks, after.checked_at) == (None, before.checks, before.checked_at)
    monkeypatch.undo()
    pass_days(town, certificate_id, 1)
    assert town.work(certificate_id).checked_at > before.checked_at


def test_certificates_of_an_owner_who_is_not_active_are_not_looked_at(town: Deployment) -> None:
    """Nothing is renewed for them, whatever their records say."""
    certificate_id = issue(town)
    change_owner(town.desk, ADMIN.owner, OwnerChange(is_active=False))
    pass_days(town, certificate_id, 3)
    assert town.checks.calls["check_delegation"] == 0
    assert town.work(certificate_id).due_at > town.clock.now() - SECOND
