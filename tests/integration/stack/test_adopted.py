"""A new stack around what an earlier one left behind: nothing that is needed lay anywhere else."""

from time import time

from certwright import bootstrap
from certwright.domain.access import digest
from certwright.domain.owner import DEFAULT_OWNER
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.enqueue_due import enqueue_due
from certwright.flows.first_run import ADMIN_TOKEN
from local.endpoints import Endpoints
from local.stack import MAKERS, Stack
from local.template import load
from tests.fakes.clock import FakeClock
from tests.support.acting import acting_as
from tools.adopt import adopt, kept_resources


def recreate(stack: Stack) -> Stack:
    """Delete a stack, and make another of what `tools.adopt` would import, everything else anew."""
    kept = {
        name: stack.name(name)
        for name, item in kept_resources(stack.template.resources).items()
        if item["Type"] in MAKERS
    }
    adoption = adopt(stack.template.resources, {"CertificatesBucketPolicy": "made with its bucket"} | kept, {})
    for queue in ("WorkQueue", "DeadLetters"):
        stack.client("sqs").delete_queue(QueueUrl=stack.name(queue))
    stack.client("secretsmanager").delete_secret(SecretId=stack.name("SessionKeySecret"))
    new = Stack(load(), Endpoints())
    adopted = {item["LogicalResourceId"] for item in adoption.resources} & set(kept)
    new._made.update({name: stack._made[name] for name in adopted})
    new.create()
    return new


def test_a_recreated_stack_goes_on_where_the_old_one_ended(stack: Stack) -> None:
    """What was asked for is due in the new queue, and the old admin token is the one that the new stack tells."""
    with acting_as("RenewalFunction", stack):
        bootstrap.ensure_first_run(bootstrap.build_sweep())
    with acting_as("ApiFunction", stack):
        asked = create_certificate(bootstrap.build_desk(), CertificateRequest(DEFAULT_OWNER, ("www.example.com",)))

    new = recreate(stack)

    assert new.name("WorkQueue") != stack.name("WorkQueue")
    with acting_as("RenewalFunction", new):
        sweep = bootstrap.build_sweep()
        bootstrap.ensure_first_run(sweep)
        an_hour_later = FakeClock(int(time() * 1000) + 3_600_000)
        assert enqueue_due(sweep.jobs, sweep.queue, an_hour_later, sweep.settings.schedule_grace_seconds) == 1
        token = sweep.tokens.read(ADMIN_TOKEN)
    (message,) = new.client("sqs").receive_message(QueueUrl=new.name("WorkQueue"))["Messages"]
    assert message["Body"] == asked.desired.id
    secret = new.client("secretsmanager").get_secret_value(SecretId=new.name("AdminTokenSecret"))["SecretString"]
    assert token
    assert token.secret_sha256 == digest(secret)
