"""A worker is killed (SIGKILL) between publishing and answering, by what is real but the clock."""

import os
import signal
import subprocess
import sys

import pytest

from tests.support.node_process import ROOT, NodeProcess, node_environment
from tests.support.workshop import LEASE_SECONDS, LiveWorkshop, is_issued
from tests.support.workshop_worker import POINTS


@pytest.mark.parametrize("point", POINTS)
def test_the_job_goes_on_after_the_lease_of_a_killed_worker(
    workshop: LiveWorkshop, node: NodeProcess, point: str
) -> None:
    """Nobody touches it while the lease runs; after it the same attempt and the same order are brought to their end."""
    certificate_id = workshop.prepare_wildcard()
    kill_worker_at(workshop, certificate_id, point)
    begun = workshop.read(certificate_id).work
    assert begun.attempt is not None
    assert begun.attempt.order_url
    assert len(workshop.published_answers()) == 2

    assert workshop.work_on(certificate_id).code == "claimed"
    workshop.clock.advance(LEASE_SECONDS + 1)
    done = workshop.work_until(certificate_id, is_issued)
    assert done.work.current is not None
    assert done.work.current.attempt == begun.attempt.id
    assert (workshop.orders_placed(), workshop.published_answers()) == (1, [])
    assert workshop.stored_attempts(certificate_id) == {begun.attempt.id}


def kill_worker_at(workshop: LiveWorkshop, certificate_id: str, point: str) -> None:
    """Have a worker in a process of its own take the certificate up to a point, and kill it there."""
    behind = str(workshop.clock.behind_seconds)
    command = [sys.executable, "-m", "tests.support.workshop_worker", certificate_id, point, behind]
    environment = node_environment(workshop.variables)
    environment["PYTHONPATH"] += f"{os.pathsep}{ROOT}"
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as worker:
        assert worker.stdout is not None
        said = worker.stdout.readline()
        worker.send_signal(signal.SIGKILL)
    assert (said, worker.returncode) == ("here\n", -signal.SIGKILL)
