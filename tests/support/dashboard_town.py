"""A deployment in every state, on fakes: what pages of the dashboard are looked at with."""

from dataclasses import dataclass, replace

from certwright import bootstrap
from certwright.domain.access import digest
from certwright.domain.ca import CaEntry
from certwright.domain.certificate import Attempt, Current, Desired, Event, Stage, Work
from certwright.domain.hop import Hop, HopState, Part
from certwright.domain.identifier import NameRules
from certwright.domain.owner import DEFAULT_OWNER_PATTERNS, Delegation, Owner, Token, Zone
from certwright.domain.problem import Actor, Problem
from certwright.domain.records import NameCheck
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND
from certwright.domain.shown import status
from certwright.flows.world import Desk
from certwright.ports import Managed
from certwright.settings import Settings
from tests.fakes.answers import FakeAnswers, FakeNodes
from tests.fakes.certificates import (
    CertificateStore,
    FakeAttempts,
    FakeCertificates,
    FakeRenewals,
    FakeRevocations,
)
from tests.fakes.clock import FakeClock
from tests.fakes.queue import FakeQueue
from tests.functions.conftest import fake_desk
from tests.support.dashboard_past import furnish

SECRET = "s3cret"
ROLES = ("admin", "operator", "requester", "viewer", "key-reader")
NODE_ADDRESSES = ("192.0.2.10", "198.51.100.20")
SESSION_KEY = b"a key of nobody's, made for tests"
ACCOUNT = "letsencrypt"

CNAME_MISSING = Problem(
    "cname-missing",
    "_acme-challenge.example.com has no CNAME yet. Add CNAME _acme-challenge.example.com → "
    "b6e4682c-5109-4a34-ac99-d5097d5b2b68.acme-d985e9.example.com.",
    Actor.USER,
    "_acme-challenge.example.com",
    "CNAME b6e4682c-5109-4a34-ac99-d5097d5b2b68.acme-d985e9.example.com",
    "NXDOMAIN",
)
HOPS = (
    Hop(Part.DOMAIN, "example.com", HopState.OK, found="2 name servers"),
    Hop(
        Part.ALIAS,
        "_acme-challenge.example.com",
        HopState.WAITING,
        "CNAME b6e4682c-5109-4a34-ac99-d5097d5b2b68.acme-d985e9.example.com",
        "",
        "cname-missing",
    ),
    Hop(Part.DELEGATION, "acme-d985e9.example.com", HopState.OK, found="NS ns-d985e9.example.com"),
    Hop(Part.NAME_SERVER, "ns-d985e9.example.com", HopState.OK, found="A 192.0.2.10, 198.51.100.20"),
    Hop(Part.NODE, "192.0.2.10", HopState.OK),
    Hop(Part.NODE, "198.51.100.20", HopState.OK),
    Hop(Part.CAA, "example.com", HopState.OK, found="no record"),
)
ADDRESS_ELSEWHERE = Problem(
    "address-elsewhere",
    "pay.shop.example leads to 203.0.113.7, not to us, and 203.0.113.7 answered with status 404. Where a site runs "
    "there, let it redirect /.well-known/acme-challenge/ to "
    "http://challenge.example.net/.well-known/acme-challenge/; else change it to A pay.shop.example → 192.0.2.10 and "
    "A pay.shop.example → 198.51.100.20, or use DNS-01.",
    Actor.USER,
    "pay.shop.example",
    ", ".join(NODE_ADDRESSES),
    "203.0.113.7",
)
REFUSED = Problem(
    "ca-unauthorized",
    "The CA refused: 203.0.113.7: Invalid response from http://vpn.example.org/.well-known/acme-challenge/x: 404",
    Actor.USER,
    "vpn.example.org",
    ca_problem='{"type":"urn:ietf:params:acme:error:unauthorized","detail":"203.0.113.7: Invalid response: 404",'
    '"status":403}',
)


