"""What an order draws from its CA's budgets, and the reservation of all of it: the narrowest limit first."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from certwright.domain.budget import Asker, Budget, Place, ask, look, opens_for
from certwright.domain.certificate import Attempt, Desired, Work
from certwright.domain.identifier import identifier, read_address
from certwright.domain.limited_ca import LimitedCa
from certwright.domain.limits import Kind, Limit, Named
from certwright.domain.order import Status
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import DAY, MINUTE, SECOND

AFTER_CLOSURE = Limit(1, SECOND)
"""How a CA that wanted nobody to come is come back to."""

LONGEST_SUBJECT = 200

SPARED_FOR = 120 * DAY
"""So long after a certificate another one of the same names is a renewal (Let's Encrypt)."""

_WORDS = {
    Kind.CA: "{} limits requests",
    Kind.SET: "{} limits certificates of the same names",
    Kind.DOMAIN: "{} limits certificates for {}",
    Kind.ORDERS: "{} limits new orders of an account",
    Kind.FAILURES: "{} limits failed validations of {}",
}


@dataclass(frozen=True, slots=True)
class Draw:
    """A budget that an order draws from, at most so many `times`; `subject` is whose it is, `words` what is limited."""

    key: str
    kind: Kind
    limit: Limit
    subject: str
    words: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Reservation:
    """`changes` are the budgets to store, by key; an order may be placed on `places` if it `is_complete`."""

    changes: Mapping[str, Budget]
    places: tuple[Place, ...]
    is_complete: bool


def list_draws(ca: LimitedCa, desired: Desired, work: Work, domains: Sequence[str], now: int) -> tuple[Draw, ...]:
    """List what an order draws from, the narrowest first; `domains` are the registered domains of its names."""
    found = [draw_from(ca, Kind.CA, ca.id)]
    if ca.limits.spares_renewals and _is_in_window(desired, work, now):
        return tuple(found)
    limits = ca.limits
    if limits.failures:
        validated = Counter(identifier(name) for name in desired.names)
        drawn = {name: draw_from(ca, Kind.FAILURES, name, desired.account) for name in identifiers(desired)}
        found += [replace(draw, times=validated[name]) for name, draw in drawn.items()]
    if limits.set:
        found.append(draw_from(ca, Kind.SET, ", ".join(sorted(desired.names))))
    if limits.spares_renewals and _is_spared(desired, work, now):
        return tuple(found)
    if limits.domain:
        found += [draw_from(ca, Kind.DOMAIN, domain) for domain in domains]
    if limits.orders:
        found.append(draw_from(ca, Kind.ORDERS, desired.account))
    return tuple(found)


def draw_from(ca: LimitedCa, kind: Kind, subject: str, account: str = "") -> Draw:
    """Describe one budget; a failed validation is `account`'s."""
    limit = ca.limits.of(kind) or AFTER_CLOSURE
    own = sha256(subject.encode()).hexdigest()[:32] if kind is Kind.SET else subject
    key = "#".join(part for part in (ca.id, kind.value, account, own) if part)
    return Draw(key, kind, limit, subject[:LONGEST_SUBJECT], _WORDS[kind].format(ca.title, subject))


def kind_of(key: str) -> Kind:
    """Tell what a budget counts, by its key."""
    return Kind(key.split("#")[1])


def account_of(key: str) -> str:
    """Tell which account a budget is of by its key, empty where all accounts at its CA share it."""
    _, kind, whose, *_ = key.split("#")
    return whose if kind in (Kind.ORDERS, Kind.FAILURES) else ""


def draws_named(ca: LimitedCa, named: Named, desired: Desired, domains: Sequence[str]) -> tuple[Draw, ...]:
    """List the budgets that a refusal of an order is about; those of all domains or names where it tells none."""
    found = {
        Kind.SET: (", ".join(sorted(desired.names)),),
        Kind.DOMAIN: (named.subject,) if named.subject else domains,
        Kind.ORDERS: (desired.account,),
        Kind.FAILURES: (named.subject,) if named.subject else identifiers(desired),
        Kind.CA: (ca.id,),
    }
    account = desired.account if named.kind is Kind.FAILURES else ""
    return tuple(draw_from(ca, named.kind, subject, account) for subject in found[named.kind])


def identifiers(desired: Desired) -> tuple[str, ...]:
    """List what the CA validates, each once."""
    return tuple(sorted({identifier(name) for name in desired.names}))


def registered_domains(desired: Desired, registrable: Callable[[str], str | None]) -> tuple[str, ...]:
    """List the registered domains of a certificate's names; an address, or a name without one, stands for itself."""
    found = {name: None if read_address(name) else registrable(name) for name in identifiers(desired)}
    return tuple(sorted({domain or name for name, domain in found.items()}))


def reserve(
    draws: Sequence[Draw], stored: Mapping[str, Budget], asker: Asker, held: Sequence[Place], now: int
) -> Reservation:
    """Take a place at every budget, or wait at the first that has none.

    Then nothing is taken from the others but where it was waited for: what is wide stays for who can use it at once.
    """
    changes: dict[str, Budget] = {}
    places: list[Place] = []
    mine = {place.budget: place for place in held}
    for draw in draws:
        budget = stored.get(draw.key, Budget(draw.subject))
        if draw.kind is Kind.CA and budget.is_at_rest and now >= budget.closed_until:
            continue
        place = mine.get(draw.key) or Place(draw.key, draw.kind, draw.words, account=asker.account)
        if not place.is_usable(now) or now < min(budget.closed_until, opens_for(budget, asker)):
            budget, place = _ask(budget, draw, asker, place, now)
            changes[draw.key] = budget
        places.append(place)
        if not place.is_usable(now):
            return _wait(changes, places)
    return Reservation(_without_checks(changes, places), tuple(places), is_complete=True)


def waiting_problem(place: Place) -> Problem:
    """Say what a certificate waits for, and until about when."""
    about = f"{datetime.fromtimestamp(place.at / SECOND, UTC):%Y-%m-%d %H:%M} UTC"
    why = f"it answered “{place.said}”" if place.said else "all that it allows until then is taken"
    return Problem("waiting-for-budget", f"{place.limit}, and {why}: this starts about {about}.", Actor.CA)


def _ask(budget: Budget, draw: Draw, asker: Asker, place: Place, now: int) -> tuple[Budget, Place]:
    if draw.kind is not Kind.FAILURES:
        return ask(budget, draw.limit, asker, place, now)
    return look(budget, draw.limit, asker, replace(place, times=draw.times), now)


def _wait(changes: Mapping[str, Budget], places: Sequence[Place]) -> Reservation:
    """Keep the place that is waited for, and those before it that were kept or waited for."""
    kept = [place for place in places[:-1] if place.budget not in changes or place.turn >= 0]
    waited = {place.budget for place in kept} | {places[-1].budget}
    changed = {key: budget for key, budget in changes.items() if key in waited}
    return Reservation(_without_checks(changed, places), (*kept, places[-1]), is_complete=False)


def _without_checks(changes: Mapping[str, Budget], places: Sequence[Place]) -> Mapping[str, Budget]:
    """Leave out what is only looked at: failures that are counted when they happen."""
    checked = {place.budget for place in places if place.what is Kind.FAILURES and not place.counted_before}
    return {key: budget for key, budget in changes.items() if key not in checked}


def _is_in_window(desired: Desired, work: Work, now: int) -> bool:
    """Tell whether this renews what the CA wants renewed now and for a while (RFC 9773 §4.2), by the same account."""
    start, end = work.window
    return bool(work.replaceable_by(desired.account)) and start + MINUTE <= now < end - 10 * MINUTE


def _is_spared(desired: Desired, work: Work, now: int) -> bool:
    """Tell whether the same names had a certificate lately."""
    current = work.current
    return current is not None and set(current.names) == set(desired.names) and now < current.not_before + SPARED_FOR


def kept_places(places: Sequence[Place], attempt: Attempt, status: Status | None) -> tuple[Place, ...]:
    """Tell which places an attempt leaves to the next: those that the CA has not counted.

    `status` is that of its order as last seen, None where the CA no longer knows it. No certificate comes of an order
    that is invalid or still pending, nor of one that was lost before it was finalized.
    """
    if not attempt.order_url:
        return tuple(places)
    is_finalized = attempt.is_stored or any(stage.name == "finalized" for stage in attempt.stages)
    is_fruitless = status in (Status.INVALID, Status.PENDING) or (status is None and not is_finalized)
    return tuple(place for place in places if place.is_kept_after_failure) if is_fruitless else ()
