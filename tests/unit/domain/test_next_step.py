"""`next_step`: for each state of a certificate, the one thing to do."""

from dataclasses import replace

import pytest

from certwright.domain.answer import HttpAnswer, TxtAnswer
from certwright.domain.budget import Place
from certwright.domain.certificate import STUCK_AFTER_CLAIMS, Publication, Work
from certwright.domain.limits import Kind
from certwright.domain.next_step import (
    DELETED,
    OBSERVATION_HOLDS,
    ORDER_EXPIRED,
    ORDER_NOT_PLACED,
    PERMISSION_LASTS,
    PLACING_LASTS,
    PROCESSING_LASTS,
    RENEWAL_DUE,
    View,
    next_step,
)
from certwright.domain.order import Authorization, ChallengeType, Status
from certwright.domain.owner import Owner
from certwright.domain.problem import Actor, Problem
from certwright.domain.publication import ANSWER_LIFETIME, build_publication
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND
from certwright.domain.reservation import waiting_problem
from certwright.domain.revocation import Reason, Revocation, Revoked
from certwright.domain.steps import (
    AnswerChallenge,
    AwaitVisible,
    BeginAttempt,
    CheckOwnership,
    CheckRecords,
    CloseAttempt,
    ConnectAccount,
    Finalize,
    PlaceOrder,
    PollOrder,
    PublishAnswers,
    ReadAuthorization,
    RefreshRenewalInfo,
    Remove,
    ReserveBudget,
    RevokeVersion,
    Step,
    StoreVersion,
    Suspend,
    Wait,
    WithdrawAnswers,
)
from tests.support.views import (
    ACCOUNT,
    BROKEN,
    NOW,
    ORDER_URL,
    OWNER,
    TARGET,
    attempt,
    authorization,
    checked_work,
    checks,
    current,
    desired,
    in_flight,
    order,
)

WANTED = desired()
MIXED = desired(("*.example.com", "www.example.org"), http=("www.example.org",))
DELETE = desired(is_deleted=True)
CHECKED = checked_work(WANTED)
FRESH = Work(WANTED.id, due_at=NOW)
ISSUED = replace(FRESH, current=current(), renew_at=NOW + 60 * DAY, window_check_at=NOW + 12 * HOUR, watch_at=NOW + DAY)
BEGUN = replace(CHECKED, attempt=attempt())
PLACED = replace(CHECKED, attempt=attempt(ORDER_URL))
EARLIER = Problem("ca-dns", "It failed before.", Actor.USER)
ALL_READ = replace(PLACED, attempt=replace(attempt(ORDER_URL), unread=()))
FAILED = replace(attempt(ORDER_URL), problem=EARLIER)
PENDING = order(WANTED)
ANSWERED = tuple(item.challenge("dns-01").url for item in PENDING.authorizations)  # type: ignore[union-attr]  # offered


def view(work: Work, *, account: bool = True, **parts: object) -> View:
    """Build a view of work, with the account connected and places reserved."""
    parts = {"reserved_at": NOW, **parts}
    return View(WANTED, work, OWNER, ACCOUNT if account else None, **parts)  # type: ignore[arg-type]  # for tables


def named(authorizations: tuple[Authorization, ...]) -> View:
    """Build the view of an attempt that has read its order's authorizations and published nothing."""
    begun = replace(attempt(ORDER_URL), unread=())
    found = (build_publication(WANTED, CHECKED, ACCOUNT, begun, item) for item in authorizations)
    publications = tuple(item for item in found if item)
    return view(replace(CHECKED, attempt=replace(begun, publications=publications)), order=PENDING)


def publications_of(seen: View) -> tuple[Publication, ...]:
    """Tell which answers an attempt has named."""
    assert seen.work.attempt is not None
    return seen.work.attempt.publications


REVOCATION = Revocation(1, Reason.KEY_COMPROMISE, NOW, reissues=True)
REVOKED = replace(ISSUED, revoked=(Revoked(1, NOW),), window_check_at=0)
COMPROMISED = replace(ISSUED, current=replace(current(), public_key="digest"), compromised_keys=("digest",))


def asked(work: Work, *revocations: Revocation, is_deleted: bool = False) -> View:
    """Build a view of work whose certificate has versions to revoke."""
    return replace(view(work), desired=replace(WANTED, revocations=revocations, is_deleted=is_deleted))


