"""Run the whole matrix and write its page: `python -m tests.crash`."""

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.crash.journeys import JOURNEYS
from tests.crash.table import PAGE, render
from tests.crash.whole import crash_through


def main() -> int:
    """Crash everywhere, each journey in a process and a world of its own; returns the exit status."""
    parser = argparse.ArgumentParser("python -m tests.crash", description=__doc__)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="journeys at a time (one a core)")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(parser.parse_args().processes, context) as pool:
        runs = dict(zip(JOURNEYS, pool.map(crash_through, JOURNEYS), strict=True))
    PAGE.write_text(render(runs))
    print(f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
