"""What all tests need, however they were started."""

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer  # type: ignore[import-untyped]  # it has no types
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has no types

TESTS = Path(__file__).parent
INDEPENDENT = frozenset({"architecture", "interleavings", "simulation", "unit"})
"""Folders whose tests share nothing: no port, no address, no program."""
APART = frozenset({"crash"})
"""Folders whose tests share things among themselves, at ports of their own."""


def pytest_configure() -> None:
    """Make tests independent of how busy the machine is, and of how they were started.

    Programs under test must be able to be told to stop, where this one was started in the background or under nohup: a
    signal that is ignored stays so in every program started from here. One that is caught, to do nothing, does not.
    """
    settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("unhurried")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


class SharedThingsInOneWorker(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Gives all tests that may share something to one worker, one after the other, and the rest to who has time."""

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.removeprefix(f"{TESTS.name}/").partition("/")[0]
        if folder in INDEPENDENT:
            return nodeid
        return folder if folder in APART else "shared"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharedThingsInOneWorker:
    """Share the tests out, where there is more than one worker."""
    return SharedThingsInOneWorker(config, log)
