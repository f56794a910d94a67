"""Independent look-ups at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

MOST_THREADS = 8


def in_parallel[T](calls: Sequence[Callable[[], T]]) -> tuple[T, ...]:
    """Make all calls, each in a thread of its own, and give their results in order; the first error is raised."""
    if len(calls) <= 1:
        return tuple(call() for call in calls)
    with ThreadPoolExecutor(min(len(calls), MOST_THREADS)) as pool:
        return tuple(future.result() for future in [pool.submit(call) for call in calls])
