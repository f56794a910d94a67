"""What all tests need, however they were started."""

import signal


def pytest_configure() -> None:
    """Let programs under test be told to stop, where this one was started in the background or under nohup.

    A signal that is ignored stays so in every program started from here. One that is caught, to do nothing, does not.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