@dataclass(slots=True)
class Town:
    """The deployment; `bearers` are tokens of the first owner by role, `ids` certificates by a word for their state."""

    front: bootstrap.Front
    store: CertificateStore
    clock: FakeClock
    bearers: dict[str, str]
    ids: dict[str, str]


def build_town(plain: int = 40) -> Town:
    """Build it, with so many issued certificates of no interest besides those in special states."""
    clock, store = FakeClock(1_796_000_000_000), CertificateStore()
    desk = _desk(clock, store)
    owners = {"platform": "own_platform", "shop": "own_shop", "city": "own_city"}
    for name, owner in owners.items():
        desk.registry.owners.create(
            Owner(owner, name, DEFAULT_OWNER_PATTERNS, f"proof-{name}", clock.now() - 100 * DAY)
        )
    zone = Zone("zon_1", "own_platform", "acme-d985e9.example.com", "ns-d985e9.example.com", clock.now() - 9 * DAY)
    desk.registry.zones.create(zone)
    desk.registry.owners.set_current_zone("own_platform", zone.id, instead_of="")
    desk.registry.delegations.obtain(Delegation("own_platform", "example.com", "b6e4682c-5109-4a34-ac99-d5097d5b2b68"))
    for role in ROLES:
        desk.tokens.create(Token(f"tok{role}", "own_platform", role, digest(SECRET), clock.now() - DAY, label=role))
    nodes = FakeNodes(desk.answers, clock) if isinstance(desk.answers, FakeAnswers) else None
    assert nodes is not None
    town = Town(
        bootstrap.Front(desk, nodes, SESSION_KEY), store, clock, {role: f"cw_tok{role}_{SECRET}" for role in ROLES}, {}
    )
    _settle(town)
    for at in range(plain):
        names = (f"service-{at:05}.example.{'net' if at % 3 else 'org'}",)
        issued = _issued(
            town, names, owner=tuple(owners.values())[at % 3], age=(at * 7 % 61) * DAY + at * HOUR, is_http=at % 4 == 0
        )
        _put(town, f"plain-{at}", *issued)
    furnish(town.store, desk.registry, town.ids, clock.now())
    return town


def _desk(clock: FakeClock, store: CertificateStore) -> Desk:
    return replace(
        fake_desk(),
        settings=Settings(
            acme_directory=ACCOUNT,
            acme_terms_agreed=True,
            node_addresses=NODE_ADDRESSES,
            challenge_host="challenge.example.net",
        ),
        ca=CaEntry(
            ACCOUNT, "https://acme-v02.api.letsencrypt.org/directory", NameRules(is_public_suffix_required=False)
        ),
        clock=clock,
        certificates=FakeCertificates(store),
        attempts=FakeAttempts(store),
        renewals=FakeRenewals(store),
        revocations=FakeRevocations(store),
        queue=FakeQueue(clock),
    )


