"""What holds of `next_step` in every state, those included that nobody thought of."""

from dataclasses import replace
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.domain import steps
from certwright.domain.certificate import Attempt, Current, Desired, Work
from certwright.domain.dry_run import Rehearsal, Verdict
from certwright.domain.next_step import PERMISSION_LASTS, View, next_step
from certwright.domain.order import Authorization, Challenge, Order, Status
from certwright.domain.problem import Actor, Problem
from certwright.domain.publication import build_publication
from certwright.domain.records import NameCheck
from certwright.domain.renewal import DAY
from tests.support.views import ACCOUNT, NOW, ORDER_URL, OWNER, TARGET, attempt, current, desired

STEPS = get_args(steps.Step.__value__)
NAMES = ("*.example.com", "example.com", "www.example.org")

flags = st.booleans()
problems = st.none() | st.just(Problem("broken", "Mend it.", Actor.USER))
instants = st.just(0) | st.integers(NOW - 40 * DAY, NOW + 40 * DAY)
statuses = st.sampled_from(Status)
desireds = st.builds(
    lambda http, is_deleted, dry_run_of, days: replace(
        desired(NAMES, http, is_deleted=is_deleted), dry_run_of=dry_run_of, rehearse_days=days
    ),
    st.sampled_from([(), ("www.example.org",), ("example.com", "www.example.org")]),
    flags,
    st.sampled_from(["", "", "live"]),
    st.sampled_from([0, 1, 30]),
)
verdicts = st.builds(Verdict, instants.filter(bool), problems)
rehearsals = st.builds(Rehearsal, st.integers(1, 2), st.just("crt_2"), instants, flags, instants, instants, problems)


@st.composite
def authorizations(draw: st.DrawFn, name: str) -> Authorization:
    """An authorization as a CA might show it."""
    url = f"https://ca.test/authz/{name}"
    types = draw(st.lists(st.sampled_from(["dns-01", "http-01", "tls-alpn-01"]), unique=True, max_size=3))
    challenges = tuple(Challenge(each, f"{url}/{each}", f"token-{name}", draw(statuses)) for each in types)
    plain = name.removeprefix("*.")
    return Authorization(url, plain, plain != name, draw(statuses), challenges)


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """An order in any status, with any of its authorizations."""
    parts = tuple(draw(authorizations(name)) for name in NAMES if draw(flags))
    urls = tuple(part.url for part in parts)
    order = Order(ORDER_URL, draw(statuses), NAMES, f"{ORDER_URL}/finalize", urls, parts)
    return replace(order, expires_at=draw(instants), retry_at=draw(instants), problem=draw(problems))


@st.composite
def attempts(draw: st.DrawFn, wanted: Desired, order: Order) -> Attempt:
    """An attempt that has come as far as any, some of the order's authorizations read, some answers published."""
    begun = replace(attempt(draw(st.sampled_from(["", ORDER_URL]))), started_at=draw(instants))
    work, read = Work(wanted.id, NOW, checks=checks_of(wanted)), [part for part in order.authorizations if draw(flags)]
    named = (build_publication(wanted, work, ACCOUNT, begun, part) for part in read)
    urls = [challenge.url for part in order.authorizations for challenge in part.challenges]
    unread = tuple(url for url in order.authorization_urls if url not in {part.url for part in read})
    return replace(
        begun,
        unread=draw(st.sampled_from([None, unread])),
        publications=tuple(replace(item, generation=draw(st.integers(0, 1))) for item in named if item),
        is_visible=draw(flags),
        is_stored=draw(flags),
        problem=draw(problems),
        answered=tuple(url for url in urls if draw(flags)),
    )


def checks_of(wanted: Desired) -> tuple[NameCheck, ...]:
    """Say that every DNS-01 name is delegated."""
    return tuple(NameCheck(name, None, TARGET) for name in wanted.dns_identifiers)


@st.composite
def currents(draw: st.DrawFn) -> Current:
    """A version that lives, or has lived."""
    return current(draw(st.integers(NOW - 40 * DAY, NOW + 90 * DAY)), draw(st.sampled_from([ACCOUNT.name, "another"])))


@st.composite
def views(draw: st.DrawFn) -> View:
    """Any view at all."""
    wanted, order = draw(desireds), draw(orders())
    work = Work(
        wanted.id,
        due_at=NOW,
        claims_since_save=draw(st.integers(0, 8)),
        problem=draw(problems),
        waiting_since=draw(instants),
        checks=tuple(replace(check, problem=draw(problems)) for check in checks_of(wanted)),
        checked_at=draw(instants),
        ownership_problem=draw(problems),
        ownership_checked_at=draw(instants),
        attempt=draw(st.none() | attempts(wanted, order)),
        failures=draw(st.integers(0, 5)),
        retry_at=draw(instants),
        current=draw(st.none() | currents()),
        renew_at=draw(instants),
        window_check_at=draw(instants),
        watch_at=draw(instants),
        trouble_since=draw(st.just(0) | instants),
        verdict=draw(st.none() | verdicts) if wanted.dry_run_of else None,
        rehearsal=draw(st.none() | rehearsals),
    )
    owner = draw(st.none() | st.builds(lambda is_active: replace(OWNER, is_active=is_active), flags))
    return View(wanted, work, owner, draw(st.sampled_from([None, ACCOUNT])), draw(st.sampled_from([None, order])))


