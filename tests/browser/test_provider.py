"""Signing in by an identity provider, by clicks: it is another site, so that cookies have to find their way back."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import open_tab
from tests.support.dashboard_town import Town
from tests.support.oidc_provider import Provider, build_sign_in, serve_provider

ROLES = "admin of own_platform if groups=pki-admins; viewer of own_shop if groups=staff"

pytestmark = pytest.mark.slow


@pytest.fixture
def provider(town: Town) -> Iterator[Provider]:
    """A provider that the deployment trusts."""
    before = town.front
    with serve_provider(town.clock.now) as served:
        town.front = replace(before, sign_in=build_sign_in(served, town.clock, ROLES))
        yield served
    town.front = before


@pytest.fixture
def origin(url: str) -> str:
    """The dashboard under another host than the provider's."""
    return url.replace("127.0.0.1", "localhost")


@pytest.fixture
def page(chromium: Browser, provider: Provider) -> Iterator[Page]:
    """A browser in which nobody has signed in."""
    assert provider.url
    with open_tab(chromium) as tab:
        yield tab.page


def go_to_provider(page: Page, address: str) -> None:
    """Open a page, and choose the provider where one is asked to sign in."""
    page.goto(address)
    page.get_by_role("link", name="Sign in with your organization").click()
    expect(page.get_by_role("link", name="Continue")).to_be_visible()


def test_somebody_of_the_admins_comes_back_to_the_page_they_wanted(page: Page, origin: str) -> None:
    """With their name and role on it and forms that work; after signing out the session counts no more."""
    go_to_provider(page, f"{origin}/access")
    page.get_by_role("link", name="Continue").click()
    expect(page).to_have_url(f"{origin}/access")
    expect(page.get_by_text("Jo Doe")).to_be_visible()
    page.get_by_text("Make an owner").click()
    page.get_by_label("Name", exact=True).fill("by a person")
    page.get_by_label("May ask for").fill("**.person.test")
    page.get_by_role("button", name="Make the owner").click()
    expect(page.get_by_text("**.person.test")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto(f"{origin}/access")
    expect(page.get_by_role("link", name="Sign in with your organization")).to_be_visible()


def test_who_may_only_look_is_shown_nothing_else(page: Page, origin: str, provider: Provider) -> None:
    """Neither the button for a certificate nor the page of tokens."""
    provider.person = {"sub": "u-2", "name": "Sam Roe", "groups": ["staff"]}
    go_to_provider(page, f"{origin}/")
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_role("heading", name="Certificates", exact=True)).to_be_visible()
    expect(page.get_by_text("Sam Roe")).to_be_visible()
    expect(page.get_by_role("link", name="New certificate")).to_have_count(0)
    expect(page.get_by_role("link", name="Access")).to_have_count(0)


def test_who_has_no_role_is_told_so_and_may_use_a_token(
    page: Page, origin: str, provider: Provider, town: Town
) -> None:
    """The page names the remedy, and has the form for a token."""
    provider.person = {"sub": "u-3", "name": "Kim Poe", "groups": ["guests"]}
    go_to_provider(page, f"{origin}/dns")
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("none of your groups has a role here")
    page.get_by_label("Token", exact=True).fill(town.bearers["admin"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="DNS service")).to_be_visible()


def test_an_answer_that_was_used_signs_nobody_in_again(page: Page, origin: str) -> None:
    """Whoever goes back in the browser, or is sent somebody else's answer, is told to begin again."""
    answers: list[str] = []
    page.on("request", lambda request: answers.append(request.url) if "/sign-in/return" in request.url else None)
    go_to_provider(page, f"{origin}/dns")
    page.get_by_role("link", name="Continue").click()
    expect(page).to_have_url(f"{origin}/dns")
    page.context.clear_cookies()
    page.goto(answers[0])
    expect(page.get_by_role("alert")).to_contain_text("begin again")
    page.goto(f"{origin}/dns")
    expect(page.get_by_role("link", name="Sign in with your organization")).to_be_visible()
