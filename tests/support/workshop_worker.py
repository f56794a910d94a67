"""A worker that stops dead at a point, to be killed there: `python -m tests.support.workshop_worker ID POINT BEHIND`.

It says `here` and then does nothing more. The variables are those of the functions.
"""

import signal
import sys
from dataclasses import replace

from certwright.flows.advance_certificate import advance_certificate
from certwright.flows.world import Workshop
from tests.support.workshop import MovableClock, build_workshop, hook, hook_ca

POINTS = ("published", "counted", "visible")
"""Answers put but not saved; saved but not looked for; seen on every node but no challenge answered."""


def stop_dead() -> None:
    """Say where we are, and stay there."""
    sys.stdout.write("here\n")
    sys.stdout.flush()
    while True:
        signal.pause()


def stopping_at(workshop: Workshop, point: str) -> Workshop:
    """Have the workshop stop dead at one of the points between publishing and answering."""
    match point:
        case "published":
            return replace(workshop, answers=hook(workshop.answers, "publish", after=stop_dead))
        case "counted":
            return replace(workshop, nodes=hook(workshop.nodes, "list_rows", before=stop_dead))
        case "visible":
            return replace(workshop, cas=hook_ca(workshop.cas, "answer", before=stop_dead))
        case _:
            raise ValueError(f"{point} is none of {POINTS}")


if __name__ == "__main__":
    certificate, at, behind = sys.argv[1:]
    stopping = stopping_at(build_workshop(MovableClock(float(behind))), at)
    advance_certificate(stopping, certificate, worker="doomed")
