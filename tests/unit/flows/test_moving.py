"""Moving all certificates of one CA account to another: the urgent first, a few at a time, and to the end."""

from dataclasses import replace

import pytest

from certwright.domain.ca import CaOffer, find_ca
from certwright.domain.certificate import Current
from certwright.domain.errors import Conflict, InvalidRequest, NotFound, Unavailable
from certwright.domain.renewal import DAY
from certwright.flows.ask_revocation import RevocationWish, ask_revocation
from certwright.flows.ca_accounts import (
    MOVE_PREFIX,
    NewAccount,
    create_account,
    deactivate,
    own_definition,
    read_account,
)
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.enqueue_due import enqueue_unsettled
from certwright.flows.move_certificates import MoveView, ask_move, continue_move, end_move, read_move
from certwright.flows.settle_account import settle_account
from tests.support.deployment import ADMIN, CNAME_MISSING, DIRECTORY, Deployment

OWN = find_ca(DIRECTORY).account
BACKUP = NewAccount("backup", "https://backup.test/dir", is_terms_agreed=True, is_public=False, profile="short")


@pytest.fixture(autouse=True)
def backup(town: Deployment) -> None:
    """Have a second account, at another CA."""
    town.directories.offers["https://backup.test/dir"] = CaOffer(profiles=("short",))
    create_account(town.desk, BACKUP)


def issue_some(town: Deployment, count: int = 3) -> list[str]:
    """Have certificates that expire one day after the other, the last requested first."""
    ids = []
    for at in range(count):
        ids.append(town.issue(f"n{at}.test", f"*.n{at}.test"))
        town.clock.advance(milliseconds=DAY)
    return ids


def account(town: Deployment, certificate_id: str) -> str:
    """Tell which account has issued the current version."""
    current: Current | None = town.work(certificate_id).current
    assert current is not None
    return current.account


def finish(town: Deployment, ids: list[str]) -> None:
    """Let workers take what is due until all have a version of the other CA."""
    for certificate_id in ids:
        town.run_until(certificate_id, "issued")


def numbers(view: MoveView) -> tuple[int, int, int]:
    """Tell what is left, under way and held up."""
    return view.progress.left, view.progress.under_way, view.progress.held_up_total


def test_all_certificates_of_a_ca_are_issued_again_at_another(town: Deployment) -> None:
    """With the other's default profile, and without a word of what the first has issued; then the move is complete."""
    ids = issue_some(town)
    assert numbers(ask_move(town.desk, OWN, "backup")) == (3, 0, 0)
    assert continue_move(town.workshop, OWN) == 3
    assert numbers(read_move(town.desk, OWN)) == (0, 3, 0)
    finish(town, ids)
    assert [account(town, item) for item in ids] == ["backup"] * 3
    assert {town.managed(item).desired.profile for item in ids} == {"short"}
    assert town.ca.replaced == set()
    assert continue_move(town.workshop, OWN) == 0
    view = read_move(town.desk, OWN)
    assert (view.progress.is_complete, view.move.finished_at > 0) == (True, True)


def test_those_that_expire_first_are_handed_over_first_and_a_few_at_a_time(town: Deployment) -> None:
    """A CA that is asked for everything at once turns everybody away; each minute's share is looked for anew."""
    ids = issue_some(town, 5)
    ask_move(town.desk, OWN, "backup", per_minute=2)
    handed = []
    for _ in range(3):
        town.queue.receive()
        continue_move(town.workshop, OWN)
        handed.append(sorted(item for item in town.queue.receive() if item in ids))
    assert handed == [sorted(ids[:2]), sorted(ids[2:4]), ids[4:]]


def test_the_sweep_goes_on_with_it_until_all_are_handed_over(town: Deployment) -> None:
    """No operator need stay for it, and what died in the middle goes on a minute later."""
    issue_some(town, 2)
    ask_move(town.desk, OWN, "backup", per_minute=1)
    parts = town.ca_definitions, town.ca_standings, town.queue, town.clock, own_definition(town.settings)
    for _ in range(3):
        enqueue_unsettled(*parts)
        assert MOVE_PREFIX + OWN in town.queue.receive()
        continue_move(town.workshop, OWN)
    enqueue_unsettled(*parts)
    assert MOVE_PREFIX + OWN not in town.queue.receive()


def test_doing_it_twice_at_once_moves_each_once(town: Deployment) -> None:
    """A message may come twice."""
    ids = issue_some(town, 2)
    ask_move(town.desk, OWN, "backup")
    assert [continue_move(town.workshop, OWN), continue_move(town.workshop, OWN)] == [2, 0]
    finish(town, ids)
    assert [current.version for item in ids if (current := town.work(item).current)] == [2, 2]


