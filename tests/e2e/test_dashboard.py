"""The dashboard's journey by clicks in a real browser, against the whole system: wrong turns included."""

import os
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from local.demo_proof import prove
from local.system import LocalSystem
from tests.support.browser import PATIENCE_MS, chromium, open_tab
from tests.support.eventually import eventually
from tests.support.local_options import local_options
from tests.support.world_user import NAME_SERVER, ORIGIN, TICKS_A_MINUTE, User

__all__ = ["chromium"]

QUICK_START = Path(__file__).resolve().parents[2] / "docs/quickstart.md"
APEX = "example.test"
CNAME_NAME = f"_acme-challenge.{APEX}"


@pytest.fixture(scope="module")
def user(chromium: Browser) -> Iterator[User]:
    """Somebody with an account at the DNS provider, beside a running system."""
    with LocalSystem(local_options(time_scale=TICKS_A_MINUTE)) as system:
        yield User.of(system)


@pytest.mark.slow
def test_a_user_gets_a_wildcard_downloads_renews_revokes_and_deletes_it_by_clicks(
    chromium: Browser, user: User, tmp_path: Path
) -> None:
    """From a mistyped token to the downloaded key, each wrong turn is named where it is taken, and no page breaks."""
    with open_tab(chromium) as tab:
        page = tab.page
        page.goto(user.system.api_url)
        sign_in(page, user.system.admin_token)
        request_wildcard(page)
        address = page.url
        rename_zone(page)
        page.goto(address)
        add_records(page, user)
        expect(page.locator("#subhead .pill")).to_have_text("Issued", timeout=PATIENCE_MS)
        expect(page.get_by_role("heading", name="Version 1")).to_be_visible()
        download(page, user, tmp_path)
        renew(page)
        revoke(page)
        delete(page, address)


def sign_in(page: Page, token: str) -> None:
    """Sign in, mistyped first."""
    page.get_by_label("Token", exact=True).fill("cw_admin_mistyped")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("no token of this deployment")
    page.get_by_label("Token", exact=True).fill(token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Certificates")).to_be_visible()


def request_wildcard(page: Page) -> None:
    """Ask for apex, wildcard and a name it covers; first with a name no CA takes."""
    page.get_by_role("link", name="Request the first certificate").click()
    names = page.get_by_role("textbox", name="Names")
    names.fill("not_a_name.example.test")
    expect(page.locator("#told")).to_contain_text("can't be used")
    page.get_by_role("button", name="Request the certificate").click()
    expect(page.locator("#names-error")).to_contain_text("not_a_name")
    expect(names).to_have_value("not_a_name.example.test")
    names.fill(f"{APEX}\n*.{APEX}\nwww.{APEX}")
    told = page.locator("#told")
    expect(told).to_contain_text("DNS-01, because *.example.test is a wildcard")
    expect(told).to_contain_text("Left out, because a wildcard of this request covers it: www.example.test")
    expect(told).to_contain_text("you add an A and an NS record")
    page.get_by_role("button", name="Request the certificate").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(APEX)
    expect(page.locator("#subhead .pill")).to_have_text("Waiting for 3 records")


def rename_zone(page: Page) -> None:
    """Choose other names for the DNS service; first one that would take the whole domain."""
    page.get_by_role("link", name="DNS service").click()
    page.locator(".zone-card h2 a").click()
    page.get_by_label("Zone", exact=True).fill(APEX)
    page.get_by_role("button", name="Change the names").click()
    expect(page.locator("#origin-error")).to_contain_text("whole domain")
    page.get_by_label("Zone", exact=True).fill(ORIGIN)
    page.get_by_label("Name server").fill(NAME_SERVER)
    page.get_by_role("button", name="Change the names").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ORIGIN)
    expect(page.get_by_role("status").first).to_contain_text("names are changed")


def add_records(page: Page, user: User) -> None:
    """Add what the page says, record by record, the CNAME to a wrong place first; the page moves by itself."""
    expect(page.locator(".records").first).to_contain_text(ORIGIN)
    copied = copy_all(page)
    for kind, name, value in copied:
        if kind == "CNAME":
            stray = {"type": kind, "name": name, "value": f"wrong.{APEX}"}
            user.add_record(stray)
            page.get_by_role("button", name="Check now").click()
            expect(page.locator(".records .mark").last).to_have_text("To change", timeout=PATIENCE_MS)
            user.remove_record(stray)
        user.add_record({"type": kind, "name": name, "value": value})
    assert [kind for kind, *_ in copied] == ["A", "NS", "CNAME"]
    page.get_by_role("button", name="Check now").click()


