"""Debian's Chromium, driven by Playwright; tests that need it are skipped by name where it is not installed.

Fixture, to be imported in a conftest.py or a test: `chromium`.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

PATIENCE_MS = 60_000
SHOTS = Path(__file__).resolve().parents[2] / ".artifacts" / "dashboard"
"""Where pictures of pages are left, to be looked at."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for the tests of one module."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed: tools/setup debian")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = _launch(playwright, path)
        yield browser
        browser.close()


def _launch(playwright: Playwright, path: str) -> Browser:
    # Chromium's own sandbox refuses to run as root, and containers have little shared memory.
    arguments = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return playwright.chromium.launch(executable_path=path, args=arguments, timeout=PATIENCE_MS)


@dataclass  # without slots: Playwright leaves a mark on whose method it calls
class Tab:
    """A page, and what it complained of: a policy that was broken and an error of a script are heard here."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Keep what is more than a remark; a page that was refused is one too, and is asked for on purpose."""
        if message.type in ("error", "warning") and "the server responded with a status of" not in message.text:
            self.complaints.append(message.text)


@contextmanager
def open_tab(
    browser: Browser,
    *,
    width: int = 1240,
    height: int = 900,
    is_dark: bool = False,
    is_phone: bool = False,
    has_scripts: bool = True,
) -> Iterator[Tab]:
    """Open a page in a context of its own; at the end it must have complained of nothing."""
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if is_dark else "light",
        device_scale_factor=2 if is_phone else 1,
        java_script_enabled=has_scripts,
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"] if has_scripts else [],
    )
    context.set_default_timeout(PATIENCE_MS)
    tab = Tab(context.new_page())
    tab.page.on("console", tab.hear)
    tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
    try:
        yield tab
    finally:
        context.close()
    assert tab.complaints == []
