"""Ends a program that is told to stop as Ctrl-C ends it: by way of its clean-up."""

import signal


def interrupt_when_told() -> None:
    """Raise `KeyboardInterrupt` upon SIGTERM and SIGHUP too; what is ignored (as under nohup) stays so."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
