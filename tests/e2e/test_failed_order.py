"""An order that the CA ends as invalid, for a real cause: the user takes a record away while it runs."""

from dataclasses import replace

from certwright.domain.shown import status
from certwright.ports import Managed
from tests.support.dns_client import ask
from tests.support.eventually import eventually
from tests.support.node_process import NodeProcess
from tests.support.workshop import LiveWorkshop, hook, hook_ca, is_issued, once

FIRST_BACKOFF_SECONDS = 60


def test_a_failed_order_backs_off_and_the_second_succeeds(workshop: LiveWorkshop, node: NodeProcess) -> None:
    """The attempt is closed with what the CA said, its answers are withdrawn, and the next is begun a minute later."""
    certificate_id = workshop.prepare_wildcard()
    target = workshop.target(certificate_id)
    cname = ("CNAME", "_acme-challenge.example.test", target)
    cas = hook_ca(workshop.workshop.cas, "answer", before=once(lambda: workshop.provider.delete(*cname)))
    answers = hook(workshop.workshop.answers, "withdraw", before=once(lambda: workshop.provider.add(*cname)))
    failing = replace(workshop.workshop, cas=cas, answers=answers)
    failed = workshop.work_until(certificate_id, has_failed, failing)
    failed_at = workshop.clock.now()
    shown = status(failed.desired, failed.work, failed_at)
    assert shown.state == "failing"
    assert shown.problem is not None
    assert shown.problem.ca_problem, "the CA's own words are kept"
    assert (workshop.orders_placed(), workshop.published_answers()) == (1, [])
    eventually(lambda: ask(node.dns, target, "TXT").answers, [])
    assert failed.work.retry_at - failed_at <= FIRST_BACKOFF_SECONDS * 1000

    assert workshop.work_on(certificate_id).code == "not-due"
    assert workshop.orders_placed() == 1, "no order before the backoff has passed"
    workshop.clock.move_to(failed.work.retry_at)
    done = workshop.work_until(certificate_id, is_issued)
    assert (workshop.orders_placed(), done.work.failures, done.work.problem) == (2, 0, None)


def has_failed(managed: Managed) -> bool:
    """Tell whether the first attempt is closed as failed."""
    return managed.work.failures == 1 and managed.work.attempt is None
