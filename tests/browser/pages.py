"""The pages that are looked at, by a name for their pictures; `{waiting}` stands for a certificate in that state."""

from collections.abc import Mapping

from playwright.sync_api import Page, expect

from tests.support.dashboard_town import Town

PAGES: Mapping[str, str] = {
    "list": "/",
    "list-needing-someone": "/?view=attention",
    "new": "/certificates/new",
    "certificate-waiting": "/certificates/{waiting}",
    "certificate-issuing": "/certificates/{issuing}",
    "certificate-issued": "/certificates/{issued}",
    "certificate-held-up": "/certificates/{held-up}",
    "certificate-failing": "/certificates/{failing}",
    "certificate-many": "/certificates/{many}",
    "renew": "/certificates/{issued}/renew",
    "revoke": "/certificates/{issued}/revoke",
    "delete": "/certificates/{issued}/delete",
    "dns": "/dns",
    "zone": "/dns/zon_1?look=now",
    "cas": "/cas",
    "cost": "/cost",
    "access": "/access",
    "not-found": "/certificates/none",
}


def sign_in(page: Page, url: str, town: Town, role: str = "admin") -> None:
    """Sign in with a token of the town."""
    page.goto(f"{url}/sign-in")
    page.get_by_label("Token", exact=True).fill(town.bearers[role])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Certificates", exact=True)).to_be_visible()


def address(path: str, town: Town) -> str:
    """Fill in which certificate is meant."""
    for word, certificate in town.ids.items():
        path = path.replace(f"{{{word}}}", certificate)
    return path
