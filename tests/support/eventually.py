"""Waiting for something to become so, bounded in time."""

import time
from collections.abc import Callable


def eventually(look: Callable[[], object], expected: object, seconds: float = 60.0) -> None:
    """Look again and again until what is seen is what is expected; raises `AssertionError` with the last sight.

    A refusal to connect or a missing answer counts as something else than expected.
    """
    deadline = time.monotonic() + seconds
    while True:
        seen: object
        try:
            seen = look()
        except OSError as error:
            seen = error
        if seen == expected:
            return
        assert time.monotonic() < deadline, f"expected {expected!r}, last saw {seen!r}"
        time.sleep(0.02)
