"""What decisions look at, built for tests: a certificate of `example.com` and its wildcard, unless told otherwise."""

from dataclasses import replace

from certwright.domain.certificate import Attempt, Current, Desired, Work
from certwright.domain.identifier import identifier, is_wildcard
from certwright.domain.next_step import View
from certwright.domain.order import Account, Authorization, Challenge, ChallengeType, Order, Status
from certwright.domain.owner import Owner
from certwright.domain.problem import Actor, Problem
from certwright.domain.publication import build_publication
from certwright.domain.records import NameCheck
from certwright.domain.renewal import DAY

NOW = 1_800_000_000_000
ORDER_URL = "https://ca.test/order/1"
TARGET = "8d7e2a52-6a7a-4f0c-9d3b-0f6f1a2b3c4d.acme.example.com"
ACCOUNT = Account("main", "https://ca.test/dir", "https://ca.test/account/1", "thumbprint")
OWNER = Owner("own_1", "team", ("**", "*.**"), "proof", created_at=NOW)
BROKEN = Problem("cname-missing", "Add the CNAME.", Actor.USER)


def desired(
    names: tuple[str, ...] = ("*.example.com", "example.com"), http: tuple[str, ...] = (), *, is_deleted: bool = False
) -> Desired:
    """Build what was asked for; the names in `http` are proven by HTTP-01."""
    return Desired("crt_1", OWNER.id, names, http, "why", ACCOUNT.name, created_at=NOW, is_deleted=is_deleted)


def checks(wanted: Desired, problem: Problem | None = None) -> tuple[NameCheck, ...]:
    """Build what a look at every identifier found."""
    by_dns = tuple(NameCheck(name, problem, "" if problem else TARGET) for name in wanted.dns_identifiers)
    return by_dns + tuple(NameCheck(name, problem) for name in wanted.http_names)


def checked_work(wanted: Desired, now: int = NOW) -> Work:
    """Build the work of a certificate whose ownership and records were just found good."""
    known = Work(wanted.id, due_at=now, checks=checks(wanted), checked_at=now)
    return replace(known, ownership_checked_at=now)


def attempt(order_url: str = "") -> Attempt:
    """Build an attempt just begun; with a URL, its order is placed."""
    return Attempt("att_1", started_at=NOW, account=ACCOUNT.name, public_key="digest", order_url=order_url)


def current(not_after: int = NOW + 90 * DAY, account: str = ACCOUNT.name) -> Current:
    """Build an issued version."""
    names = ("*.example.com", "example.com")
    return Current(1, "att_0", account, names, "01", "CA", NOW, not_after, ari_id="aki.serial", stored_at=NOW)


def authorization(
    name: str, status: Status = Status.PENDING, types: tuple[str, ...] = ("http-01", "dns-01")
) -> Authorization:
    """Build an authorization whose challenges have the same status; a wildcard's offers no HTTP-01."""
    url = f"https://ca.test/authz/{name}"
    offered = [each for each in types if each != ChallengeType.HTTP_01 or not is_wildcard(name)]
    challenges = tuple(Challenge(each, f"{url}/{each}", f"token-{name[0]}-{each}", status) for each in offered)
    return Authorization(url, identifier(name), is_wildcard(name), status, challenges)


def order(wanted: Desired, status: Status = Status.PENDING, *authorizations: Authorization) -> Order:
    """Build an order, pending ones with a pending authorization for each name unless they are given."""
    parts = authorizations or tuple(authorization(name) for name in wanted.names if status is Status.PENDING)
    urls = tuple(part.url for part in parts)
    return Order(ORDER_URL, status, wanted.names, f"{ORDER_URL}/finalize", urls, parts, expires_at=NOW + DAY)


def in_flight(wanted: Desired, placed: Order, *, is_visible: bool = False) -> View:
    """Build the view of an attempt whose order is placed and whose answers were all published."""
    view = View(wanted, checked_work(wanted), OWNER, ACCOUNT, placed)
    begun = attempt(placed.url)
    named = (build_publication(wanted, view.work, ACCOUNT, begun, item) for item in placed.authorizations)
    publications = tuple(replace(item, generation=1) for item in named if item)
    begun = replace(begun, unread=(), publications=publications, is_visible=is_visible)
    return replace(view, work=replace(view.work, attempt=begun))
