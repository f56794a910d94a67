"""The dashboard's edge: who is signed in, for how long, and what a page of another site can't do."""

import json
from dataclasses import replace
from io import StringIO

import pytest

from certwright.domain.renewal import HOUR, MINUTE
from functions.dashboard import handler as dashboard
from local.template import load
from tests.support.dashboard_town import SECRET, Town, build_town
from tests.support.dashboard_visitor import PUBLIC, Visitor


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """A deployment in every state, behind the function."""
    made = build_town(plain=3)
    monkeypatch.setattr(dashboard, "front", lambda: made.front)
    dashboard.shelf.clear()
    return made


@pytest.fixture
def visitor(town: Town) -> Visitor:
    """Somebody who has not signed in."""
    return Visitor(dashboard)


def test_whoever_is_not_signed_in_is_led_to_signing_in_and_back(town: Town, visitor: Visitor) -> None:
    """303 to the form, with the page that was asked for; signing in leads there."""
    seen = visitor.get("/dns")
    assert (seen.status, seen.headers["location"]) == (303, "/sign-in?to=%2Fdns")
    assert 'value="/dns"' in visitor.get("/sign-in?to=%2Fdns").body
    done = visitor.post("/sign-in", {"token": town.bearers["viewer"], "to": "/dns"})
    assert (done.status, done.headers["location"]) == (303, "/dns")
    assert visitor.get("/dns").status == 200


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/a?b=//c"]
)
def test_signing_in_leads_to_no_other_site(town: Town, visitor: Visitor, to: str) -> None:
    """What is no page of ours counts as the start page."""
    done = visitor.post("/sign-in", {"token": town.bearers["viewer"], "to": to})
    assert done.headers["location"] == "/"


@pytest.mark.parametrize("bearer", ["", "cw_tokadmin_wrong", f"cw_toknone_{SECRET}", "nonsense", "cw_", "\x00"])
def test_a_wrong_token_signs_nobody_in(visitor: Visitor, town: Town, bearer: str) -> None:
    """401 with the sentence at the field; no cookie, and the token is not shown again."""
    seen = visitor.sign_in(bearer)
    assert (seen.status, seen.cookies) == (401, ())
    assert 'class="field-error"' in seen.body
    assert SECRET not in seen.body
    assert visitor.get("/").status == 303


def test_the_cookie_is_kept_from_scripts_and_other_sites(town: Town, visitor: Visitor) -> None:
    """HttpOnly, SameSite, an hour; by TLS with the __Host- prefix and Secure."""
    (cookie,) = visitor.sign_in(town.bearers["admin"]).cookies
    assert cookie.startswith("certwright=v1.tokadmin.")
    assert cookie.endswith("; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax")
    (cookie,) = Visitor(dashboard, host=PUBLIC).sign_in(town.bearers["admin"]).cookies
    assert cookie.startswith("__Host-certwright=v1.")
    assert cookie.endswith("; SameSite=Lax; Secure")
    assert SECRET not in cookie


def test_a_cookie_that_was_changed_counts_for_nothing(town: Town, visitor: Visitor) -> None:
    """Another token's id, a later end, another MAC: each leads to signing in."""
    visitor.sign_in(town.bearers["viewer"])
    value = visitor.jar["certwright"]
    version, token, begun, ends, mac = value.split(".")
    forged = [
        ".".join((version, "tokadmin", begun, ends, mac)),
        ".".join((version, token, begun, str(int(ends) + 1), mac)),
        ".".join((version, token, str(int(begun) + 1), ends, mac)),
        value[:-1] + ("A" if value[-1] != "A" else "B"),
        value + ".x",
        "v1....",
        "ü.ü.1.1.ü",
        "",
    ]
    for cookie in forged:
        visitor.jar["certwright"] = cookie
        assert visitor.get("/").status == 303, cookie
    visitor.jar["certwright"] = value
    assert visitor.get("/").status == 200