REVOKING: list[tuple[str, View, type[Step]]] = [
    ("a version is to be revoked", asked(ISSUED, REVOCATION), RevokeVersion),
    ("a version is to be revoked while another attempt runs", asked(PLACED, REVOCATION), RevokeVersion),
    (
        "a version is to be revoked before the rest is deleted",
        asked(ISSUED, REVOCATION, is_deleted=True),
        RevokeVersion,
    ),
    ("the CA was silent", asked(replace(ISSUED, revoke_at=NOW + MINUTE), REVOCATION), Wait),
    (
        "the CA was silent and the rest waits for it",
        asked(replace(FRESH, revoke_at=NOW + 1), REVOCATION, is_deleted=True),
        Wait,
    ),
    (
        "the CA was silent, but there is an order to poll",
        asked(replace(PLACED, revoke_at=NOW + 1), REVOCATION),
        PollOrder,
    ),
    ("the current version is revoked and to be replaced", asked(REVOKED, REVOCATION), CheckOwnership),
    ("the current version is revoked for good", asked(REVOKED, replace(REVOCATION, reissues=False)), Wait),
    ("the CA would not revoke it", asked(replace(ISSUED, revoked=(Revoked(1, NOW, EARLIER),)), REVOCATION), Wait),
    ("another version's key was compromised, and it is this one's", view(COMPROMISED), CheckOwnership),
    ("the attempt's key was compromised", view(replace(PLACED, compromised_keys=("digest",))), CloseAttempt),
]


@pytest.mark.parametrize(("situation", "seen", "wanted"), REVOKING, ids=[row[0] for row in REVOKING])
def test_revocation_goes_before_all_else_and_what_it_leaves_is_replaced(
    situation: str, seen: View, wanted: type[Step]
) -> None:
    """At once, but not in the way of what else there is to do while the CA is silent."""
    assert isinstance(next_step(seen, NOW), wanted), situation


def test_a_wait_is_no_longer_than_until_the_ca_is_asked_to_revoke_again() -> None:
    """Else a revocation would wait for a renewal."""
    step = next_step(asked(replace(ISSUED, revoke_at=NOW + MINUTE), REVOCATION), NOW)
    assert isinstance(step, Wait)
    assert step.until == NOW + MINUTE


def test_a_csr_whose_key_was_compromised_is_not_ordered_with_again() -> None:
    """Only its user can make another."""
    seen = replace(view(replace(CHECKED, compromised_keys=("k",))), desired=replace(WANTED, csr=b"csr", csr_key="k"))
    step = next_step(seen, NOW)
    assert isinstance(step, Wait)
    assert step.problem is not None
    assert (step.problem.code, step.problem.actor) == ("csr-key-compromised", Actor.USER)


AWAITED = Place("ca#orders#main", Kind.ORDERS, "The CA limits new orders of an account", at=NOW + HOUR, account="main")
FAR = replace(AWAITED, at=NOW + 90 * DAY)

BEFORE_AN_ORDER: list[tuple[str, View, type[Step]]] = [
    ("nothing is known", view(FRESH), CheckOwnership),
    ("ownership is old", view(replace(CHECKED, ownership_checked_at=NOW - OBSERVATION_HOLDS)), CheckOwnership),
    ("ownership was just found good", view(replace(CHECKED, checked_at=0)), CheckRecords),
    ("the look at records is old", view(replace(CHECKED, checked_at=NOW - OBSERVATION_HOLDS)), CheckRecords),
    ("everything stands, no account is connected", view(CHECKED, account=False), ConnectAccount),
    ("everything stands, the CA's limits are not looked at", view(CHECKED, reserved_at=0), ReserveBudget),
    (
        "a place is waited for at another CA",
        view(replace(CHECKED, places=(replace(AWAITED, account="another"),)), reserved_at=0),
        ReserveBudget,
    ),
    ("the look at limits is old", view(CHECKED, reserved_at=NOW - OBSERVATION_HOLDS), ReserveBudget),
    ("everything stands", view(CHECKED), BeginAttempt),
    ("its backoff is over", view(replace(CHECKED, retry_at=NOW)), BeginAttempt),
    ("an attempt is begun", view(BEGUN), PlaceOrder),
    ("an attempt is begun, no account is connected", view(BEGUN, account=False), ConnectAccount),
    ("the look at records got old before the order", view(replace(BEGUN, checked_at=NOW - MINUTE)), CheckRecords),
    ("the look at limits got old before the order", view(BEGUN, reserved_at=NOW - MINUTE), ReserveBudget),
    ("ownership got old before the order", view(replace(BEGUN, ownership_checked_at=0)), CheckOwnership),
]