def _settle(town: Town) -> None:
    """Put one certificate into each state that looks different."""
    now = town.clock.now()
    wildcard = _desired(town, ("*.example.com", "example.com"), dropped=("www.example.com",))
    waiting = Work(
        wildcard.id,
        now + 6 * SECOND,
        reason=CNAME_MISSING.code,
        problem=CNAME_MISSING,
        waiting_since=now - HOUR,
        checks=(NameCheck("example.com", CNAME_MISSING, hops=HOPS),),
        checked_at=now - 4 * SECOND,
    )
    _put(town, "waiting", wildcard, waiting)
    shop, work = _issued(town, ("pay.shop.example",), "own_shop", age=76 * DAY, is_http=True)
    held = replace(
        work,
        reason=ADDRESS_ELSEWHERE.code,
        problem=ADDRESS_ELSEWHERE,
        due_at=now + 3 * HOUR,
        checks=(NameCheck("pay.shop.example", ADDRESS_ELSEWHERE),),
        checked_at=now - HOUR,
        renew_at=now - 16 * DAY,
    )
    _put(town, "held-up", shop, held)
    mail = _desired(town, ("mail.example.org",), is_http=True)
    attempt = _attempt(town, "begun", "ordered", "published", "visible", "answered")
    _put(
        town,
        "issuing",
        mail,
        Work(
            mail.id,
            now + SECOND,
            reason="ca-at-work",
            attempt=attempt,
            checks=(NameCheck("mail.example.org", None),),
            checked_at=now - 5 * SECOND,
        ),
    )
    vpn = _desired(town, ("vpn.example.org",), is_http=True)
    _put(
        town,
        "failing",
        vpn,
        Work(vpn.id, now + 10 * MINUTE, reason=REFUSED.code, problem=REFUSED, failures=2, retry_at=now + 10 * MINUTE),
    )
    old, work = _issued(town, ("legacy.example.net",), "own_city", age=91 * DAY, is_http=True)
    _put(town, "expired", old, replace(work, reason="cname-missing", problem=CNAME_MISSING, renew_at=now - 30 * DAY))
    eu, work = _issued(town, ("*.eu.example.net", "eu.example.net"), age=61 * DAY)
    attempt = _attempt(town, "begun", "ordered")
    _put(town, "renewing", eu, replace(work, attempt=attempt, reason="awaiting-nodes", due_at=now + SECOND))
    city, work = _issued(
        town, ("xn--mnchen-3ya.example", "www.xn--mnchen-3ya.example"), "own_city", age=20 * DAY, is_http=True
    )
    _put(town, "issued", city, work)
    many, work = _issued(town, tuple(f"{at}.tenants.example.com" for at in range(40)), age=3 * DAY)
    _put(town, "many", many, work)


def _attempt(town: Town, *stages: str) -> Attempt:
    begun = town.clock.now() - 6 * SECOND
    done = tuple(Stage(name, begun + at * SECOND) for at, name in enumerate(stages))
    return Attempt(town.front.desk.chance.new_id("att_"), begun, ACCOUNT, "0" * 64, stages=done)


def _desired(
    town: Town,
    names: tuple[str, ...],
    owner: str = "own_platform",
    *,
    age: int = HOUR,
    is_http: bool = False,
    dropped: tuple[str, ...] = (),
) -> Desired:
    wildcard = next((name for name in names if name.startswith("*.")), "")
    reason = f"DNS-01, because {wildcard} is a wildcard." if wildcard else "HTTP-01, because no name is a wildcard."
    return Desired(
        town.front.desk.chance.new_id("crt_"),
        owner,
        names,
        names if is_http else (),
        reason,
        ACCOUNT,
        town.clock.now() - age,
        dropped_names=dropped,
    )


def _issued(
    town: Town, names: tuple[str, ...], owner: str = "own_platform", *, age: int, is_http: bool = False
) -> tuple[Desired, Work]:
    desired = _desired(town, names, owner, age=age, is_http=is_http)
    begun = town.clock.now() - age
    current = Current(
        version=1,
        attempt="att_1",
        account=ACCOUNT,
        names=names,
        serial="04:d1:9c:55:03:7e",
        issuer="R12",
        not_before=begun,
        not_after=begun + 90 * DAY,
        ari_id="aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE",
        stored_at=begun,
    )
    checks = tuple(NameCheck(name, None) for name in sorted({name.removeprefix("*.") for name in names}))
    renew_at = begun + 60 * DAY
    return desired, Work(
        desired.id, renew_at, reason="issued", current=current, renew_at=renew_at, checks=checks, checked_at=begun
    )


def _put(town: Town, word: str, desired: Desired, work: Work) -> None:
    desk = town.front.desk
    for name in desired.dns_identifiers:
        desk.registry.delegations.obtain(Delegation(desired.owner, name, desk.chance.new_uuid()))
    event = Event(desired.created_at, "waiting", "requested", f"Requested for {', '.join(desired.names)}.")
    town.front.desk.certificates.create(Managed(desired, work), event, None)
    shown = status(desired, work, town.clock.now())
    if shown.reason != "new":
        after = Event(town.clock.now() - 4 * SECOND, shown.state, shown.reason, shown.sentence)
        town.store.events[desired.id].append(after)
    town.ids[word] = desired.id
