"""What the dashboard does beyond looking: renewals, revocations, attempts told, CAs and costs."""

import json
from dataclasses import replace

import pytest

from certwright.domain.budget import Budget
from certwright.domain.ca_account import CaStanding
from certwright.domain.certificate import ClosedAttempt
from certwright.domain.limited_ca import limited_ca
from certwright.domain.limits import Kind
from certwright.domain.problem import Actor, Problem
from certwright.domain.records import Lock, Record
from certwright.domain.renewal import HOUR, MINUTE
from certwright.domain.reservation import draw_from
from certwright.ports import StoredBudget
from functions.dashboard import handler as dashboard
from tests.support.dashboard_town import Town, build_town
from tests.support.dashboard_visitor import Visitor

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'&amp;"


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """A deployment in every state, behind the function."""
    made = build_town(plain=2)
    monkeypatch.setattr(dashboard, "front", lambda: made.front)
    dashboard.shelf.clear()
    return made


def signed_in(town: Town, role: str = "requester") -> Visitor:
    """Somebody of the first owner, signed in."""
    visitor = Visitor(dashboard)
    assert visitor.sign_in(town.bearers[role]).status == 303
    return visitor


def test_a_certificate_is_renewed_after_a_question(town: Town) -> None:
    """Opening the question changes nothing; the answer asks for a newer version, with a new key if ticked."""
    visitor, issued = signed_in(town, "admin"), town.ids["issued"]
    page = visitor.get(f"/certificates/{issued}")
    assert [words for words in ("Renew…", "Revoke…") if words not in page.text] == []
    assert "Make a new key this time" in visitor.get(f"/certificates/{issued}/renew").text
    assert town.store.managed[issued].desired.renewal is None
    done = visitor.post(f"/certificates/{issued}/renew", {"new_key": "yes"})
    assert done.headers["location"] == f"/certificates/{issued}?done=renewed"
    assert town.store.managed[issued].desired.renewal
    shown = visitor.get(f"/certificates/{issued}?done=renewed")
    assert "The renewal is asked for." in shown.text
    assert 'data-live="2"' in shown.body
    work = town.store.managed[issued].work
    town.store.put_work(replace(work, claimed_by="worker-1", due_at=town.clock.now() + HOUR))
    assert 'data-live="2"' in visitor.get(f"/certificates/{issued}").body
    town.store.put_work(replace(work, due_at=town.clock.now() + HOUR))
    assert "data-live" not in visitor.get(f"/certificates/{issued}").body


def test_what_is_not_issued_offers_no_renewal_and_refuses_it(town: Town) -> None:
    """422 with the reason, on the question's own page."""
    visitor, waiting = signed_in(town), town.ids["waiting"]
    assert "Renew…" not in visitor.get(f"/certificates/{waiting}").text
    for name in ("renew", "revoke"):
        seen = visitor.post(f"/certificates/{waiting}/{name}", {"reason": "superseded"})
        assert (seen.status, "Nothing is issued yet" in seen.text) == (422, True), name


def test_a_version_is_revoked_for_a_reason(town: Town) -> None:
    """The wish is stored with the version that was chosen; a reason nobody knows is refused on the page."""
    visitor, issued = signed_in(town, "admin"), town.ids["issued"]
    question = visitor.get(f"/certificates/{issued}/revoke")
    assert "There is no way back" in question.text
    assert "Version 1" in question.text
    seen = visitor.post(f"/certificates/{issued}/revoke", {"reason": "because", "version": "2"})
    assert (seen.status, "Choose a reason" in seen.text) == (422, True)
    done = visitor.post(f"/certificates/{issued}/revoke", {"reason": "keyCompromise", "version": "2"})
    assert done.headers["location"] == f"/certificates/{issued}?done=revoked"
    asked = town.store.managed[issued].desired.revocations[-1]
    assert (asked.version, asked.reason.value, asked.reissues) == (2, "keyCompromise", True)
    assert "Being revoked" in visitor.get(f"/certificates/{issued}").text


