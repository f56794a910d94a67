"""The HTTP functions on fakes, called with events as API Gateway sends them."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from certwright import bootstrap
from certwright.adapters.signing_requests import PemSigningRequests
from certwright.domain.access import digest
from certwright.domain.ca import CaEntry
from certwright.domain.identifier import NameRules
from certwright.domain.owner import DEFAULT_OWNER_PATTERNS, Owner, Token
from certwright.flows.world import Desk, Registry
from certwright.settings import Settings
from functions.api import handler as api
from functions.issuance import handler as issuance
from functions.keys import handler as keys
from functions.renewal import handler as renewal
from functions.watch import handler as watch
from tests.fakes.answers import FakeAnswers
from tests.fakes.bucket import FakeBucket, FakeVersions
from tests.fakes.budgets import FakeBudgets
from tests.fakes.ca import FakeCa, FakeCas
from tests.fakes.ca_directories import FakeCaDirectories
from tests.fakes.certificates import CertificateStore, FakeAttempts, FakeCertificates, FakeRenewals, FakeRevocations
from tests.fakes.chance import FakeChance
from tests.fakes.cipher import FakeCipher
from tests.fakes.clock import FakeClock
from tests.fakes.dns_providers import FakeDnsProviders
from tests.fakes.public_suffixes import FakePublicSuffixes
from tests.fakes.queue import FakeQueue
from tests.fakes.record_checks import FakeRecordChecks
from tests.fakes.registry import (
    FakeCaDefinitions,
    FakeCaStandings,
    FakeCompromisedKeys,
    FakeDelegations,
    FakeHoldings,
    FakeOwners,
    FakeTokens,
    FakeZones,
)

SECRET = "s3cret"
ADMIN = "admin"
OWNERS = {"own_a": DEFAULT_OWNER_PATTERNS, "own_b": ("**", "*.**")}


@pytest.fixture(autouse=True)
def metrics_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send metrics as a stack called `test` does; the name comes from a variable that is read at import."""
    for function in (issuance, renewal, watch):
        monkeypatch.setattr(function.metrics.provider, "namespace", "Certwright/test")


@dataclass(slots=True)
class Reply:
    """What a function answered."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


@dataclass(slots=True)
class Callers:
    """Sends events to the functions, with a token that is named by role and owner."""

    desk: Desk
    versions: FakeVersions
    tokens: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        route: str,
        token: str = ADMIN,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        raw: str | None = None,
        is_base64: bool = False,
        **path: str,
    ) -> Reply:
        """Send `METHOD /path/{id}`; `token` empty sends none."""
        event = _event(route, path, query or {})
        event["headers"] = {"content-type": "application/json", **(headers or {})}
        if token:
            event["headers"]["authorization"] = f"Bearer {self.tokens.get(token, token)}"
        if raw is not None or body is not None:
            event["body"] = raw if raw is not None else json.dumps(body)
            event["isBase64Encoded"] = is_base64
        function = keys.handler if route.endswith("/bundle") else api.handler
        answer = function(event, object())
        found = {name.lower(): value for name, value in answer.get("headers", {}).items()}
        return Reply(answer["statusCode"], found, answer.get("body") or "")


def _event(route: str, path: dict[str, str], query: dict[str, str]) -> dict[str, Any]:
    method, template = route.split(" ")
    raw_path = template.format(**path)
    http = {"method": method, "path": raw_path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": raw_path,
        "rawQueryString": urlencode(query),
        "isBase64Encoded": False,
        "requestContext": {"http": http, "requestId": "request-1", "routeKey": route, "stage": "$default"},
    }
    if path:
        event["pathParameters"] = path
    if query:
        event["queryStringParameters"] = query
    return event


@pytest.fixture
def callers(monkeypatch: pytest.MonkeyPatch) -> Callers:
    """Both functions, served by fakes; tokens admin, requester, viewer, key-reader of owner A, and `other` of B."""
    desk, clock = fake_desk(), FakeClock()
    versions = FakeVersions(FakeBucket())
    made = Callers(desk, versions)
    for owner, patterns in OWNERS.items():
        desk.registry.owners.create(Owner(owner, owner, patterns, f"proof-{owner}", clock.now()))
    roles = {"admin": "own_a", "requester": "own_a", "viewer": "own_a", "key-reader": "own_a", "other": "own_b"}
    for name, owner in roles.items():
        role = "requester" if name == "other" else name
        desk.tokens.create(Token(f"tok{name}", owner, role, digest(SECRET), desk.clock.now()))
        made.tokens[name] = f"cw_tok{name}_{SECRET}"
    monkeypatch.setattr(api, "desk", lambda: desk)
    safe = bootstrap.Safe(desk.clock, desk.tokens, desk.certificates, versions)
    monkeypatch.setattr(keys, "safe", lambda: safe)
    return made


def fake_desk() -> Desk:
    """Build the ports of the HTTP functions from fakes."""
    clock, store = FakeClock(), CertificateStore()
    return Desk(
        settings=Settings(node_addresses=("192.0.2.1", "192.0.2.2"), challenge_host="challenge.example.net"),
        ca=CaEntry(
            "custom-1", "https://ca.example.net/dir", NameRules(is_public_suffix_required=False, takes_addresses=True)
        ),
        clock=clock,
        chance=FakeChance(),
        suffixes=FakePublicSuffixes(),
        certificates=FakeCertificates(store),
        registry=Registry(
            FakeOwners(),
            FakeZones(),
            FakeDelegations(),
            FakeHoldings(),
            FakeBudgets(),
            FakeCaDefinitions(),
            FakeCaStandings(),
            FakeCompromisedKeys(),
        ),
        tokens=FakeTokens(),
        answers=FakeAnswers(),
        queue=FakeQueue(clock),
        checks=FakeRecordChecks(),
        providers=FakeDnsProviders("example.test"),
        revocations=FakeRevocations(store),
        attempts=FakeAttempts(store),
        renewals=FakeRenewals(store),
        key_revoker=FakeCas(FakeCa(clock)),
        cipher=FakeCipher(),
        signing_requests=PemSigningRequests(),
        directories=FakeCaDirectories(),
    )