def test_a_deleted_token_ends_its_sessions_at_once(town: Town, visitor: Visitor) -> None:
    """Every request reads the token again; one made anew under the same id opens no old session."""
    visitor.sign_in(town.bearers["viewer"])
    assert visitor.get("/").status == 200
    token = town.front.desk.tokens.read("tokviewer")
    assert token
    town.front.desk.tokens.remove("tokviewer")
    assert visitor.get("/").status == 303
    town.front.desk.tokens.create(replace(token, secret_sha256="0" * 64))
    assert visitor.get("/").status == 303


def test_a_session_ends_after_an_hour_unless_pages_are_opened(town: Town, visitor: Visitor) -> None:
    """Opening pages renews it, pages that refresh themselves do not, and after twelve hours it is over."""
    visitor.sign_in(town.bearers["viewer"])
    for _ in range(13):
        town.clock.advance(milliseconds=50 * MINUTE)
        assert visitor.get("/").status == 200
    town.clock.advance(milliseconds=11 * MINUTE)
    for _ in range(4):
        visitor.get("/", **{"x-requested-by": "live"})
        town.clock.advance(milliseconds=12 * MINUTE)
    town.clock.advance(milliseconds=12 * MINUTE)
    assert visitor.get("/").status == 303
    visitor.sign_in(town.bearers["viewer"])
    for _ in range(13):
        town.clock.advance(milliseconds=55 * MINUTE)
        visitor.get("/")
    town.clock.advance(milliseconds=10 * MINUTE)
    assert visitor.get("/").status == 303


