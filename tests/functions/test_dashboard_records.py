"""Records on the dashboard: as files for other tools, and added at a DNS provider by a form."""

from dataclasses import replace

import pytest

from certwright.domain.errors import Unavailable
from certwright.domain.records import Record
from functions.dashboard import handler as dashboard
from tests.fakes.dns_providers import FakeDnsProviders
from tests.support.dashboard_town import Town, build_town
from tests.support.dashboard_visitor import Seen, Visitor

OFFER = "Have the missing records added"


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """A deployment that may write to the hosted zone `example.com`."""
    made = build_town(plain=3)
    settings = replace(made.front.desk.settings, route53_zones=("arn:aws:route53:::hostedzone/Z1",))
    desk = replace(made.front.desk, settings=settings, providers=FakeDnsProviders("example.com"))
    front = replace(made.front, desk=desk)
    monkeypatch.setattr(dashboard, "front", lambda: front)
    dashboard.shelf.clear()
    return made


@pytest.fixture
def providers(town: Town) -> FakeDnsProviders:
    """The providers of that deployment."""
    found = dashboard.front().desk.providers
    assert isinstance(found, FakeDnsProviders)
    return found


def visitor(town: Town, role: str) -> Visitor:
    """Somebody of the first owner, signed in."""
    made = Visitor(dashboard)
    assert made.sign_in(town.bearers[role]).status == 303
    return made


def add(town: Town, role: str, **fields: str) -> Seen:
    """Send the form for the certificate that waits."""
    return visitor(town, role).post(f"/certificates/{town.ids['waiting']}", fields)


def test_the_records_are_there_to_copy_for_every_tool(town: Town) -> None:
    """On a certificate's page and on a zone's, for everybody who may read."""
    for address in (f"/certificates/{town.ids['waiting']}", "/dns/zon_1"):
        seen = visitor(town, "viewer").get(address)
        assert " 300 IN NS " in seen.text
        assert 'resource "aws_route53_record"' in seen.text
        assert 'resource "cloudflare_dns_record"' in seen.text
        assert '"Action": "CREATE"' in seen.text


def test_who_may_not_request_is_offered_nothing_and_adds_nothing(town: Town, providers: FakeDnsProviders) -> None:
    """The route itself refuses."""
    assert OFFER not in visitor(town, "viewer").get(f"/certificates/{town.ids['waiting']}").text
    assert add(town, "viewer", provider="route53").status == 403
    assert providers.hosted.records == []


def test_nothing_is_offered_where_nothing_is_missing(town: Town) -> None:
    """An issued certificate's records stand."""
    assert OFFER not in visitor(town, "admin").get(f"/certificates/{town.ids['issued']}").text


def test_route_53_is_offered_only_where_an_operator_named_zones(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cloudflare always is: the token is the user's."""
    address = f"/certificates/{town.ids['waiting']}"
    assert "Add them in Route 53" in visitor(town, "admin").get(address).text
    monkeypatch.setattr(dashboard, "front", lambda: town.front)
    seen = visitor(town, "admin").get(address).text
    assert "Add them at Cloudflare" in seen
    assert "Add them in Route 53" not in seen


def test_each_record_is_told_by_itself(town: Town, providers: FakeDnsProviders) -> None:
    """What was added, and what stands in the way."""
    providers.hosted.records.append(Record("CNAME", "_acme-challenge.example.com", "elsewhere.example.net"))
    seen = add(town, "admin", provider="route53")
    assert seen.status == 200
    assert "In the way" in seen.text
    assert "Found: CNAME elsewhere.example.net" in seen.text
    assert len(providers.hosted.records) > 0


def test_the_token_of_a_provider_is_not_shown_again(
    town: Town, providers: FakeDnsProviders, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither after it worked nor in a refusal, nor in the log; and browsers are asked not to keep it."""
    page = visitor(town, "admin").get(f"/certificates/{town.ids['waiting']}").body
    (field,) = (part for part in page.split("<input") if 'name="token"' in part)
    assert 'type="password"' in field
    assert 'autocomplete="off"' in field
    for token in (FakeDnsProviders.TOKEN, "s3cr3t-of-another-kind-0123456789"):
        seen = add(town, "admin", provider="cloudflare", token=token)
        assert seen.status == (200 if token == FakeDnsProviders.TOKEN else 422)
        assert token not in seen.body + capsys.readouterr().out


def test_a_form_of_another_site_adds_nothing(town: Town, providers: FakeDnsProviders) -> None:
    """As with every form."""
    foreign = {"provider": "route53", "form_token": "guessed"}
    assert add(town, "admin", **foreign).status == 403
    assert providers.hosted.records == []


def test_a_provider_that_is_away_is_told_on_the_page(town: Town, providers: FakeDnsProviders) -> None:
    """Record by record, and the page is there."""
    for record in list(town.front.desk.registry.zones.list_all()):
        providers.hosted.failures[record.origin] = Unavailable("Route 53 did not answer in time: try again.")
    seen = add(town, "admin", provider="route53")
    assert seen.status == 200


@pytest.mark.parametrize("provider", ["", "godaddy"])
def test_an_unknown_provider_is_refused(town: Town, providers: FakeDnsProviders, provider: str) -> None:
    """It is taken for one that needs a token, and there is none."""
    assert add(town, "admin", provider=provider).status == 422
    assert providers.hosted.records == providers.proxy.records == []
