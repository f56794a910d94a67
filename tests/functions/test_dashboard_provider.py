"""Signing in by an identity provider: the whole way with real keys, and every answer that must be refused."""

import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from josepy.b64 import b64encode

from certwright.adapters.egress import Egress, parse_allow_list
from certwright.adapters.oidc_provider import Client, OidcProvider
from certwright.domain.renewal import HOUR, MINUTE
from functions.dashboard import handler as dashboard
from tests.support.dashboard_town import Town, build_town
from tests.support.dashboard_visitor import Seen, Visitor
from tests.support.oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Claims,
    Provider,
    build_sign_in,
    make_key,
    serve_provider,
    sign,
)

pytestmark = pytest.mark.enable_socket

ROLES = "admin of own_platform if groups=pki-admins; viewer of own_shop if email=jo@example.com"


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    """A provider for all tests here."""
    now = {"at": 0}
    with serve_provider(lambda: now["at"]) as provider:
        yield provider


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch, served: Provider) -> Town:
    """A deployment with this provider, which is as new."""
    made = build_town(plain=1)
    fresh = Provider(clock=made.clock.now)
    for name in ("keys", "person", "alter", "write", "clock", "codes", "asked"):
        setattr(served, name, getattr(fresh, name))
    made.front = replace(made.front, sign_in=build_sign_in(served, made.clock, ROLES))
    monkeypatch.setattr(dashboard, "front", lambda: made.front)
    dashboard.shelf.clear()
    return made


@pytest.fixture
def visitor(town: Town) -> Visitor:
    """Somebody who has not signed in."""
    return Visitor(dashboard)


def go(visitor: Visitor, provider: Provider, to: str = "/dns") -> str:
    """Go to the provider and agree there; returns the way back."""
    sent = visitor.get(f"/sign-in/provider?to={to}")
    assert sent.status == 303
    asked = urlsplit(sent.headers["location"])
    assert f"{asked.scheme}://{asked.netloc}{asked.path}" == f"{provider.url}/authorize"
    back = urlsplit(provider.agree({name: values[0] for name, values in parse_qs(asked.query).items()}))
    assert back.path == "/sign-in/return"
    return f"{back.path}?{back.query}"


def test_somebody_signs_in_by_the_provider_and_has_the_role_of_their_group(
    town: Town, visitor: Visitor, served: Provider
) -> None:
    """Back on the page that was asked for, with the name and the role on it; the code is redeemed with PKCE."""
    done = visitor.get(go(visitor, served))
    assert (done.status, done.headers["location"]) == (303, "/dns")
    page = visitor.get("/access")
    assert (page.status, "Jo Doe admin" in page.text) == (200, True)
    session, errand = done.cookies
    assert session.startswith("certwright=p1.")
    assert session.endswith("; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax")
    assert errand.startswith("certwright-errand=; Path=/; Max-Age=0;")
    assert visitor.post("/access/owners", {"name": "by a person", "patterns": "**.x.test"}).status == 303


def test_without_a_provider_nothing_of_it_is_shown(town: Town, visitor: Visitor) -> None:
    """Neither a button nor the routes."""
    assert "Sign in with your organization" in visitor.get("/sign-in").text
    town.front = replace(town.front, sign_in=None)
    assert "organization" not in visitor.get("/sign-in").text
    assert visitor.get("/sign-in/provider").status == visitor.get("/sign-in/return?code=x&state=y").status == 404


def altered(**changed: Any) -> Callable[[Claims], Claims]:
    """Change claims; None takes one away."""
    return lambda claims: {name: value for name, value in (claims | changed).items() if value is not None}


WRONG_CLAIMS: tuple[tuple[str, Claims], ...] = (
    ("iss", {"iss": "https://evil.example"}),
    ("aud", {"aud": "another-client"}),
    ("azp", {"aud": [CLIENT_ID, "another"]}),
    ("azp", {"azp": "another"}),
    ("exp", {"exp": 1}),
    ("exp", {"exp": None}),
    ("exp", {"exp": True}),
    ("iat", {"iat": 1}),
    ("iat", {"iat": 10**12}),
    ("nbf", {"nbf": 10**12}),
    ("nonce", {"nonce": "another"}),
    ("nonce", {"nonce": None}),
    ("sub", {"sub": ""}),
    ("sub", {"sub": None}),
)