def test_many_are_renewed_after_a_question_and_each_refusal_is_told(town: Town) -> None:
    """The question names how many; one that can't be renewed holds up no other, and is named with its reason."""
    visitor = signed_in(town, "admin")
    chosen = [town.ids["issued"], town.ids["many"], town.ids["waiting"], "crt_none"]
    question = visitor.post("/certificates/renew", {"id": chosen})
    assert "Renew 4 certificates now?" in question.text
    assert town.store.managed[town.ids["many"]].desired.renewal is None
    result = visitor.post("/certificates/renew", {"id": chosen, "sure": "yes"})
    assert "2 of 4 are being renewed" in result.text
    assert "*.example.com Nothing is issued yet" in result.text
    assert "crt_none There is no certificate crt_none of yours" in result.text
    assert all(town.store.managed[item].desired.renewal for item in chosen[:2])
    done = visitor.post("/certificates/renew", {"id": chosen[:2], "sure": "yes"})
    assert done.headers["location"] == "/?renewed=2"
    assert "2 certificates are being renewed now." in visitor.get("/?renewed=2").text
    assert visitor.post("/certificates/renew", {"sure": "yes"}).headers["location"] == "/"


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("viewer", "POST", "/certificates/renew"),
        ("viewer", "GET", "/certificates/{issued}/renew"),
        ("key-reader", "POST", "/certificates/{issued}/renew"),
        ("viewer", "POST", "/certificates/{issued}/revoke"),
        ("requester", "GET", "/cost"),
    ],
)
def test_what_a_role_may_not_do_is_neither_shown_nor_done(town: Town, role: str, method: str, path: str) -> None:
    """403 as a page; nothing is asked for, and the buttons are not there."""
    visitor, issued = signed_in(town, role), town.ids["many"]
    path = path.format(issued=issued)
    seen = visitor.get(path) if method == "GET" else visitor.post(path, {"id": issued, "sure": "yes"})
    assert (seen.status, "Not allowed" in seen.text) == (403, True)
    assert town.store.managed[issued].desired.renewal is None
    text = visitor.get(f"/certificates/{issued}").text + visitor.get("/").text
    hidden = ["Cost"] if role == "requester" else ["Cost", "Renew…", "Revoke…"]
    assert [words for words in hidden if words in text] == []


def test_another_owners_certificate_is_neither_renewed_nor_revoked(town: Town) -> None:
    """404 for the questions and the answers; in a selection it is told as not there."""
    visitor, held = signed_in(town), town.ids["held-up"]
    for name in ("renew", "revoke"):
        assert visitor.get(f"/certificates/{held}/{name}").status == 404
        assert visitor.post(f"/certificates/{held}/{name}", {"reason": "superseded"}).status == 404
    result = visitor.post("/certificates/renew", {"id": held, "sure": "yes"})
    assert "0 of 1 are being renewed" in result.text
    assert "pay.shop.example" not in result.text
    managed = town.store.managed[held].desired
    assert (managed.renewal, managed.revocations) == (None, ())


def test_every_attempt_is_told_with_its_stages_and_the_cas_words(town: Town) -> None:
    """How far it came and when, why it failed, the problem document and each name's own problem."""
    text = signed_in(town, "admin").get(f"/certificates/{town.ids['failing']}").text
    for words in (
        "0 of 4 attempts issued a certificate",
        "key made 0.0 s ordered 0.5 s answers published 1.0 s",
        "During secondary validation: 203.0.113.7: Invalid response: 404",
        "urn:ietf:params:acme:error:unauthorized · HTTP 403",
        "www.vpn.example.org DNS problem: SERVFAIL looking up A for www.vpn.example.org",
        "The last 2 attempts failed. It is tried again by itself in 10 min.",
        "1 before",
    ):
        assert words in text, words


def test_the_caa_lock_is_told_with_the_record_that_closes_it(town: Town) -> None:
    """Locked, or not locked with the very record; earlier versions and what became of them too."""
    visitor = signed_in(town, "admin")
    locked, open_ = (visitor.get(f"/certificates/{town.ids[word]}").text for word in ("issued", "many"))
    assert "The second lock: CAA Locked" in locked
    assert "accounturi" not in locked
    assert "The second lock: CAA Not locked" in open_
    assert 'CAA 0.tenants.example.com Copy 0 issue "letsencrypt.org; accounturi=https://acme-v02' in open_
    assert "1 earlier version is still valid Version 1 valid until" in locked
    assert "Being revoked" in locked


def test_the_cas_are_shown_with_their_accounts_and_to_operators_with_the_room_left(town: Town) -> None:
    """Registered, refused with the CA's words, being told; limits with what is free, who waits and what is closed."""
    everybody = ("Registered", "Refused", "EAB HMAC does not match", "Being told", "acme/acct/1849031337")
    operators = (
        "176 of 300 free",
        "Without known limits google , zerossl",
        "None free",
        "shop waits with 3 requests",
        "too many failed authorizations (5)",
    )
    for role in ("viewer", "operator"):
        text = signed_in(town, role).get("/cas").text
        assert [words for words in everybody if words not in text] == []
        assert [words in text for words in operators] == [role == "operator"] * len(operators)


def test_an_account_that_the_first_order_will_register_is_not_said_to_be_under_way(town: Town) -> None:
    """Nobody tells the CA anything before there is a certificate to order."""
    registry = town.front.desk.registry
    registry.standings.put(CaStanding("letsencrypt", retry_at=town.clock.now() + MINUTE))
    for account in ("google", "zerossl"):
        definition = registry.cas.read(account)
        assert definition
        registry.standings.put(CaStanding(account, url="https://ca.test/a/1", settled=definition.changes))
    seen = signed_in(town, "viewer").get("/cas")
    assert "Registered with the first order" in seen.text
    assert "Being told" not in seen.text
    assert "data-live" not in seen.body


