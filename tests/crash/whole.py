"""One journey with a crash at every effect, in a world of its own."""

import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from unittest.mock import patch

from tests.crash.journeys import PLAIN, WILDCARD, Journey
from tests.crash.matrix import Crashed, Plain, crash_everywhere, go_plainly, undisturbed
from tests.crash.recorder import Point
from tests.crash.soundness import assert_nothing_secret_logged
from tests.crash.world import VARIABLES, crash_world, prepare_names


def crash_through(journey: Journey) -> tuple[Plain, dict[Point, Crashed]]:
    """Crash everywhere in one journey."""
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.dict(os.environ, VARIABLES),
        crash_world(Path(folder)) as world,
    ):
        prepare_names(world, WILDCARD, PLAIN)
        plain = undisturbed(world, partial(go_plainly, world, journey))
        crashed = crash_everywhere(world, journey, plain, plain.points())
        assert_nothing_secret_logged(world)
    sys.stdout.write(f"{journey.title}: {len(crashed)} crashes, {time.monotonic() - started:.0f} s\n")
    sys.stdout.flush()
    return plain, crashed
