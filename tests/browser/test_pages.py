"""Every page in light, dark and at phone width: pictures to look at, axe, and nothing that sticks out."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect

from tests.browser.pages import PAGES, address, sign_in
from tests.support.browser import SHOTS, Tab, open_tab
from tests.support.dashboard_town import Town

AXE = files("axe_playwright_python").joinpath("axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TALLEST_PICTURE = 2600
"""A list of fifty is pictured from its top: its end shows nothing new."""

LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"is_dark": True},
    "phone": {"width": 390, "height": 844, "is_phone": True},
}


@dataclass(frozen=True, slots=True)
class Look:
    """One theme or width, signed in."""

    name: str
    tab: Tab

    @property
    def page(self) -> Page:
        """The browser's page."""
        return self.tab.page


@pytest.fixture(scope="module", params=LOOKS)
def look(request: pytest.FixtureRequest, chromium: Browser, url: str, town: Town) -> Iterator[Look]:
    """Each look in turn, kept for all pages."""
    with open_tab(chromium, **LOOKS[request.param]) as tab:
        tab.page.goto(f"{url}/sign-in")
        picture(Look(request.param, tab), "sign-in")
        inspect(Look(request.param, tab), "sign-in")
        sign_in(tab.page, url, town)
        yield Look(request.param, tab)


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_legible_to_all_and_fits(look: Look, url: str, town: Town, name: str) -> None:
    """Axe finds nothing with all that is folded opened, nothing is wider than the window, the picture is kept."""
    look.page.goto(url + address(PAGES[name], town))
    if name == "new":
        look.page.get_by_role("textbox", name="Names").fill(
            "shop.example.net\n*.shop.example.net\nwww.shop.example.net"
        )
        expect(look.page.locator("#told")).to_contain_text("is a wildcard")
    picture(look, name)
    look.page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    inspect(look, name)


def picture(look: Look, name: str) -> None:
    """Keep a picture."""
    page = look.page
    page.evaluate("document.activeElement.blur()")
    width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    SHOTS.mkdir(parents=True, exist_ok=True)
    clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST_PICTURE)}
    page.screenshot(path=SHOTS / f"{name}-{look.name}.png", clip=clip, full_page=True)


def inspect(look: Look, name: str) -> None:
    """Assert that the page fits and that axe finds nothing; what it looks at is the same at phone width."""
    page = look.page
    width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= window, f"{name} is {width} wide in a window of {window}"
    if look.name == "phone":
        return
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("(rules) => axe.run({runOnly: rules})", RULES)
    assert [(item["id"], item["nodes"][0]["html"][:200]) for item in found["violations"]] == []
