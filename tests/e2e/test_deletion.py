"""A certificate is deleted while its order runs."""

import os
import signal

import pytest

from certwright.domain.access import Caller, Role
from certwright.domain.owner import DEFAULT_OWNER
from certwright.flows.wake_certificate import delete_certificate
from tests.support.dns_client import ask
from tests.support.eventually import eventually
from tests.support.node_process import NodeProcess
from tests.support.workshop import NODES, LiveWorkshop

ADMIN = Caller("admin", DEFAULT_OWNER, Role.ADMIN)


@pytest.mark.slow
def test_deletion_while_an_order_runs_withdraws_its_answers(workshop: LiveWorkshop, node: NodeProcess) -> None:
    """The answers go from the nodes, no challenge is answered, and nothing of the certificate is left."""
    certificate_id = workshop.prepare_wildcard()
    target = workshop.target(certificate_id)
    with workshop.node(NODES[1]) as silent:
        os.kill(silent.process.pid, signal.SIGSTOP)
        try:
            assert workshop.work_on(certificate_id).code in ("awaiting-nodes", "answers-not-served")
            eventually(lambda: len(ask(node.dns, target, "TXT").answers), 2)

            delete_certificate(workshop.desk, ADMIN, certificate_id)
            assert workshop.work_on(certificate_id).code == "removed"
            eventually(lambda: ask(node.dns, target, "TXT").answers, [])
        finally:
            os.kill(silent.process.pid, signal.SIGCONT)
    assert workshop.published_answers() == []
    assert workshop.desk.certificates.read(certificate_id) is None
    assert workshop.orders_placed() == 1
    assert workshop.stored_attempts(certificate_id) == set()
    assert "processing challenge" not in workshop.pebble.log.read_text().lower()
