"""The dashboard's pages: what they show to whom, and that nothing of what others wrote becomes markup."""

from dataclasses import replace

import pytest

from certwright import bootstrap
from certwright.domain.certificate import Event
from certwright.domain.problem import Actor, Problem
from certwright.domain.records import NameCheck
from certwright.domain.renewal import HOUR
from functions.dashboard import handler as dashboard
from functions.keys import handler as keys
from tests.fakes.bucket import FakeBucket, FakeVersions
from tests.support.dashboard_town import Town, build_town
from tests.support.dashboard_visitor import Visitor

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'&amp;"


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """A deployment in every state, behind the function."""
    made = build_town(plain=3)
    monkeypatch.setattr(dashboard, "front", lambda: made.front)
    dashboard.shelf.clear()
    return made


def signed_in(town: Town, role: str) -> Visitor:
    """Somebody of the first owner, signed in."""
    visitor = Visitor(dashboard)
    assert visitor.sign_in(town.bearers[role]).status == 303
    return visitor


def test_what_others_wrote_never_becomes_markup(town: Town) -> None:
    """Labels, owners, zones, records, problems, events, and what was typed: on every page that shows them."""
    desk, waiting = town.front.desk, town.ids["waiting"]
    managed = town.store.managed[waiting]
    problem = Problem(HOSTILE, HOSTILE, Actor.USER, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    town.store.put_work(
        replace(managed.work, problem=problem, reason=HOSTILE, checks=(NameCheck("example.com", problem),))
    )
    town.store.managed[waiting] = replace(
        town.store.managed[waiting], desired=replace(managed.desired, reason=HOSTILE, profile=HOSTILE)
    )
    town.store.events[waiting].append(Event(town.clock.now(), HOSTILE, HOSTILE, HOSTILE))
    town.store.summaries[waiting] = replace(
        town.store.summaries[waiting], names=(HOSTILE,), reason=HOSTILE, state=HOSTILE, account=HOSTILE
    )
    owner = desk.registry.owners.read("own_platform")
    zone = desk.registry.zones.read("zon_1")
    assert owner
    assert zone
    desk.registry.owners.create(replace(owner, id="own_x", name=HOSTILE, patterns=(HOSTILE,)))
    desk.registry.zones.update(zone, replace(zone, name_server=HOSTILE))
    visitor = signed_in(town, "admin")
    visitor.post("/access/tokens", {"owner": "own_x", "role": "viewer", "label": HOSTILE, "days": "1"})
    form = {"names": HOSTILE, "csr": HOSTILE, "profile": HOSTILE, "chain": HOSTILE, "owner": HOSTILE, "once": HOSTILE}
    seen = [
        visitor.get("/"),
        visitor.get(f"/?q={HOSTILE}&owner={HOSTILE}&ca={HOSTILE}&view={HOSTILE}&sort={HOSTILE}&week=x&page=x"),
        visitor.get(f"/certificates/{waiting}"),
        visitor.get("/dns"),
        visitor.get("/dns/zon_1"),
        visitor.get("/access"),
        visitor.get(f"/sign-in?to={HOSTILE}"),
        visitor.post("/certificates", form),
        visitor.post("/certificates/explain", form),
        visitor.post("/access/owners", {"name": HOSTILE * 5, "patterns": HOSTILE}),
        visitor.post("/access/tokens", {"owner": HOSTILE, "role": HOSTILE, "label": HOSTILE, "days": HOSTILE}),
        visitor.post("/dns/zon_1", {"origin": HOSTILE, "name_server": HOSTILE}),
    ]
    for page in seen:
        assert page.status in (200, 422)
        assert "<img" not in page.body
        assert "<script>" not in page.body
    assert sum("alert(1)" in page.text for page in seen) > 8


@pytest.mark.parametrize(
    ("role", "sees", "misses"),
    [
        ("viewer", [], ["New certificate", "Access", "Check now", "Delete…", "Other names"]),
        ("key-reader", [], ["New certificate", "Access", "Check now", "Delete…", "Other names"]),
        ("requester", ["New certificate", "Check now", "Delete…", "Other names"], ["Access"]),
        ("operator", ["New certificate", "Check now", "Delete…", "Other names"], ["Access"]),
        ("admin", ["New certificate", "Check now", "Delete…", "Other names", "Access"], []),
    ],
)
def test_what_a_role_may_not_do_is_not_shown(town: Town, role: str, sees: list[str], misses: list[str]) -> None:
    """On the list, a certificate and a zone taken together."""
    visitor = signed_in(town, role)
    pages = ("/", f"/certificates/{town.ids['waiting']}", "/dns/zon_1")
    text = " ".join(visitor.get(page).text for page in pages)
    assert [words for words in sees if words not in text] == []
    assert [words for words in misses if words in text] == []


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("viewer", "GET", "/certificates/new"),
        ("viewer", "POST", "/certificates"),
        ("viewer", "POST", "/certificates/explain"),
        ("viewer", "POST", "/certificates/check"),
        ("viewer", "POST", "/certificates/{waiting}/check"),
        ("viewer", "POST", "/certificates/{waiting}/delete"),
        ("key-reader", "POST", "/certificates/{waiting}/delete"),
        ("viewer", "POST", "/dns/zon_1"),
        ("requester", "GET", "/access"),
        ("operator", "POST", "/access/tokens"),
        ("operator", "POST", "/access/owners"),
        ("operator", "POST", "/access/tokens/tokviewer/delete"),
    ],
)
def test_what_a_role_may_not_do_is_refused(town: Town, role: str, method: str, path: str) -> None:
    """403 as a page, with a form that is right in all else."""
    visitor = signed_in(town, role)
    path = path.format(waiting=town.ids["waiting"])
    seen = visitor.get(path) if method == "GET" else visitor.post(path, {"names": "a.test", "role": "admin"})
    assert (seen.status, "Not allowed" in seen.text) == (403, True)
    assert town.front.desk.tokens.read("tokviewer")


