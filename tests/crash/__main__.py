"""Run the whole matrix and write its page: `python -m tests.crash`."""

import sys
import tempfile
import time
from pathlib import Path

from tests.crash.journeys import JOURNEYS, PLAIN, WILDCARD
from tests.crash.matrix import crash_everywhere, go_plainly
from tests.crash.soundness import assert_nothing_secret_logged
from tests.crash.table import PAGE, render
from tests.crash.world import crash_world, prepare_names


def main() -> int:
    """Crash everywhere, one journey after the other; returns the exit status."""
    runs = {}
    with tempfile.TemporaryDirectory() as folder, crash_world(Path(folder)) as world:
        prepare_names(world, WILDCARD, PLAIN)
        for journey in JOURNEYS:
            started = time.monotonic()
            plain = go_plainly(world, journey)
            runs[journey] = plain, crash_everywhere(world, journey, plain, plain.points())
            print(f"{journey.title}: {len(runs[journey][1])} crashes, {time.monotonic() - started:.0f} s", flush=True)
        assert_nothing_secret_logged(world)
    PAGE.write_text(render(runs))
    print(f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