@pytest.mark.parametrize(("named", "changed"), WRONG_CLAIMS, ids=map(str, range(len(WRONG_CLAIMS))))
def test_a_claim_that_is_not_right_signs_nobody_in(
    town: Town, visitor: Visitor, served: Provider, named: str, changed: Claims
) -> None:
    """401 with a sentence that names the claim; no session."""
    served.alter = altered(**changed)
    seen = visitor.get(go(visitor, served))
    assert (seen.status, f"“{named}”" in seen.text) == (401, True)
    assert_nobody(visitor, seen)


def assert_nobody(visitor: Visitor, seen: Seen) -> None:
    """Check that no session was begun."""
    assert not any(cookie.startswith("certwright=") for cookie in seen.cookies)
    assert visitor.get("/").status == 303


def unsigned(claims: Claims) -> str:
    """Write a token by the algorithm “none”."""
    parts = (b64encode(json.dumps(part).encode()).decode() for part in ({"alg": "none"}, claims))
    return f"{'.'.join(parts)}."


def by_the_public_key(claims: Claims) -> str:
    """Sign by HMAC with the public key for a secret, which anybody has."""
    public = json.dumps(make_key("k1").public_key().to_json()).encode()
    parts = b".".join(b64encode(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": "k1"}, claims))
    return f"{parts.decode()}.{b64encode(hmac.digest(public, parts, sha256)).decode()}"


def swapped(claims: Claims) -> str:
    """Put other claims under a right signature."""
    header, _, signature = sign(claims).split(".")
    return f"{header}.{b64encode(json.dumps(claims | {'groups': ['pki-admins']}).encode()).decode()}.{signature}"


@pytest.mark.parametrize(
    "write",
    [
        unsigned,
        by_the_public_key,
        swapped,
        lambda claims: sign(claims, "k2"),
        lambda claims: sign(claims, "k2", {"kid": "k1"}),
        lambda claims: sign(claims, "k2", {"kid": None, "jwk": make_key("k2").public_key().to_json()}),
        lambda claims: sign(claims, header={"crit": ["exp"]}),
        lambda claims: sign(claims, header={"alg": "ES256"}),
        lambda _: "a.b",
        lambda _: "",
        lambda _: "ü.ü.ü",
        lambda _: "x" * 70_000,
    ],
    ids=["none", "hmac", "swapped", "unknown", "wrong", "own", "crit", "kind", "two", "empty", "foreign", "long"],
)
def test_a_token_that_the_provider_has_not_signed_signs_nobody_in(
    town: Town, visitor: Visitor, served: Provider, write: Callable[[Claims], str]
) -> None:
    """Neither by no algorithm, by the public key for a secret, by another's key nor by one that comes along."""
    served.write = write
    seen = visitor.get(go(visitor, served))
    assert seen.status == 401
    assert_nobody(visitor, seen)


def test_an_answer_to_another_sign_in_is_refused(town: Town, visitor: Visitor, served: Provider) -> None:
    """Another state, none, another browser's, one that took too long, one that was used already."""
    back = go(visitor, served)
    for wrong in (back.replace("state=", "state=x"), "/sign-in/return?code=x", "/sign-in/return"):
        jar = dict(visitor.jar)
        assert_nobody(visitor, visitor.get(wrong))
        visitor.jar = jar
    assert_nobody(Visitor(dashboard), Visitor(dashboard).get(back))
    forged = Visitor(dashboard, jar={"certwright-errand": visitor.jar["certwright-errand"][:-3] + "xyz"})
    assert_nobody(forged, forged.get(back))
    assert visitor.get(back).status == 303
    again = Visitor(dashboard)
    late = go(again, served)
    town.clock.advance(milliseconds=11 * MINUTE)
    assert_nobody(again, again.get(late))
    once = go(again, served)
    jar = dict(again.jar)
    assert again.get(once).status == 303
    again.jar = jar
    assert_nobody(again, again.get(once))


def test_who_the_provider_refuses_is_told_so(town: Town, visitor: Visitor, served: Provider) -> None:
    """An error in place of a code."""
    state = parse_qs(urlsplit(visitor.get("/sign-in/provider").headers["location"]).query)["state"][0]
    seen = visitor.get(f"/sign-in/return?error=access_denied&state={state}")
    assert (seen.status, "did not sign you in" in seen.text) == (401, True)


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "u-2", "groups": ["staff"]},
        {"sub": "u-2", "groups": "pki-admins-not"},
        {"sub": "u-2", "groups": {"pki-admins": True}},
        {"sub": "u-2", "email": "jo@example.com"},
        {"sub": "u-2", "email": "jo@example.com", "email_verified": "true"},
    ],
)
def test_who_has_no_role_is_not_let_in(town: Town, visitor: Visitor, served: Provider, person: Claims) -> None:
    """Known to the provider is not enough; an address that is not verified is nobody's."""
    served.person = person
    seen = visitor.get(go(visitor, served))
    assert (seen.status, "none of your groups has a role here" in seen.text) == (401, True)
    assert_nobody(visitor, seen)


