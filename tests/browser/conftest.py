"""The dashboard's pages in a real browser, on fakes: quick to look at in every state, theme and width."""

from collections.abc import Iterator

import pytest

from functions.dashboard import handler as dashboard
from tests.support.browser import chromium
from tests.support.dashboard import serve
from tests.support.dashboard_town import Town, build_town

__all__ = ["chromium"]


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """A deployment in every state, behind the function."""
    made = build_town(plain=70)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dashboard, "front", lambda: made.front)
        dashboard.shelf.clear()
        yield made
    dashboard.shelf.clear()


@pytest.fixture(scope="module")
def url(town: Town) -> Iterator[str]:
    """Where it is served."""
    with serve(DashboardFunction=dashboard) as address:
        yield address
