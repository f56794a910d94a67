"""One step, one flow."""

from typing import assert_never

from certwright.domain import steps
from certwright.flows.answer_challenge import answer_challenge
from certwright.flows.await_visible import await_visible
from certwright.flows.begin_attempt import begin_attempt
from certwright.flows.check_ownership import check_ownership
from certwright.flows.check_records import check_records
from certwright.flows.close_attempt import close_attempt
from certwright.flows.conclude_dry_run import conclude_dry_run
from certwright.flows.connect_account import connect_account
from certwright.flows.finalize_order import finalize_order
from certwright.flows.job import Effect, Job
from certwright.flows.place_order import place_order
from certwright.flows.poll_order import poll_order
from certwright.flows.publish_answers import publish_answers
from certwright.flows.read_authorization import read_authorization
from certwright.flows.refresh_renewal_info import refresh_renewal_info
from certwright.flows.rehearse_renewal import rehearse_renewal
from certwright.flows.remove_certificate import remove_certificate
from certwright.flows.reserve_budget import reserve_budget
from certwright.flows.revoke_version import revoke_version
from certwright.flows.store_version import store_version
from certwright.flows.watch_records import watch_records
from certwright.flows.withdraw_answers import withdraw_answers
from certwright.flows.world import Workshop


def perform(workshop: Workshop, job: Job, step: steps.Step) -> Effect:  # noqa: PLR0912 - one line for each step
    """Do what a step says; raises `CaRefusal` and `Unavailable`."""
    match step:
        case steps.CheckOwnership():
            return check_ownership(workshop, job)
        case steps.CheckRecords():
            return check_records(workshop, job)
        case steps.WatchRecords():
            return watch_records(workshop, job)
        case steps.ConnectAccount():
            return connect_account(workshop, job)
        case steps.ReserveBudget():
            return reserve_budget(workshop, job)
        case steps.BeginAttempt(replaces):
            return begin_attempt(workshop, job, replaces)
        case steps.PlaceOrder():
            return place_order(workshop, job)
        case steps.PollOrder():
            return poll_order(workshop, job)
        case steps.ReadAuthorization(url):
            return read_authorization(workshop, job, url)
        case steps.PublishAnswers(answers):
            return publish_answers(workshop, job, answers)
        case steps.AwaitVisible():
            return await_visible(workshop, job)
        case steps.AnswerChallenge(url):
            return answer_challenge(workshop, job, url)
        case steps.Finalize():
            return finalize_order(workshop, job)
        case steps.StoreVersion():
            return store_version(workshop, job)
        case steps.ConcludeDryRun():
            return conclude_dry_run(workshop, job)
        case steps.RehearseRenewal():
            return rehearse_renewal(workshop, job)
        case steps.WithdrawAnswers():
            return withdraw_answers(workshop, job)
        case steps.CloseAttempt(problem):
            return close_attempt(workshop, job, problem)
        case steps.RefreshRenewalInfo():
            return refresh_renewal_info(workshop, job)
        case steps.RevokeVersion(revocation):
            return revoke_version(workshop, job, revocation)
        case steps.Remove():
            return remove_certificate(workshop, job)
        case steps.Wait() | steps.Suspend():
            raise ValueError("Waiting is no effect.")
    assert_never(step)