def test_a_verified_address_gives_its_role_for_its_owner(town: Town, visitor: Visitor, served: Provider) -> None:
    """A viewer of one owner sees that owner's, and may not change it."""
    served.person = {"sub": "u-3", "email": "jo@example.com", "email_verified": True}
    visitor.get(go(visitor, served))
    page = visitor.get("/")
    assert "jo@example.com viewer" in page.text
    assert "pay.shop.example" in page.text
    assert "example.org" not in page.text
    assert visitor.get("/access").status == 403


def test_such_a_session_ends_after_an_hour_and_with_the_terms(town: Town, visitor: Visitor, served: Provider) -> None:
    """It is not lengthened by use; other roles in the deployment end it at once; it counts for no other person."""
    visitor.get(go(visitor, served))
    value = visitor.jar["certwright"]
    town.clock.advance(milliseconds=HOUR - MINUTE)
    assert visitor.get("/").status == 200
    assert visitor.jar["certwright"] == value
    sign_in = town.front.sign_in
    assert sign_in
    town.front = replace(town.front, sign_in=replace(sign_in, terms="other roles"))
    assert visitor.get("/").status == 303
    town.front = replace(town.front, sign_in=None)
    assert visitor.get("/").status == 303
    town.front = replace(town.front, sign_in=sign_in)
    for forged in (value[:-1] + ("A" if value[-1] != "A" else "B"), "p1.e30.1.2.x", "p1...", "p1.", value + ".x"):
        visitor.jar["certwright"] = forged
        assert visitor.get("/").status == 303, forged
    visitor.jar["certwright"] = value
    assert visitor.get("/").status == 200
    town.clock.advance(milliseconds=2 * MINUTE)
    assert visitor.get("/").status == 303


def test_a_provider_that_changes_its_key_is_asked_for_it_but_not_without_end(
    town: Town, visitor: Visitor, served: Provider
) -> None:
    """A new key is read when a token names it; tokens of unknown keys ask no more often than once a minute."""
    visitor.get(go(visitor, served))
    served.keys, served.write = ("k1", "k2"), lambda claims: sign(claims, "k2")
    town.clock.advance(milliseconds=2 * MINUTE)
    assert visitor.get(go(visitor, served)).status == 303
    served.write = lambda claims: sign(claims, "k3")
    before = served.asked.count("/keys")
    for _ in range(4):
        assert visitor.get(go(visitor, served)).status == 401
    assert served.asked.count("/keys") == before


def test_a_provider_that_is_away_or_another_is_told_of_on_the_page(
    town: Town, visitor: Visitor, served: Provider
) -> None:
    """Signing in with a token stays possible; no request goes where the egress policy forbids it."""
    sign_in = town.front.sign_in
    assert sign_in
    for issuer, allow in ((f"{served.url}/", f"127.0.0.0/8:{urlsplit(served.url).port}"), (served.url, "")):
        egress = Egress(allow=parse_allow_list(allow))
        other = OidcProvider(Client(issuer, CLIENT_ID), egress=egress, clock=town.clock)
        town.front = replace(town.front, sign_in=replace(sign_in, provider=other))
        before = len(served.asked)
        seen = visitor.get("/sign-in/provider")
        assert (seen.status, 'name="token"' in seen.body) == (401, True)
        assert (len(served.asked) > before) == bool(allow)
    assert visitor.sign_in(town.bearers["admin"]).status == 303


def test_signing_in_by_the_provider_leads_to_no_other_site(town: Town, visitor: Visitor, served: Provider) -> None:
    """What is no page of ours counts as the start page."""
    done = visitor.get(go(visitor, served, to="//evil.example"))
    assert done.headers["location"] == "/"


def test_neither_code_nor_token_nor_secret_is_logged(
    town: Town, visitor: Visitor, served: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person's id and role are, and why somebody was refused."""
    written = StringIO()
    monkeypatch.setattr(dashboard.logger.registered_handler, "stream", written)
    back = go(visitor, served)
    visitor.get(back)
    served.alter = altered(nonce="another")
    visitor.get(go(visitor, served))
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [(line["message"], line.get("person"), line.get("code")) for line in lines] == [
        ("signed in by the identity provider", "u-1", None),
        ("sign-in refused", None, "identity-refused"),
    ]
    assert CLIENT_SECRET not in written.getvalue()
    assert parse_qs(urlsplit(back).query)["code"][0] not in written.getvalue()