AFTER_THE_ORDER: list[tuple[str, View, type[Step]]] = [
    ("the order is not loaded", view(PLACED), PollOrder),
    ("a placed order is not loaded, no account is connected", view(PLACED, account=False), ConnectAccount),
    ("no authorization is read", view(PLACED, order=PENDING), ReadAuthorization),
    ("answers are not published", named(PENDING.authorizations), PublishAnswers),
    ("answers are published", in_flight(WANTED, PENDING), AwaitVisible),
    ("answers are visible", in_flight(WANTED, PENDING, is_visible=True), AnswerChallenge),
    ("the order is ready", view(PLACED, order=order(WANTED, Status.READY)), Finalize),
    ("the order is valid", view(PLACED, order=order(WANTED, Status.VALID)), StoreVersion),
    ("the order is in processing", view(PLACED, order=order(WANTED, Status.PROCESSING)), PollOrder),
    (
        "all authorizations are valid, the order is not ready yet",
        view(ALL_READ, order=order(WANTED, Status.PENDING, authorization("example.com", Status.VALID))),
        PollOrder,
    ),
]


@pytest.mark.parametrize(("when", "seen", "wanted"), BEFORE_AN_ORDER + AFTER_THE_ORDER)
def test_the_next_step_is_the_one_that_obtains_what_is_missing(when: str, seen: View, wanted: type[Step]) -> None:
    """Everything is in the view: no history, no clock of its own."""
    assert type(next_step(seen, NOW)) is wanted, when


WAITS: list[tuple[str, View, Step]] = [
    (
        "a limit has no room for an hour",
        view(replace(CHECKED, places=(AWAITED,)), account=False),
        Wait(AWAITED.at, "waiting-for-budget", waiting_problem(AWAITED)),
    ),
    (
        "a limit has no room for months",
        view(replace(CHECKED, places=(FAR,))),
        Wait(NOW + 7 * DAY, "waiting-for-budget", waiting_problem(FAR)),
    ),
    (
        "a record is missing",
        view(replace(CHECKED, checks=checks(WANTED, BROKEN), waiting_since=NOW)),
        Wait(NOW + 5 * SECOND, "cname-missing", BROKEN),
    ),
    (
        "a record has been missing for long",
        view(replace(CHECKED, checks=checks(WANTED, BROKEN), waiting_since=NOW - 8 * DAY)),
        Wait(NOW + DAY, "cname-missing", BROKEN),
    ),
    (
        "a name is not the owner's",
        view(replace(CHECKED, ownership_problem=BROKEN)),
        Wait(NOW + 5 * SECOND, "cname-missing", BROKEN),
    ),
    (
        "an attempt failed",
        view(replace(CHECKED, retry_at=NOW + MINUTE, problem=EARLIER)),
        Wait(NOW + MINUTE, "backing-off", EARLIER),
    ),
    ("it is issued", view(ISSUED), Wait(NOW + 12 * HOUR, "issued")),
    (
        "it is issued and renewal comes first",
        view(replace(ISSUED, renew_at=NOW + HOUR)),
        Wait(NOW + HOUR, "issued"),
    ),
    (
        "the CA asked for patience",
        view(PLACED, order=replace(order(WANTED, Status.PROCESSING), retry_at=NOW + 3000)),
        Wait(NOW + 3000, "ca-at-work"),
    ),
]


@pytest.mark.parametrize(("when", "seen", "wanted"), WAITS)
def test_waiting_has_an_end_and_a_reason(when: str, seen: View, wanted: Step) -> None:
    """The reason is the problem's code where something is wrong."""
    assert next_step(seen, NOW) == wanted, when


def test_challenges_are_answered_once_even_where_the_ca_goes_on_calling_them_pending() -> None:
    """Boulder has no challenge in processing, and validates again when told again."""
    answered = in_flight(WANTED, PENDING, is_visible=True)
    assert answered.work.attempt is not None
    for at, url in enumerate(ANSWERED):
        told = replace(answered.work, attempt=replace(answered.work.attempt, answered=ANSWERED[:at]))
        assert next_step(replace(answered, work=told), NOW) == AnswerChallenge(url)
    told = replace(answered.work, attempt=replace(answered.work.attempt, answered=ANSWERED))
    waiting = replace(answered, work=told, order=replace(PENDING, retry_at=NOW + SECOND))
    assert next_step(waiting, NOW) == Wait(NOW + SECOND, "ca-at-work")
    assert next_step(waiting, NOW + SECOND) == PollOrder()