def test_another_owners_things_are_not_there(town: Town) -> None:
    """Neither listed nor read nor changed, but by those who see all owners."""
    held = town.ids["held-up"]
    requester = signed_in(town, "requester")
    assert "pay.shop.example" not in requester.get("/").text
    for seen in (
        requester.get(f"/certificates/{held}"),
        requester.get(f"/certificates/{held}/delete"),
        requester.post(f"/certificates/{held}/delete"),
        requester.post(f"/certificates/{held}/check"),
        requester.post("/certificates/check", {"id": held}),
    ):
        assert (seen.status, "Not found" in seen.text) == (404, True)
    assert requester.post("/certificates", {"names": "a.test", "owner": "own_shop"}).status == 422
    assert not town.store.managed[held].desired.is_deleted
    operator = signed_in(town, "operator")
    assert "pay.shop.example" in operator.get("/").text
    assert operator.get(f"/certificates/{held}").status == 200


def test_a_form_that_was_refused_keeps_what_was_typed(town: Town) -> None:
    """422 with the sentence at the field that is to blame."""
    visitor = signed_in(town, "admin")
    typed = {"names": "ok.example.com\nbad_name.example.com", "challenge": "dns-01", "key_type": "rsa-4096"}
    seen = visitor.post("/certificates", typed)
    assert seen.status == 422
    assert "ok.example.com\nbad_name.example.com</textarea>" in seen.body
    assert 'id="names-error"' in seen.body
    assert 'aria-describedby="names-error names-hint"' in seen.body
    assert 'value="dns-01" checked' in seen.body
    assert 'value="rsa-4096" selected' in seen.body
    seen = visitor.post("/certificates", {"names": "*.example.com", "challenge": "http-01"})
    assert "which no CA proves by HTTP-01" in seen.text
    assert 'id="challenge-error"' in seen.body


def test_a_request_is_made_once_however_often_the_form_is_sent(town: Town) -> None:
    """The form carries its own idempotency key; going back and sending again leads to the same certificate."""
    visitor = signed_in(town, "requester")
    form = {"names": "new.example.com www.example.com,\n*.example.com", "once": "form_1"}
    first, second = visitor.post("/certificates", form), visitor.post("/certificates", form)
    assert first.status == second.status == 303
    assert first.headers["location"] == second.headers["location"]
    page = visitor.get(first.headers["location"])
    assert "Please add these records with your DNS provider" in page.text
    assert "Covered by a wildcard, so left out new.example.com, www.example.com" in page.text


def test_an_explanation_stores_nothing(town: Town) -> None:
    """Of wildcards and plain names, before the request is made; the fragment is no whole page."""
    visitor = signed_in(town, "requester")
    before = dict(town.store.managed)
    seen = visitor.post("/certificates/explain", {"names": "*.shop.example.net"}, x_requested_by="live")
    assert not seen.body.startswith("<!doctype")
    assert "DNS-01, because *.shop.example.net is a wildcard." in seen.text
    assert "_acme-challenge.shop.example.net" in seen.text
    whole = visitor.post("/certificates/explain", {"names": "www.example.net"})
    assert whole.body.startswith("<!doctype")
    assert "HTTP-01, because no name is a wildcard." in whole.text
    assert town.store.managed == before


