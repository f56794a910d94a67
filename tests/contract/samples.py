"""Values to store, with every kind of field filled in."""

from dataclasses import replace

from certwright.domain.answer import HttpAnswer, TxtAnswer
from certwright.domain.certificate import Attempt, ClosedAttempt, Current, Desired, Event, Publication, Stage, Work
from certwright.domain.problem import Actor, Problem
from certwright.domain.records import NameCheck
from certwright.ports import Managed

NOW = 1_800_000_000_000
LEASE = 90_000

PROBLEM = Problem("cname-missing", "Add the CNAME.", Actor.USER, "_acme-challenge.example.test", "a", "", "{}")
TXT = TxtAnswer("4b1f.acme.example.test", "value", "att_1", NOW // 1000 + 7200)
HTTP = HttpAnswer("token", "www.example.test", "token.thumbprint", "att_1", NOW // 1000 + 7200)
ATTEMPT = Attempt(
    id="att_1",
    started_at=NOW,
    account="pebble",
    public_key="00ff",
    order_url="https://ca.test/order/1",
    publications=(Publication(TXT, 3, 7), Publication(HTTP, 15)),
    problem=PROBLEM,
    stages=(Stage("begun", NOW), Stage("ordered", NOW + 1)),
)
CURRENT = Current(
    version=1,
    attempt="att_0",
    account="pebble",
    names=("example.test",),
    serial="0a",
    issuer="CN=root",
    not_before=NOW - 1000,
    not_after=NOW + 90 * 86_400_000,
    ari_id="aki.serial",
    stored_at=NOW - 500,
    etag='"e"',
)


def desired(certificate_id: str = "crt_1", *, owner: str = "own_a", created_at: int = NOW) -> Desired:
    """A request for an apex and its wildcard."""
    return Desired(
        id=certificate_id,
        owner=owner,
        names=("*.example.test", "example.test"),
        http_names=(),
        reason="A wildcard is among the names.",
        account="pebble",
        created_at=created_at,
        dropped_names=("www.example.test",),
    )


def managed(certificate_id: str = "crt_1", *, owner: str = "own_a", due_at: int = NOW) -> Managed:
    """A certificate that was just asked for."""
    return Managed(desired(certificate_id, owner=owner, created_at=due_at), Work(certificate_id, due_at=due_at))


def full_work(work: Work) -> Work:
    """The same work with all that a step may set."""
    return replace(
        work,
        seen_wake=work.wake,
        reason="cname-missing",
        problem=PROBLEM,
        waiting_since=NOW,
        checks=(NameCheck("example.test", PROBLEM, "4b1f.acme.example.test"),),
        checked_at=NOW,
        ownership_checked_at=NOW,
        attempt=ATTEMPT,
        failures=2,
        retry_at=NOW + 60_000,
        current=CURRENT,
        renew_at=NOW + 1,
        window=(NOW, NOW + 2),
        window_check_at=NOW + 3,
        window_explanation="https://ca.test/why",
    )


def event(at: int = NOW, reason: str = "requested") -> Event:
    """Something to tell."""
    return Event(at, "waiting", reason, "It was requested.")


CLOSED = ClosedAttempt(ATTEMPT, NOW + 5)