def copy_all(page: Page) -> list[tuple[str, str, str]]:
    """Press every copy button and read what it left in the clipboard."""
    rows = page.locator(".ask .records").first.locator("tbody tr")
    found = []
    for at in range(rows.count()):
        row = rows.nth(at)
        taken = []
        for button in (0, 1):
            row.locator("button.copy").nth(button).click()
            taken.append(str(page.evaluate("navigator.clipboard.readText()")))
        found.append((row.locator(".type").inner_text(), taken[0], taken[1]))
    return found


def download(page: Page, user: User, folder: Path) -> None:
    """Download with a token that may not, then with one that may."""
    certificate_id = page.url.split("?")[0].rpartition("/")[2]
    owner = user.api.read(certificate_id)["owner"]
    for role in ("requester", "key-reader"):
        page.get_by_label("A token that may read keys").fill(make_token(user, owner, role))
        if role == "requester":
            page.get_by_role("button", name="Download key and chain").click()
            expect(page.get_by_role("heading", name="Not allowed")).to_be_visible()
            page.go_back()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download key and chain").click()
    waiting.value.save_as(folder / "bundle.pem")
    prove((folder / "bundle.pem").read_bytes(), user.ca.fetch_root(), {APEX, f"*.{APEX}"})


def make_token(user: User, owner: str, role: str) -> str:
    """Make a token by the API."""
    return str(user.api.send("POST", "/v1/tokens", {"owner": owner, "role": role}).json["token"])


def renew(page: Page) -> None:
    """Think better of it once, then renew ahead of time; the page moves by itself to the new version."""
    page.get_by_role("link", name="Renew…").click()
    page.locator("dialog#renew").get_by_role("link", name="Cancel").click()
    expect(page.locator("dialog#renew")).to_be_hidden()
    page.get_by_role("link", name="Renew…").click()
    page.get_by_role("button", name="Renew it now").click()
    expect(page.get_by_role("status").first).to_contain_text("renewal is asked for")
    expect(page.get_by_role("heading", name="Version 2")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#attempts")).to_contain_text("2 of 2 attempts issued a certificate", timeout=PATIENCE_MS)


def revoke(page: Page) -> None:
    """Revoke the version before, which is not replaced: the current one stays."""
    page.reload()
    page.get_by_role("link", name="Revoke…").click()
    dialog = page.locator("dialog#revoke")
    dialog.get_by_label("Which").select_option("Version 1")
    dialog.get_by_label("Why").select_option("The names are given up: no certificate follows")
    dialog.get_by_role("button", name="Revoke it").click()
    page.get_by_text("earlier version is still valid").click()
    expect(page.locator("#earlier .pill")).to_have_text("Revoked", timeout=PATIENCE_MS)
    expect(page.locator("#subhead .pill")).to_have_text("Issued", timeout=PATIENCE_MS)


def delete(page: Page, address: str) -> None:
    """Think better of it once, then delete; the list is empty then."""
    page.get_by_role("link", name="Delete…").click()
    page.locator("dialog#delete").get_by_role("link", name="Cancel").click()
    expect(page.locator("dialog#delete")).to_be_hidden()
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.locator(".notice, .card.alone").first).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", name="Not found")).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.slow
def test_the_quick_starts_lines_work_as_they_stand(user: User, tmp_path: Path) -> None:
    """docs/quickstart.md: a certificate by HTTP alone, from the request to the file with key and chain."""
    ask, fetch = re.findall(r"^```sh\n(.*?)^```", QUICK_START.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    system = user.system
    named = {"CERTWRIGHT": system.api_url, "TOKEN": system.admin_token, "PROVIDER": system.provider_url}
    environment = {**os.environ, **named}
    run = partial(
        subprocess.run, cwd=tmp_path, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=120
    )
    answer = run(["bash", "-euo", "pipefail", "-c", ask.replace("127.0.0.9", system.node_address)]).stdout
    certificate_id = re.findall(r"crt_[0-9a-f]{32}", answer)[0]
    eventually(lambda: user.api.read(certificate_id)["state"], "issued")
    run(["bash", "-euo", "pipefail", "-c", fetch])
    prove((tmp_path / "www.example.test.pem").read_bytes(), user.ca.fetch_root(), {"www.example.test"})
