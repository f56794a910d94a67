"""What all tests need, however they were started."""

import signal

from hypothesis import HealthCheck, settings


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
