"""Two nodes: both are waited for while they live, and neither is a single point of failure."""

from dataclasses import replace

import pytest

from certwright.domain.answer import CLOCK_SKEW_MS
from certwright.flows.zones import rename_zone
from tests.support.dns_client import ask
from tests.support.eventually import eventually
from tests.support.node_process import NodeProcess
from tests.support.workshop import LEASE_SECONDS, NODES, LiveWorkshop, hook_ca, is_issued

MARGIN_MS = 2000


class CrashError(Exception):
    """Stands for a worker that dies."""


def crash() -> None:
    """Die."""
    raise CrashError


def outlive(workshop: LiveWorkshop, dead: str, *, living: str) -> None:
    """Move the clock to where a dead node's lease and the allowed skew are over, and a living one's lease is not."""
    dead_at = workshop.node_rows()[dead].lease_until + CLOCK_SKEW_MS
    eventually(lambda: workshop.node_rows()[living].lease_until > dead_at + MARGIN_MS, True)
    workshop.clock.move_to(dead_at + MARGIN_MS // 2)


@pytest.mark.slow
def test_issuance_goes_on_when_the_lease_of_a_killed_node_has_ended(workshop: LiveWorkshop, node: NodeProcess) -> None:
    """A node that died without a word is waited for until its lease and the allowed skew are over, and no longer."""
    certificate_id = workshop.prepare_wildcard()
    (first,) = workshop.node_rows()
    with workshop.node(NODES[1]) as killed:
        killed.kill()
    (second,) = set(workshop.node_rows()) - {first}
    assert workshop.work_on(certificate_id).code in ("awaiting-nodes", "answers-not-served")
    assert workshop.read(certificate_id).work.current is None

    outlive(workshop, second, living=first)
    done = workshop.work_until(certificate_id, is_issued)
    assert (done.work.failures, workshop.orders_placed()) == (0, 1)


@pytest.mark.slow
def test_a_node_that_was_killed_serves_again_when_it_is_restarted(workshop: LiveWorkshop) -> None:
    """It has loaded everything before it is ready: the zones, and the answers of an order that is still open."""
    with workshop.node() as killed:
        certificate_id = workshop.prepare_wildcard()
        crashing = hook_ca(workshop.workshop.cas, "answer", before=crash)
        with pytest.raises(CrashError):
            workshop.work_on(certificate_id, replace(workshop.workshop, cas=crashing))
        killed.kill()
    (dead,) = workshop.node_rows()
    with workshop.node() as node:
        assert len(ask(node.dns, workshop.target(certificate_id), "TXT").answers) == 2
        (living,) = set(workshop.node_rows()) - {dead}
        workshop.clock.advance(LEASE_SECONDS + 1)
        outlive(workshop, dead, living=living)
        done = workshop.work_until(certificate_id, is_issued)
    assert (done.work.failures, workshop.orders_placed()) == (0, 1)


def test_a_new_zone_is_served_without_a_restart(workshop: LiveWorkshop, node: NodeProcess) -> None:
    """A renamed zone's successor is served, and a certificate issues through it; the old one stays while in use."""
    certificate_id = workshop.prepare_wildcard()
    workshop.work_until(certificate_id, is_issued)
    (zone,) = workshop.desk.registry.zones.list_all()
    rename_zone(workshop.desk, zone, "acme2.example.test", "ns2.example.test")
    eventually(lambda: ask(node.dns, "acme2.example.test", "SOA").is_authoritative, True)
    assert ask(node.dns, "acme.example.test", "SOA").is_authoritative

    other = workshop.ask_for("sub.example.test", "*.sub.example.test")
    workshop.add_records(other)
    done = workshop.work_until(other, is_issued)
    assert done.work.checks[0].target.endswith(".acme2.example.test")