def test_costs_are_told_beside_what_acm_would_ask(town: Town) -> None:
    """A month and since the beginning; few names cost more here, which is said."""
    visitor = signed_in(town, "operator")
    text = visitor.get("/cost").text
    for words in ("issued certificates with", "Load balancer and its two addresses", "ACM, exportable", "Together"):
        assert words in text, words
    for certificate_id in list(town.store.summaries):
        if certificate_id != town.ids["issued"]:
            del town.store.summaries[certificate_id]
    dashboard.shelf.clear()
    assert "At this size ACM would be cheaper" in visitor.get("/cost").text
    town.store.summaries.clear()
    dashboard.shelf.clear()
    assert "0 issued certificates with 0 names" in visitor.get("/cost").text


def test_a_request_can_be_a_dry_run_and_name_cas(town: Town) -> None:
    """What was chosen under “More choices” is asked for, and kept where the request is refused."""
    visitor = signed_in(town)
    assert "Only try it" in visitor.get("/certificates/new").text
    form = {"names": "a.example.com", "ca": "letsencrypt", "next_ca": "zerossl", "once": "1"}
    made = visitor.post("/certificates", form).headers["location"].rpartition("/")[2]
    assert [wish.account for wish in town.store.managed[made].desired.cas] == ["letsencrypt", "zerossl"]
    assert "Encrypt, then ZeroSSL" in visitor.get(f"/certificates/{made}").text
    refused = visitor.post("/certificates", {"names": "a.example.com", "ca": "none", "dry_run": "yes", "once": "2"})
    assert (refused.status, 'id="ca-error"' in refused.body) == (422, True)
    assert 'name="dry_run" value="yes" checked' in refused.body
    tried = visitor.post("/certificates", {"names": "b.example.com", "dry_run": "yes", "once": "3"})
    assert town.store.managed[tried.headers["location"].rpartition("/")[2]].desired.dry_run_of == "letsencrypt"


def test_what_cas_wrote_never_becomes_markup(town: Town) -> None:
    """Problem documents of attempts and accounts, CAA values, the CA's words on limits."""
    document = json.dumps(
        {
            "type": HOSTILE,
            "detail": HOSTILE,
            "subproblems": [HOSTILE, {"identifier": {"value": HOSTILE}, "detail": HOSTILE, "type": HOSTILE}, {}],
        }
    )
    problem = Problem("ca-x", HOSTILE, Actor.CA, HOSTILE, HOSTILE, HOSTILE, document)
    issued, now = town.ids["issued"], town.clock.now()
    closed = town.store.attempts[issued][1]
    attempt = replace(closed.attempt, problem=problem, account=HOSTILE)
    other = replace(attempt, id=HOSTILE, problem=replace(problem, ca_problem=f"no JSON {HOSTILE}"))
    town.store.attempts[issued] = [ClosedAttempt(attempt, now), ClosedAttempt(other, now)]
    work = town.store.managed[issued].work
    lock = Lock(False, (Record("CAA", HOSTILE, HOSTILE),))
    town.store.put_work(replace(work, checks=(replace(work.checks[0], lock=lock),)))
    registry = town.front.desk.registry
    registry.standings.put(CaStanding("zerossl", HOSTILE, terms=HOSTILE, settled=1, problem=problem))
    ca = limited_ca("https://acme-v02.api.letsencrypt.org/directory")
    closed_limit = Budget(HOSTILE, now, closed_until=now + HOUR, said=HOSTILE)
    registry.budgets.write([StoredBudget(draw_from(ca, Kind.DOMAIN, HOSTILE).key, closed_limit)])
    visitor = signed_in(town, "admin")
    pages = [
        visitor.get(f"/certificates/{issued}"),
        visitor.get("/cas"),
        visitor.post(f"/certificates/{issued}/revoke", {"reason": HOSTILE, "version": HOSTILE}),
        visitor.post("/certificates/renew", {"id": [HOSTILE, issued]}),
        visitor.post("/certificates/renew", {"id": [HOSTILE, issued], "sure": "yes"}),
        visitor.post("/certificates", {"names": HOSTILE, "ca": HOSTILE, "next_ca": HOSTILE, "dry_run": HOSTILE}),
        visitor.get(f"/sign-in/return?code={HOSTILE}&state={HOSTILE}&error={HOSTILE}"),
    ]
    for seen in pages:
        assert "<img" not in seen.body
        assert "<script>" not in seen.body
    assert sum("alert(1)" in seen.text for seen in pages) >= 4