def test_each_state_is_said_in_words(town: Town) -> None:
    """With what is missing, what the CA said, and how far an attempt is."""
    visitor = signed_in(town, "admin")
    expected = {
        "waiting": ["Waiting for one record", "Please add this CNAME record", "NXDOMAIN", "DNS only", "never at the"],
        "held-up": ["Renewal held up", "203.0.113.7", "nginx", "Redirect 302", "redir "],
        "issuing": ["Being issued", "What happens now", "Under way since"],
        "failing": ["Failing", "own words", "urn:ietf:params:acme:error:unauthorized"],
        "expired": ["Expired"],
        "renewing": ["Being renewed"],
        "issued": ["Issued", "www.münchen.example", "Version 1", "Download", "curl -fsS"],
        "many": ["0.tenants.example.com + 39 more names", "The same holds for 34 more names"],
    }
    for word, said in expected.items():
        text = visitor.get(f"/certificates/{town.ids[word]}").text
        assert [words for words in said if words not in text] == [], word


def test_pages_move_while_something_is_under_way_and_stop_then(town: Town) -> None:
    """Often at work, seldom while a record is awaited, never else."""
    visitor = signed_in(town, "admin")
    paces = {"issuing": "2", "renewing": "2", "waiting": "5", "issued": "", "held-up": ""}
    for word, pace in paces.items():
        body = visitor.get(f"/certificates/{town.ids[word]}").body
        assert (f'data-live="{pace}"' in body) == bool(pace), word
        assert ("data-live=" in body) == bool(pace), word


