"""What all tests need, however they were started."""

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
INDEPENDENT = frozenset({"architecture", "interleavings", "simulation", "unit"})
"""Folders whose tests share nothing: no port, no address, no program."""


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all other tests in one worker: they follow each other, beside those that share nothing."""
    for item in items:
        if item.path.relative_to(TESTS).parts[0] not in INDEPENDENT:
            item.add_marker(pytest.mark.xdist_group("machine"))