@given(views())
def test_every_certificate_has_something_to_do_or_a_time_to_look_again(view: View) -> None:
    """Never an exception, never nothing, never a wait that has ended already."""
    step = next_step(view, NOW)
    assert isinstance(step, STEPS)
    if isinstance(step, steps.Wait | steps.Suspend):
        assert step.until > NOW


@given(views())
def test_no_challenge_is_answered_before_all_answers_are_published_and_visible(view: View) -> None:
    """A CA that looks too early fails the authorization for good."""
    step, work = next_step(view, NOW), view.work
    if not isinstance(step, steps.AnswerChallenge):
        return
    assert work.attempt is not None
    assert work.attempt.unread == () or (view.order and view.order.authorization_urls == ())
    assert all(item.generation for item in work.attempt.publications)
    assert work.attempt.is_visible
    assert step.url in {item.challenge_url for item in work.attempt.publications}
    assert step.url not in work.attempt.answered


@given(views())
def test_an_order_is_finalized_only_for_who_may_and_after_a_look_that_is_not_old(view: View) -> None:
    """Hours may lie between the order and its end."""
    step, work = next_step(view, NOW), view.work
    if isinstance(step, steps.Finalize):
        assert view.owner is not None
        assert view.owner.is_active
        assert not work.ownership_problem
        assert not any(check.problem for check in work.checks)
        assert min(work.checked_at, work.ownership_checked_at) > NOW - PERMISSION_LASTS


@given(views())
def test_an_attempt_is_closed_only_when_its_answers_are_withdrawn(view: View) -> None:
    """Nothing is left behind that answers a CA."""
    if isinstance(next_step(view, NOW), steps.CloseAttempt):
        assert view.work.attempt is not None
        assert view.work.attempt.publications == ()


@given(views())
def test_an_attempt_that_is_over_is_withdrawn_then_closed(view: View) -> None:
    """And nothing else is done for it."""
    work = view.work
    if work.attempt and work.attempt.is_over and work.claims_since_save <= 5:
        assert isinstance(next_step(view, NOW), steps.WithdrawAnswers | steps.CloseAttempt)


@given(views())
def test_an_order_is_placed_only_for_who_may_and_after_a_fresh_look(view: View) -> None:
    """Before every order: an active owner, names that are granted, records that stand."""
    step, work = next_step(view, NOW), view.work
    if isinstance(step, steps.PlaceOrder | steps.BeginAttempt):
        assert view.owner is not None
        assert view.owner.is_active
        assert not work.ownership_problem
        assert not any(check.problem for check in work.checks)
        assert work.checked_at > NOW - 60_000
        assert work.ownership_checked_at > NOW - 60_000
        assert not view.desired.is_deleted


@given(views())
def test_a_deleted_certificate_is_torn_down_step_by_step(view: View) -> None:
    """Withdrawn, closed, removed: no step leads away from it."""
    if not view.desired.is_deleted or view.work.claims_since_save > 5:
        return
    step = next_step(view, NOW)
    if view.work.attempt is None:
        assert step == steps.Remove()
        return
    published = bool(view.work.attempt.publications)
    assert isinstance(step, steps.WithdrawAnswers if published else steps.CloseAttempt)
    gone = replace(view, work=replace(view.work, attempt=None))
    assert next_step(gone, NOW) == steps.Remove()


@given(views())
def test_the_same_view_gives_the_same_step(view: View) -> None:
    """No clock, no chance, no memory."""
    assert next_step(view, NOW) == next_step(view, NOW)


@settings(max_examples=50)
@given(views())
def test_nothing_of_a_dry_run_is_ever_stored_and_none_that_has_ended_asks_a_ca(view: View) -> None:
    """What comes of it is a verdict."""
    step = next_step(view, NOW)
    if view.desired.dry_run_of:
        assert not isinstance(step, steps.StoreVersion | steps.RehearseRenewal | steps.RefreshRenewalInfo)
        if view.work.verdict and view.work.attempt is None:
            assert isinstance(step, steps.Wait | steps.Remove | steps.Suspend)
    else:
        assert not isinstance(step, steps.ConcludeDryRun)


@settings(max_examples=50)
@given(views())
def test_a_rehearsal_never_stands_before_a_renewal_that_is_due(view: View) -> None:
    """Whatever it has come to: the renewal goes on as if there were none."""
    work = view.work
    without = replace(view, work=replace(work, rehearsal=None), desired=replace(view.desired, rehearse_days=0))
    is_due = work.current is None or work.renew_at <= NOW or work.attempt is not None
    if is_due:
        assert next_step(view, NOW) == next_step(without, NOW)