def test_an_expired_token_signs_nobody_in_and_ends_its_sessions(town: Town, visitor: Visitor) -> None:
    """At its end, whatever the cookie says."""
    token = town.front.desk.tokens.read("tokviewer")
    assert token
    town.front.desk.tokens.remove("tokviewer")
    town.front.desk.tokens.create(replace(token, expires_at=town.clock.now() + HOUR // 2))
    visitor.sign_in(town.bearers["viewer"])
    assert visitor.get("/").status == 200
    town.clock.advance(milliseconds=HOUR // 2)
    assert visitor.get("/").status == 303
    assert "expired" in visitor.sign_in(town.bearers["viewer"]).text


def test_signing_out_deletes_the_cookie(town: Town, visitor: Visitor) -> None:
    """And says so."""
    visitor.sign_in(town.bearers["viewer"])
    seen = visitor.post("/sign-out")
    assert (seen.status, seen.headers["location"]) == (303, "/sign-in?out=1")
    assert "Max-Age=0" in seen.cookies[0]
    assert "signed out" in visitor.get("/sign-in?out=1").text
    assert visitor.get("/").status == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "https://127.0.0.1:8080"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused(town: Town, visitor: Visitor, headers: dict[str, str]) -> None:
    """Signing in too: nobody is signed in as somebody else without knowing."""
    assert visitor.sign_in(town.bearers["admin"], **headers).status == 403
    visitor.sign_in(town.bearers["admin"])
    waiting = town.ids["waiting"]
    assert visitor.post(f"/certificates/{waiting}/delete", **headers).status == 403
    assert not town.store.managed[waiting].desired.is_deleted


@pytest.mark.parametrize("token", ["", "guess", "ü"])
def test_a_form_without_this_visits_token_is_refused(town: Town, visitor: Visitor, token: str) -> None:
    """Origin alone is not relied on."""
    visitor.sign_in(town.bearers["admin"])
    waiting = town.ids["waiting"]
    assert visitor.post(f"/certificates/{waiting}/delete", {"form_token": token}).status == 403
    assert not town.store.managed[waiting].desired.is_deleted
    assert visitor.post(f"/certificates/{waiting}/delete").status == 303
    assert town.store.managed[waiting].desired.is_deleted


def test_a_form_token_of_another_visit_is_refused(town: Town, visitor: Visitor) -> None:
    """Each session has its own."""
    other = Visitor(dashboard)
    other.sign_in(town.bearers["operator"])
    visitor.sign_in(town.bearers["admin"])
    assert visitor.post("/certificates/check", {"form_token": other.form_token()}).status == 403


def test_a_body_that_is_no_form_is_refused(town: Town, visitor: Visitor) -> None:
    """JSON, plain text and what is far too large, before anything is read from it."""
    visitor.sign_in(town.bearers["admin"])
    for headers in ({"content_type": "application/json"}, {"content_type": "text/plain"}):
        assert visitor.post("/certificates/check", **headers).status == 422
    assert visitor.post("/certificates/check", {"id": "x" * 70_000}).status == 422


def test_every_answer_forbids_foreign_code_and_frames(town: Town, visitor: Visitor) -> None:
    """Pages, redirects, refusals and files have the policy; pages have no inline script, style or handler."""
    visitor.sign_in(town.bearers["admin"])
    paths = [
        "/",
        "/sign-in",
        "/certificates/new",
        "/dns",
        "/dns/zon_1",
        "/access",
        "/certificates/none",
        "/assets/x.js",
    ]
    paths += [f"/certificates/{certificate}" for certificate in town.ids.values()]
    for path in paths:
        seen = visitor.get(path)
        policy = seen.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert seen.headers["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" not in seen.headers
        assert seen.headers["cache-control"] == "no-store"
        assert "<style" not in seen.body
        assert ' style="' not in seen.body
        assert "<script>" not in seen.body
    assert "strict-transport-security" in Visitor(dashboard, host=PUBLIC).get("/").headers


def test_files_are_named_after_their_content_and_kept_for_ever(town: Town, visitor: Visitor) -> None:
    """The address in a page answers; another version of it does not."""
    body = visitor.get("/sign-in").body
    for kind, content_type in (("css", "text/css"), ("js", "text/javascript")):
        start = body.index("/assets/app.", body.index(f".{kind}") - 30)
        path = body[start : body.index('"', start)]
        seen = visitor.get(path)
        assert (seen.status, "immutable" in seen.headers["cache-control"]) == (200, True)
        assert seen.headers["content-type"].startswith(content_type)
        assert visitor.get("/assets/app.000000000000.css").status == 404


def test_a_route_without_an_action_is_refused(town: Town, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deny by default, even where a function is there to answer."""
    visitor.sign_in(town.bearers["admin"])
    monkeypatch.delitem(dashboard.ACTIONS, "GET /access")
    assert visitor.get("/access").status == 404


def test_only_signing_in_and_files_are_open_to_anyone() -> None:
    """A new page can't be open by mistake."""
    routes = {f"{route.method} {route.path}" for route in load().routes if route.function == "DashboardFunction"}
    assert routes == set(dashboard.ACTIONS)
    assert {route for route, action in dashboard.ACTIONS.items() if action is None} == {
        "GET /assets/{file}",
        "GET /sign-in",
        "POST /sign-in",
        "GET /sign-in/provider",
        "GET /sign-in/return",
    }


def test_an_error_of_ours_is_a_page_without_its_text(
    town: Town, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 names the request, and nothing of the exception gets out."""
    visitor.sign_in(town.bearers["admin"])

    def explode(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(dashboard, "list_page", explode)
    seen = visitor.get("/")
    assert seen.status == 500
    assert "secret detail" not in seen.body
    assert "request id" in seen.text


def test_neither_token_nor_cookie_is_logged(town: Town, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in, right and wrong, leaves the token's id at most."""
    written = StringIO()
    monkeypatch.setattr(dashboard.logger.registered_handler, "stream", written)
    visitor.sign_in("cw_tokadmin_mistyped")
    visitor.sign_in(town.bearers["viewer"])
    visitor.get("/access")
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [(line["code"], line.get("token")) for line in lines] == [
        ("not-authenticated", None),
        ("role-not-sufficient", "tokviewer"),
    ]
    assert SECRET not in written.getvalue()
    assert "mistyped" not in written.getvalue()
    assert visitor.jar["certwright"] not in written.getvalue()