def test_without_reissue_only_the_next_renewal_goes_elsewhere(town: Deployment) -> None:
    """Where the account's key was seen, its certificates are good."""
    (certificate_id,) = issue_some(town, 1)
    ask_move(town.desk, OWN, "backup", reissues=False)
    continue_move(town.workshop, OWN)
    assert read_move(town.desk, OWN).progress.is_complete
    town.advance(certificate_id)
    assert account(town, certificate_id) == OWN
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    assert town.advance(certificate_id).code == "renewal-due"
    town.run_until(certificate_id, "issued")
    assert account(town, certificate_id) == "backup"


def test_what_is_at_work_at_the_old_ca_is_given_up_there(town: Deployment) -> None:
    """Its answers are withdrawn, its order left; and a version that was stored all the same does not count."""
    certificate_id = town.request()
    town.ca.fail("finalize", Unavailable("Silence."))
    town.advance(certificate_id)
    attempt = town.work(certificate_id).attempt
    assert attempt is not None
    ask_move(town.desk, OWN, "backup")
    continue_move(town.workshop, OWN)
    town.run_until(certificate_id, "issued")
    assert account(town, certificate_id) == "backup"
    problem = town.history(certificate_id)[0].attempt.problem
    assert problem is not None
    assert problem.code == "ca-moved"
    assert town.served == frozenset()


def test_a_version_that_the_old_ca_issues_meanwhile_is_replaced_too(town: Deployment) -> None:
    """A worker that had begun before stores it; it is still of the old CA."""
    (certificate_id,) = issue_some(town, 1)
    ask_move(town.desk, OWN, "backup")
    continue_move(town.workshop, OWN)
    current = town.work(certificate_id).current
    assert current is not None
    town.change_work(certificate_id, current=replace(current, version=2))
    town.run_until(certificate_id, "issued")
    assert account(town, certificate_id) == "backup"


def test_what_asks_several_cas_asks_the_new_one_in_its_place(town: Deployment) -> None:
    """Each once."""
    create_account(town.desk, replace(BACKUP, name="third", profile=""))
    request = CertificateRequest("own_a", ("*.example.test",), cas=("third", OWN, "backup"))
    certificate_id = create_certificate(town.desk, request).desired.id
    ask_move(town.desk, OWN, "backup")
    continue_move(town.workshop, OWN)
    assert [wish.account for wish in town.managed(certificate_id).desired.cas] == ["third", "backup"]
    end_move(town.desk, OWN)
    ask_move(town.desk, "third", "backup")
    continue_move(town.workshop, "third")
    desired = town.managed(certificate_id).desired
    assert (desired.account, desired.cas) == ("backup", ())


def test_requests_go_to_the_new_ca_while_the_move_stands(town: Deployment) -> None:
    """Those that name the old one too; afterwards they don't."""
    ask_move(town.desk, OWN, "backup")
    wishes: list[tuple[str, ...]] = [(), (OWN,), (OWN, "backup")]
    requests = [CertificateRequest("own_a", (f"*.n{at}.test",), cas=cas) for at, cas in enumerate(wishes)]
    made = [create_certificate(town.desk, request).desired for request in requests]
    assert {(desired.account, desired.cas) for desired in made} == {("backup", ())}
    end_move(town.desk, OWN)
    assert town.managed(town.request("*.later.test")).desired.account == OWN
    with pytest.raises(NotFound):
        read_move(town.desk, OWN)


def test_a_move_that_is_ended_leaves_the_rest_where_it_is(town: Deployment) -> None:
    """What was handed over is not brought back; asked for again it goes on."""
    ids = issue_some(town, 2)
    ask_move(town.desk, OWN, "backup", per_minute=1)
    continue_move(town.workshop, OWN)
    end_move(town.desk, OWN)
    assert continue_move(town.workshop, OWN) == 0
    assert [town.managed(item).desired.account for item in ids] == ["backup", OWN]
    assert numbers(ask_move(town.desk, OWN, "backup")) == (1, 1, 0)
    assert continue_move(town.workshop, OWN) == 1


def test_who_is_held_up_is_told_and_holds_nobody_else_up(town: Deployment) -> None:
    """A broken record of one user's is no reason to stay."""
    ids = issue_some(town, 2)
    town.checks.problems["n0.test"] = CNAME_MISSING
    ask_move(town.desk, OWN, "backup")
    continue_move(town.workshop, OWN)
    town.run_until(ids[0], "cname-missing")
    town.run_until(ids[1], "issued")
    view = read_move(town.desk, OWN)
    assert numbers(view) == (0, 1, 1)
    assert [(item.id, item.reason) for item in view.progress.held_up] == [(ids[0], "cname-missing")]
    current = town.work(ids[0]).current
    assert current is not None
    assert view.progress.next_expiry == current.not_after


