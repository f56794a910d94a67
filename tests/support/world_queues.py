"""The whole system with something between those who send messages and those who act on them.

Nothing of it is changed but which queue the workers read: the test decides what gets there.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

from local.runner import RunnerPlan
from local.system import LocalSystem, Options

WORK_QUEUE = "WorkQueue"
WAIT_SECONDS = 1


class DetouredSystem(LocalSystem):
    """Workers read the queue `read_url`; only functions named `direct` write to it, all others to the work queue."""

    read_url: str

    def __init__(self, options: Options, direct: tuple[str, ...] = ()) -> None:
        super().__init__(options)
        self._direct = direct

    @property
    def work_url(self) -> str:
        """The queue that functions send to."""
        return self.stack.name(WORK_QUEUE)

    def message_count(self, url: str) -> int:
        """Count the messages in a queue, in hand or delayed ones too."""
        names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
        found = self.stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def _runner_plan(self) -> RunnerPlan:
        plan, sqs = super()._runner_plan(), self.stack.client("sqs")
        settings = sqs.get_queue_attributes(QueueUrl=self.work_url, AttributeNames=["VisibilityTimeout"])["Attributes"]
        self.read_url = sqs.create_queue(QueueName=f"detour-{uuid4().hex}", Attributes=settings)["QueueUrl"]
        # The template's roles allow the work queue only.
        arn = sqs.get_queue_attributes(QueueUrl=self.read_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        detour = {"Sid": "Detour", "Effect": "Allow", "Action": "sqs:*", "Resource": arn}
        return replace(
            plan,
            environments={name: self._redirect(name, variables) for name, variables in plan.environments.items()},
            roles={name: replace(role, statements=[*role.statements, detour]) for name, role in plan.roles.items()},
            queues={WORK_QUEUE: self.read_url},
        )

    def _redirect(self, function: str, variables: Mapping[str, str]) -> Mapping[str, str]:
        return {**variables, "WORK_QUEUE_URL": self.read_url} if function in self._direct else variables


@contextmanager
def courier(system: DetouredSystem, copies: int) -> Iterator[Callable[[], int]]:
    """Carry every message from the work queue to the one that is read, several times; yields how many were taken."""
    stopping, taken, sqs = threading.Event(), [], system.stack.client("sqs")

    def carry(message: Mapping[str, Any]) -> None:
        for _ in range(copies):
            sqs.send_message(QueueUrl=system.read_url, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=system.work_url, ReceiptHandle=message["ReceiptHandle"])
        taken.append(message["Body"])

    def run() -> None:
        while not stopping.is_set():
            received = sqs.receive_message(QueueUrl=system.work_url, WaitTimeSeconds=WAIT_SECONDS)
            for message in received.get("Messages", []):
                carry(message)

    thread = threading.Thread(target=run, name="courier")
    thread.start()
    try:
        yield lambda: len(taken)
    finally:
        stopping.set()
        thread.join()
