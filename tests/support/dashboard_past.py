"""What a deployment that ran for a while has: attempts, versions, revocations, CA accounts, limits partly used."""

import json
from dataclasses import replace

from certwright.domain.budget import Budget
from certwright.domain.ca_account import CaDefinition, CaStanding
from certwright.domain.certificate import Attempt, ClosedAttempt, Stage
from certwright.domain.limited_ca import limited_ca
from certwright.domain.limits import Kind
from certwright.domain.problem import Actor, Problem
from certwright.domain.records import Lock, Record
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND
from certwright.domain.reservation import draw_from
from certwright.domain.revocation import KeptVersion, Reason, Revocation
from certwright.domain.waiting_line import Line, Queue
from certwright.flows.world import Registry
from certwright.ports import StoredBudget
from tests.fakes.certificates import CertificateStore

STAGES = ("begun", "ordered", "published", "visible", "answered", "finalized", "stored")
ACCOUNT_URL = "https://acme-v02.api.letsencrypt.org/acme/acct/1849031337"
UNAUTHORIZED = json.dumps(
    {
        "type": "urn:ietf:params:acme:error:unauthorized",
        "detail": "During secondary validation: 203.0.113.7: Invalid response: 404",
        "status": 403,
        "subproblems": [
            {
                "type": "urn:ietf:params:acme:error:unauthorized",
                "detail": "203.0.113.7: Invalid response from http://vpn.example.org/.well-known/acme-challenge/x: 404",
                "identifier": {"type": "dns", "value": "vpn.example.org"},
            },
            {
                "type": "urn:ietf:params:acme:error:dns",
                "detail": "DNS problem: SERVFAIL looking up A for www.vpn.example.org",
                "identifier": {"type": "dns", "value": "www.vpn.example.org"},
            },
        ],
    }
)
REFUSED = Problem(
    "ca-unauthorized",
    "The CA could not validate vpn.example.org: what answers there is not our answer. Check its records.",
    Actor.USER,
    "vpn.example.org",
    ca_problem=UNAUTHORIZED,
)


def furnish(store: CertificateStore, registry: Registry, ids: dict[str, str], now: int) -> None:
    """Put a past behind some of the certificates and beside all of them; `now` in epoch milliseconds."""
    _tell_of_attempts(store, ids, now)
    _lock_names(store, ids)
    _revoke_earlier(store, ids["issued"], now)
    _open_accounts(registry, now)
    _use_limits(registry, now)


def _tell_of_attempts(store: CertificateStore, ids: dict[str, str], now: int) -> None:
    stored = _attempt("att_a0", now - 20 * DAY, len(STAGES))
    failed = replace(_attempt("att_a1", now - 20 * DAY - 9 * HOUR, 5), problem=REFUSED)
    store.attempts[ids["issued"]] = [ClosedAttempt(stored, stored.started_at + 3400), _closed(failed)]
    store.attempts[ids["failing"]] = [
        _closed(replace(_attempt(f"att_b{at}", now - ago, 5), problem=REFUSED))
        for at, ago in enumerate((MINUTE, 12 * MINUTE, 3 * HOUR, 2 * DAY))
    ]


def _attempt(attempt_id: str, begun: int, far: int) -> Attempt:
    stages = tuple(Stage(name, begun + at * 480) for at, name in enumerate(STAGES[:far]))
    return Attempt(attempt_id, begun, "letsencrypt", "0" * 64, is_stored=far == len(STAGES), stages=stages)


def _closed(attempt: Attempt) -> ClosedAttempt:
    return ClosedAttempt(attempt, attempt.started_at + 14 * SECOND)


def _lock_names(store: CertificateStore, ids: dict[str, str]) -> None:
    """Lock one certificate's names by CAA, and leave another's open."""
    for word, is_closed in (("issued", True), ("many", False)):
        work = store.managed[ids[word]].work
        locked = (
            replace(check, lock=Lock(is_closed, (Record("CAA", check.identifier, _caa_value()),)))
            for check in work.checks[:3]
        )
        store.put_work(replace(work, checks=(*locked, *work.checks[3:])))


def _caa_value() -> str:
    return f'0 issue "letsencrypt.org; accounturi={ACCOUNT_URL}; validationmethods=http-01"'


def _revoke_earlier(store: CertificateStore, certificate_id: str, now: int) -> None:
    managed = store.managed[certificate_id]
    current = managed.work.current
    assert current
    earlier = (KeptVersion(1, "att_1", "letsencrypt", now + 9 * DAY),)
    work = replace(managed.work, current=replace(current, version=2), earlier=earlier)
    asked = Revocation(1, Reason.SUPERSEDED, now - HOUR, reissues=False)
    store.managed[certificate_id] = replace(
        managed, work=work, desired=replace(managed.desired, revocations=(asked,), reuses_key=True)
    )


def _open_accounts(registry: Registry, now: int) -> None:
    """Have the deployment's own account registered, one refused, and one being told."""
    registry.standings.put(CaStanding("letsencrypt", ACCOUNT_URL, settled=1, terms="https://letsencrypt.org/terms"))
    zerossl = CaDefinition(
        "zerossl", "zerossl", now - 3 * DAY, contact="pki@example.com", is_terms_agreed=True, eab_kid="k-8231"
    )
    registry.cas.create(zerossl)
    refused = Problem(
        "ca-externalAccountRequired",
        "The CA wants accounts to be bound to one of its own: give the account EAB credentials of the CA.",
        Actor.OPERATOR,
        ca_problem='{"type":"urn:ietf:params:acme:error:externalAccountRequired","detail":"EAB HMAC does not match"}',
    )
    registry.standings.put(CaStanding("zerossl", problem=refused, settled=1, retry_at=now + HOUR))
    registry.cas.create(CaDefinition("google", "google", now - MINUTE, is_terms_agreed=True, profile="shortlived"))


def _use_limits(registry: Registry, now: int) -> None:
    """Leave little room at some limits and none at one, where owners wait."""
    ca = limited_ca("https://acme-v02.api.letsencrypt.org/directory")
    line = Line(0, now, (Queue("own_shop", 3 * 202 * MINUTE), Queue("own_city", 5 * 202 * MINUTE)))
    used = (
        (Kind.ORDERS, "letsencrypt", Budget("letsencrypt", now + 120 * 36 * SECOND)),
        (Kind.DOMAIN, "example.com", Budget("example.com", now + 50 * 202 * MINUTE, requests=line)),
        (Kind.DOMAIN, "example.net", Budget("example.net", now + 12 * 202 * MINUTE)),
        (Kind.SET, "vpn.example.org", Budget("vpn.example.org", now + 4 * 34 * HOUR)),
        (
            Kind.FAILURES,
            "vpn.example.org",
            Budget("vpn.example.org", now, closed_until=now + 40 * MINUTE, said="too many failed authorizations (5)"),
        ),
    )
    account = {Kind.FAILURES: "letsencrypt"}
    keys = [draw_from(ca, kind, whose, account.get(kind, "")).key for kind, whose, _ in used]
    registry.budgets.write([StoredBudget(key, budget) for key, (*_, budget) in zip(keys, used, strict=True)])