def test_an_apex_and_its_wildcard_are_answered_by_two_values_at_one_name() -> None:
    """They share the delegation (RFC 8555 §8.4)."""
    step = next_step(named(PENDING.authorizations), NOW)
    assert isinstance(step, PublishAnswers)
    answers = [answer for answer in step.answers if isinstance(answer, TxtAnswer)]
    assert len({answer.value for answer in answers}) == 2
    assert {(answer.name, answer.attempt) for answer in answers} == {(TARGET, "att_1")}
    assert {answer.expires_at for answer in answers} == {(NOW + ANSWER_LIFETIME) // 1000}


def test_each_name_is_answered_by_its_own_challenge() -> None:
    """HTTP-01 and DNS-01 in one certificate: the body at the token, the value at the target."""
    publications = publications_of(in_flight(MIXED, order(MIXED)))
    by_type = {type(item.answer): item.answer for item in publications}
    http = by_type[HttpAnswer]
    assert isinstance(http, HttpAnswer)
    assert (http.host, http.body) == ("www.example.org", f"{http.token}.thumbprint")
    assert set(by_type) == {HttpAnswer, TxtAnswer}
    types = [item.challenge_url.rpartition("/")[2] for item in publications]
    assert types == [ChallengeType.DNS_01, ChallengeType.HTTP_01]


def test_authorizations_are_read_one_after_the_other_and_none_again() -> None:
    """A hundred of them at a slow CA take more than one invocation."""
    urls = PENDING.authorization_urls
    assert next_step(view(PLACED, order=PENDING), NOW) == ReadAuthorization(urls[0])
    some = replace(PLACED, attempt=replace(attempt(ORDER_URL), unread=urls[1:]))
    assert next_step(view(some, order=PENDING), NOW) == ReadAuthorization(urls[1])


def test_an_answer_named_by_an_earlier_version_is_not_taken_for_a_challenge() -> None:
    """It did not keep the challenge's URL; its authorization is read again."""
    seen = in_flight(WANTED, PENDING, is_visible=True)
    assert seen.work.attempt is not None
    old = tuple(replace(item, challenge_url="") for item in seen.work.attempt.publications)
    work = replace(seen.work, attempt=replace(seen.work.attempt, publications=old, unread=None))
    assert next_step(replace(seen, work=work), NOW) == ReadAuthorization(PENDING.authorization_urls[0])
    read = replace(seen.work, attempt=replace(seen.work.attempt, publications=old))
    assert next_step(replace(seen, work=read), NOW) == PollOrder()


def test_an_answer_whose_shard_was_not_moved_on_is_published_again() -> None:
    """A crash may have come between the put and the counting."""
    seen = in_flight(WANTED, PENDING, is_visible=True)
    assert seen.work.attempt is not None
    uncounted = tuple(replace(item, generation=0) for item in seen.work.attempt.publications)
    work = replace(seen.work, attempt=replace(seen.work.attempt, publications=uncounted))
    assert isinstance(next_step(replace(seen, work=work), NOW), PublishAnswers)


ENDINGS: list[tuple[str, View, Problem | None]] = [
    ("its certificate is stored", view(replace(CHECKED, attempt=replace(attempt(ORDER_URL), is_stored=True))), None),
    ("it has failed", view(replace(CHECKED, attempt=FAILED)), EARLIER),
    ("the certificate was deleted", replace(view(PLACED, order=PENDING), desired=DELETE), DELETED),
    ("the certificate was deleted before the order", replace(view(BEGUN), desired=DELETE), DELETED),
    ("the order is invalid", view(PLACED, order=replace(order(WANTED, Status.INVALID), problem=EARLIER)), EARLIER),
    (
        "the order is in processing past its end",
        view(PLACED, order=replace(order(WANTED, Status.PROCESSING), expires_at=NOW)),
        ORDER_EXPIRED,
    ),
    (
        "the order is pending past its end",
        view(
            PLACED,
            order=replace(order(WANTED, Status.PENDING, authorization("a.com", Status.VALID)), expires_at=NOW),
        ),
        ORDER_EXPIRED,
    ),
    ("a record went missing before the order", view(replace(BEGUN, checks=checks(WANTED, BROKEN))), BROKEN),
    ("a name was lost before the order", view(replace(BEGUN, ownership_problem=BROKEN)), BROKEN),
]


@pytest.mark.parametrize(("when", "seen", "problem"), ENDINGS)
def test_an_attempt_ends_with_its_reason(when: str, seen: View, problem: Problem | None) -> None:
    """None where it succeeded."""
    assert next_step(seen, NOW) == CloseAttempt(problem), when


@pytest.mark.parametrize(("when", "seen", "problem"), ENDINGS)
def test_an_attempt_that_ends_withdraws_its_answers_first(when: str, seen: View, problem: Problem | None) -> None:
    """Whatever the reason."""
    published = in_flight(WANTED, PENDING).work.attempt
    assert published is not None
    assert seen.work.attempt is not None
    left = replace(seen.work.attempt, publications=published.publications)
    assert next_step(replace(seen, work=replace(seen.work, attempt=left)), NOW) == WithdrawAnswers(), when


@pytest.mark.parametrize("status", [Status.INVALID, Status.DEACTIVATED, Status.EXPIRED, Status.REVOKED])
def test_an_order_that_ended_without_a_reason_is_named_by_its_status(status: Status) -> None:
    """The person still gets a sentence."""
    step = next_step(view(PLACED, order=order(WANTED, status)), NOW)
    assert isinstance(step, CloseAttempt)
    assert step.problem is not None
    assert (step.problem.code, step.problem.actor) == ("order-invalid", Actor.CA)
    assert status.value in step.problem.sentence


def test_an_attempt_that_can_place_no_order_for_an_hour_ends() -> None:
    """Its answers would be served for too short a time."""
    assert next_step(view(BEGUN), NOW + PLACING_LASTS) == CloseAttempt(ORDER_NOT_PLACED)
    assert next_step(view(BEGUN), NOW + PLACING_LASTS - 1) == CheckOwnership()


def test_an_attempt_whose_answers_are_no_longer_served_ends() -> None:
    """The nodes drop them by themselves."""
    seen = in_flight(WANTED, PENDING, is_visible=True)
    assert isinstance(next_step(seen, NOW + ANSWER_LIFETIME - 1), AnswerChallenge)
    assert next_step(seen, NOW + ANSWER_LIFETIME) == WithdrawAnswers()


def test_an_order_that_is_ready_is_not_finalized_after_its_end() -> None:
    """A CA that goes on refusing to finalize it holds nothing up for ever."""
    seen = view(PLACED, order=replace(order(WANTED, Status.READY), expires_at=NOW))
    assert next_step(seen, NOW - 1) == Finalize()
    assert next_step(seen, NOW) == CloseAttempt(ORDER_EXPIRED)


OLD = NOW - PERMISSION_LASTS
READY = order(WANTED, Status.READY)
LONG_READY: list[tuple[str, Work, Step]] = [
    ("records", replace(PLACED, checked_at=OLD), CheckRecords()),
    ("ownership", replace(PLACED, ownership_checked_at=OLD), CheckOwnership()),
    ("neither", replace(PLACED, checked_at=OLD + 1, ownership_checked_at=OLD + 1), Finalize()),
    (
        "a record has gone",
        replace(PLACED, checks=checks(WANTED, BROKEN), waiting_since=NOW),
        Wait(NOW + 5 * SECOND, BROKEN.code, BROKEN),
    ),
]


@pytest.mark.parametrize(("what", "work", "wanted"), LONG_READY)
def test_what_permitted_an_order_is_looked_at_again_before_it_is_finalized_hours_later(
    what: str, work: Work, wanted: Step
) -> None:
    """The order is kept while something is missing, until it expires."""
    assert next_step(view(work, order=READY), NOW) == wanted, what


def test_an_order_in_processing_ends_even_where_the_ca_tells_no_end() -> None:
    """RFC 8555 §7.1.3 asks for `expires` only of pending and valid ones."""
    seen = view(PLACED, order=replace(order(WANTED, Status.PROCESSING), expires_at=0))
    assert next_step(seen, NOW + PROCESSING_LASTS - 1) == PollOrder()
    assert next_step(seen, NOW + PROCESSING_LASTS) == CloseAttempt(ORDER_EXPIRED)


def test_a_deleted_certificate_is_removed_once_no_attempt_is_open() -> None:
    """Also one that is issued, and one whose owner is gone."""
    assert next_step(replace(view(FRESH), desired=DELETE), NOW) == Remove()
    assert next_step(replace(view(ISSUED), desired=DELETE, owner=None), NOW) == Remove()


def test_the_ca_is_asked_when_to_renew_before_it_is_renewed() -> None:
    """A window in the past is heeded only when it was just read."""
    stale = replace(ISSUED, window_check_at=NOW, renew_at=NOW - DAY)
    assert next_step(view(stale), NOW) == RefreshRenewalInfo()
    assert next_step(view(replace(stale, window_check_at=NOW + 1)), NOW) == CheckOwnership()


def test_a_renewal_that_was_found_due_does_not_ask_again_however_late_its_turn_comes() -> None:
    """Else one that waits in line for longer than the CA's interval would go to the line's end each time."""
    late = replace(ISSUED, window_check_at=NOW - DAY, renew_at=NOW - DAY, reason=RENEWAL_DUE)
    assert next_step(view(late), NOW) == CheckOwnership()
    assert next_step(view(replace(late, renew_at=NOW + 1)), NOW) == RefreshRenewalInfo()
    assert next_step(view(replace(late, reason="cname-missing")), NOW) == RefreshRenewalInfo()


def test_an_expired_certificate_is_renewed_without_asking_the_ca() -> None:
    """RFC 9773 §4.3 forbids to ask after expiry; whatever time was chosen is past."""
    expired = replace(ISSUED, current=current(not_after=NOW), window_check_at=0, renew_at=NOW + DAY)
    assert next_step(view(expired), NOW) == CheckOwnership()


@pytest.mark.parametrize(("account", "replaces"), [(ACCOUNT.name, "aki.serial"), ("another", "")])
def test_a_renewal_names_what_it_replaces_to_the_account_that_ordered_it(account: str, replaces: str) -> None:
    """RFC 9773 §5: never to another CA or account."""
    due = replace(CHECKED, current=current(account=account), renew_at=NOW, window_check_at=NOW + HOUR)
    assert next_step(view(due), NOW) == BeginAttempt(replaces)


def test_a_first_certificate_replaces_nothing() -> None:
    """There is none to name."""
    assert next_step(view(CHECKED), NOW) == BeginAttempt("")


@pytest.mark.parametrize("owner", [None, replace(OWNER, is_active=False)])
def test_nothing_is_ordered_for_an_owner_that_is_gone_or_not_active(owner: Owner | None) -> None:
    """It is looked at like one whose records are missing; an attempt that is open ends, wherever it is."""
    step = next_step(replace(view(CHECKED), owner=owner), NOW)
    assert isinstance(step, Suspend)
    assert (step.problem.code, step.problem.actor, step.until) == ("owner-inactive", Actor.OPERATOR, NOW + MINUTE)
    waiting = replace(CHECKED, waiting_since=NOW - 2 * HOUR)
    assert next_step(replace(view(waiting), owner=owner), NOW) == Suspend(step.problem, NOW + 5 * MINUTE)
    assert next_step(replace(view(BEGUN), owner=owner), NOW) == CloseAttempt(step.problem)
    ready = view(PLACED, order=order(WANTED, Status.READY))
    assert next_step(replace(ready, owner=owner), NOW) == CloseAttempt(step.problem)


def test_five_claims_without_a_save_set_a_certificate_aside() -> None:
    """So that what crashes the worker can't hold up others: for an hour, and for a day where that was no help."""
    crashed = replace(PLACED, claims_since_save=STUCK_AFTER_CLAIMS)
    assert isinstance(next_step(view(crashed, order=PENDING), NOW), ReadAuthorization)
    step = next_step(view(replace(crashed, claims_since_save=STUCK_AFTER_CLAIMS + 1), order=PENDING), NOW)
    assert isinstance(step, Suspend)
    assert (step.problem.code, step.until) == ("stuck", NOW + HOUR)
    again = replace(crashed, claims_since_save=STUCK_AFTER_CLAIMS + 1, reason="stuck")
    assert next_step(view(again, order=PENDING), NOW) == Suspend(step.problem, NOW + DAY)