def test_the_list_is_searched_filtered_sorted_and_paged(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the address says; the links on the page say it."""
    town = build_town(plain=120)
    monkeypatch.setattr(dashboard, "front", lambda: town.front)
    dashboard.shelf.clear()
    visitor = signed_in(town, "admin")
    visitor.get("/")
    assert "Page 1 of 3" in visitor.get("/").text
    assert "Page 3 of 3" in visitor.get("/?page=99").text
    only = visitor.get("/?q=service-00007").text
    assert "service-00007.example.net" in only
    assert "service-00008" not in only
    needing = visitor.get("/?view=attention").text
    assert "vpn.example.org" in needing
    assert "service-0" not in needing
    assert "Nothing matches" in visitor.get("/?q=nowhere").text
    soonest = visitor.get("/?sort=expires").text
    assert soonest.index("legacy.example.net") < soonest.index("pay.shop.example") < soonest.index("service-0")
    shop = visitor.get("/?owner=own_shop&q=service").text
    assert "service-00001" in shop
    assert "service-00000" not in shop
    assert "week=2" in visitor.get("/").body
    assert "pay.shop.example" in visitor.get("/?week=2").text


def test_nobody_waits_for_a_long_list_to_be_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """First the newest, then, by itself or at the next opening, all; later what was kept, and then what is new."""
    town = build_town(plain=120)
    monkeypatch.setattr(dashboard, "front", lambda: town.front)
    dashboard.shelf.clear()
    visitor = Visitor(dashboard)
    visitor.sign_in(town.bearers["admin"])
    first = visitor.get("/")
    assert "The newest 50." in first.text
    assert 'data-live="1"' in first.body
    assert "service-00000.example.org" in first.text
    assert "Page 1 of 3" not in first.text
    whole = visitor.get("/", **{"x-requested-by": "live"})
    assert "Page 1 of 3" in whole.text
    assert 'data-live="1"' not in whole.body


@pytest.mark.parametrize(("path", "found"), [("/?q=service-00007", "service-00007"), ("/cost", "A month")])
def test_nobody_waits_for_what_is_found_in_a_long_list(path: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says that all are being read, and asks again by itself; nothing is shown that is not all."""
    town = build_town(plain=120)
    monkeypatch.setattr(dashboard, "front", lambda: town.front)
    dashboard.shelf.clear()
    visitor = Visitor(dashboard)
    visitor.sign_in(town.bearers["admin"])
    first = visitor.get(path)
    assert "One moment" in first.text
    assert f'href="{path}"' in first.body
    assert 'data-live="1"' in first.body
    assert found not in first.text
    whole = visitor.get(path, **{"x-requested-by": "live"})
    assert found in whole.text
    assert 'data-live="1"' not in whole.body


def test_a_zone_is_shown_before_it_is_looked_at(town: Town) -> None:
    """As it was found last, if ever; the page asks for a look by itself, and goes on while a record is awaited."""
    visitor = signed_in(town, "viewer")
    first = visitor.get("/dns/zon_1")
    assert "Being looked at" in first.text
    assert 'data-live="1"' in first.body
    looked = visitor.get("/dns/zon_1", **{"x-requested-by": "live"})
    assert "Looked at just now" in looked.text
    zone, desk = town.front.desk.registry.zones.list_all()[0], town.front.desk
    found = Problem("zone-delegation-missing", "Please add this NS record.", Actor.USER, subject=zone.origin)
    desk.registry.zones.update(zone, replace(zone, looked_at=desk.clock.now() - 3 * HOUR, problem=found))
    known = visitor.get("/dns/zon_1")
    assert "Looked at 3 h ago" in known.text
    assert "Please add this NS record." in known.text
    assert "Looked at just now" in visitor.get("/dns/zon_1?look=now").text


def test_several_are_looked_at_now(town: Town) -> None:
    """All that were ticked, and the page says how many."""
    visitor = signed_in(town, "requester")
    chosen = [town.ids["waiting"], town.ids["failing"]]
    seen = visitor.post("/certificates/check", {"id": chosen})
    assert seen.headers["location"] == "/?checked=2"
    assert "2 certificates are being looked at now." in visitor.get("/?checked=2").text
    assert all(town.store.managed[item].work.wake == 1 for item in chosen)


def test_a_token_is_shown_once_and_deleted_at_a_click(town: Town) -> None:
    """Its text is in the answer to the form, on no page after; once deleted it signs nobody in."""
    visitor = signed_in(town, "admin")
    form = {"owner": "own_shop", "role": "viewer", "label": "till", "days": "30"}
    made = visitor.post("/access/tokens", form)
    start = made.body.index("cw_tok", made.body.index("data-copy="))
    bearer = made.body[start : made.body.index('"', start)]
    assert Visitor(dashboard).sign_in(bearer).status == 303
    assert bearer not in visitor.get("/access").body
    token_id = bearer.split("_")[1]
    assert visitor.post(f"/access/tokens/{token_id}/delete").status == 303
    assert Visitor(dashboard).sign_in(bearer).status == 401


def test_an_owner_is_made_or_its_pattern_is_refused_at_the_field(town: Town) -> None:
    """What was typed stays."""
    visitor = signed_in(town, "admin")
    seen = visitor.post("/access/owners", {"name": "edge team", "patterns": "a.**.b"})
    assert seen.status == 422
    assert 'value="edge team"' in seen.body
    assert "leftmost label" in seen.text
    assert visitor.post("/access/owners", {"name": "edge team", "patterns": "**.edge.example"}).status == 303
    assert "edge team" in visitor.get("/access").text


@pytest.mark.parametrize("has_token", [True, False])
def test_a_key_is_downloaded_with_a_token_in_the_form_and_by_nothing_else(
    town: Town, monkeypatch: pytest.MonkeyPatch, *, has_token: bool
) -> None:
    """Being signed in as an admin is no right to a key; refusals are pages."""
    desk, issued, versions = town.front.desk, town.ids["many"], FakeVersions(FakeBucket())
    versions.replace_current(issued, 1, "", b"KEY AND CHAIN", b"CHAIN")
    monkeypatch.setattr(keys, "safe", lambda: bootstrap.Safe(desk.clock, desk.tokens, desk.certificates, versions))
    session = signed_in(town, "admin")
    visitor = Visitor(keys, "KeysFunction", jar=dict(session.jar))
    path = f"/v1/certificates/{issued}/bundle"
    seen = visitor.post(path, {"form_token": "", "token": town.bearers["key-reader"] if has_token else ""})
    if has_token:
        assert (seen.status, seen.body) == (200, "KEY AND CHAIN")
        assert seen.headers["content-disposition"].startswith("attachment")
    else:
        assert (seen.status, seen.body.startswith("<!doctype html>")) == (401, True)
    refused = visitor.post(path, {"form_token": "", "token": town.bearers["requester"]})
    assert (refused.status, "Not allowed" in refused.text or "may not" in refused.text) == (403, True)