def test_what_was_given_up_or_deleted_is_not_issued_again(town: Deployment) -> None:
    """It keeps the move from being complete no longer than it is there."""
    given_up, deleted = issue_some(town, 2)
    ask_revocation(town.desk, ADMIN, given_up, RevocationWish("cessationOfOperation"))
    town.run_until(given_up, "revoked")
    town.delete(deleted)
    assert numbers(ask_move(town.desk, OWN, "backup")) == (1, 0, 0)
    continue_move(town.workshop, OWN)
    town.run_until(given_up, "revoked")
    assert account(town, given_up) == OWN
    assert read_move(town.desk, OWN).progress.is_complete


def test_a_full_queue_is_not_filled_further(town: Deployment) -> None:
    """Renewals come through; the move goes on when there is room."""
    issue_some(town, 1)
    ask_move(town.desk, OWN, "backup")
    town.queue.receive()
    town.queue.send_all([f"crt_{at}" for at in range(1000)])
    assert continue_move(town.workshop, OWN) == 0
    town.queue.receive()
    assert continue_move(town.workshop, OWN) == 1


def test_an_account_can_be_given_up_before_or_after_its_certificates_moved(town: Deployment) -> None:
    """Also the deployment's own, once requests go elsewhere."""
    create_account(town.desk, replace(BACKUP, name="seen", profile=""))
    certificate_id = create_certificate(town.desk, CertificateRequest("own_a", ("*.n.test",), cas=("seen",))).desired.id
    town.run_until(certificate_id, "issued")
    deactivate(town.desk, "seen")
    settle_account(town.workshop, "seen")
    ask_move(town.desk, "seen", "backup")
    continue_move(town.workshop, "seen")
    town.run_until(certificate_id, "issued")
    assert account(town, certificate_id) == "backup"
    with pytest.raises(Conflict) as refused:
        deactivate(town.desk, OWN)
    assert refused.value.code == "ca-is-default"
    ask_move(town.desk, OWN, "backup")
    assert deactivate(town.desk, OWN).definition.is_deactivated
    assert read_account(town.desk, OWN).definition.move is not None


@pytest.mark.parametrize(("to", "code"), [("nowhere", "ca-unknown"), (OWN, "ca-unknown")])
def test_a_move_needs_another_account_to_go_to(town: Deployment, to: str, code: str) -> None:
    """One that is there, and is not being moved itself."""
    with pytest.raises(InvalidRequest) as refused:
        ask_move(town.desk, OWN, to)
    assert (refused.value.field, refused.value.code) == ("to", code)
    with pytest.raises(NotFound):
        ask_move(town.desk, "nowhere", "backup")
    ask_move(town.desk, OWN, "backup")
    with pytest.raises(InvalidRequest):
        ask_move(town.desk, "backup", OWN)


def test_another_move_of_the_same_account_has_to_wait(town: Deployment) -> None:
    """Asking for the same again changes the pace only."""
    create_account(town.desk, replace(BACKUP, name="third", profile=""))
    issue_some(town, 1)
    first = ask_move(town.desk, OWN, "backup").move
    with pytest.raises(Conflict) as refused:
        ask_move(town.desk, OWN, "third")
    assert refused.value.code == "ca-moving"
    town.clock.advance(milliseconds=1)
    assert ask_move(town.desk, OWN, "backup", per_minute=5).move == replace(first, per_minute=5)
    with pytest.raises(InvalidRequest):
        ask_move(town.desk, OWN, "backup", per_minute=601)


def test_what_another_account_of_a_distrusted_ca_has_issued_is_replaced_too(town: Deployment) -> None:
    """An account was given up for another of the same CA, then the CA for another."""
    (certificate_id,) = issue_some(town, 1)
    create_account(town.desk, replace(BACKUP, name="second", profile=""))
    ask_move(town.desk, OWN, "second", reissues=False)
    continue_move(town.workshop, OWN)
    ask_move(town.desk, "second", "backup")
    continue_move(town.workshop, "second")
    assert numbers(read_move(town.desk, "second")) == (0, 1, 0)
    town.run_until(certificate_id, "issued")
    assert account(town, certificate_id) == "backup"
    assert read_move(town.desk, "second").progress.is_complete
