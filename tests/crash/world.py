"""The running parts of the matrix: a CA, a DNS provider, the node's answers, AWS in memory, a worker, its messages."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import batched
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from moto import mock_aws

from certwright import bootstrap, ports
from certwright.adapters.record_checks import Pace, WalkedRecords
from certwright.domain.certificate import Attempt
from certwright.domain.renewal import MINUTE, SECOND
from certwright.flows.advance_certificate import advance_certificate
from certwright.flows.ca_accounts import AccountWish, change_account
from certwright.flows.enqueue_due import enqueue_due
from certwright.flows.perform import perform
from certwright.flows.read_certificate import ATTEMPTS_SHOWN
from certwright.flows.world import Workshop
from certwright.flows.zones import rename_zone
from local.atomic import make_requests_atomic
from local.endpoints import Endpoints
from local.stack import ACCESS_KEY
from local.template import REGION
from tests.crash.clock import StandingClock
from tests.crash.pebble_watch import PebbleWatch
from tests.crash.quick_node import QuickNode
from tests.crash.recorder import Crash, Recorder, recording
from tests.crash.watched import note_steps, watch_all
from tests.support.workshop import NAME_SERVER, NODES, ORIGIN, LiveWorkshop, build_workshop, hook, live_workshop

VARIABLES = {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": ACCESS_KEY}
"""To be set before a world is made: boto3 has a region and credentials of nobody's."""
NONCE_REJECT = 15
LIMITS = "orders=3000/3h domain=3000/7d set=3000/7d failures=3000/1h"
"""So that budgets are reserved, and there is room."""
PATIENT = Pace(try_seconds=10, tries=2, check_seconds=60)
TURNS = 12


@dataclass(frozen=True, slots=True)
class Message:
    """One message in the queue, to be delivered at an instant."""

    certificate_id: str
    at: int


@dataclass(slots=True)
class CrashWorld:
    """One worker at a time, the messages it is sent, and what became of them.

    A crash loses the message that the worker had in hand. `repeats` delivers every message twice, and once more in the
    middle of the work.
    """

    live: LiveWorkshop
    clock: StandingClock
    node: QuickNode
    watch: PebbleWatch
    recorder: Recorder
    logged: list[str]
    repeats: bool = False
    crashes: int = 0
    messages: list[Message] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    workshop: Workshop = field(init=False)
    sweep: bootstrap.Sweep = field(init=False)
    _at_work: str = ""

    def start_worker(self) -> None:
        """Start a worker that knows nothing of the one before."""
        workshop = build_workshop(self.clock)
        nodes = hook(workshop.nodes, "list_rows", after=self._poll_node)
        checks = replace(cast(WalkedRecords, workshop.checks), pace=PATIENT)
        settings = replace(workshop.settings, acme_limits=LIMITS)
        workshop = replace(workshop, settings=settings, nodes=nodes, checks=checks)
        self.workshop = watch_all(workshop, self.recorder)
        self.sweep = watch_all(replace(bootstrap.build_sweep(), clock=self.clock), self.recorder)

    def read(self, certificate_id: str) -> ports.Managed:
        """Look at what is stored of a certificate."""
        with self.recorder.aside():
            return self.live.read(certificate_id)

    def objects(self, folder: str, certificate_id: str) -> list[str]:
        """List a certificate's objects in `versions`, in `current`, or in `pending`: the private keys of attempts."""
        bucket, prefix = self.live.variables["BUCKET"], f"{folder}/{certificate_id}/"
        found = self.live.stack.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", [])]

    def closed_attempts(self, certificate_id: str) -> list[Attempt]:
        """List the attempts that are over, newest first."""
        return [closed.attempt for closed in self.live.desk.attempts.list_closed(certificate_id, ATTEMPTS_SHOWN)]

    def clear_away(self) -> None:
        """Delete all certificates, answers, budgets and messages: each journey begins alike."""
        _empty(self.live, "CERTIFICATES_TABLE")
        _empty(self.live, "ANSWERS_TABLE", "shard#")
        _empty(self.live, "REGISTRY_TABLE", "budget#")
        self.messages.clear()
        queue, url = self.live.stack.client("sqs"), self.live.variables["WORK_QUEUE_URL"]
        while received := queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in received:
                queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def send(self, certificate_id: str) -> None:
        """Put a message into the queue."""
        self.messages.append(Message(certificate_id, self.clock.now()))

    def note_sent(self, _: str, operation: str, parameters: Any) -> None:
        """Keep what a worker has sent to the queue."""
        if operation not in ("SendMessage", "SendMessageBatch"):
            return
        entries = parameters["Entries"] if operation == "SendMessageBatch" else [parameters]
        now = self.clock.now()
        self.messages += [Message(each["MessageBody"], now + each.get("DelaySeconds", 0) * SECOND) for each in entries]

    def work_until(self, certificate_id: str, is_so: Callable[[ports.Managed], bool]) -> ports.Managed:
        """Deliver messages and run the sweep until something is so; `AssertionError` tells what it was instead."""
        codes: list[str] = []
        while not is_so(managed := self.read(certificate_id)):
            assert len(codes) < TURNS, f"not so after {codes}: {managed.work}"
            codes.append(self._turn(certificate_id, managed))
        return managed

    def deliver(self, certificate_id: str) -> str:
        """Give a worker a message and tell how its invocation ended; after a crash there is a new worker."""
        self._at_work = certificate_id if self.repeats else ""
        return self._outlive(lambda: advance_certificate(self.workshop, certificate_id, "worker").code)

    def disturb(self) -> None:
        """Deliver a message in the middle of the work, once in each invocation: who works on it has the lease."""
        certificate_id, self._at_work = self._at_work, ""
        if certificate_id:
            outcome = advance_certificate(self.workshop, certificate_id, "other")
            assert outcome.code == "claimed", outcome

    def _turn(self, certificate_id: str, managed: ports.Managed) -> str:
        """Deliver the next message; what is done for another certificate is neither numbered nor crashed."""
        if not self.messages:
            return self._run_sweep(managed.work.due_at)
        message = min(self.messages, key=lambda each: each.at)
        self.messages.remove(message)
        self.clock.move_to(message.at)
        with nullcontext() if message.certificate_id == certificate_id else self.recorder.aside():
            code = self.deliver(message.certificate_id)
            if self.repeats:
                self.deliver(message.certificate_id)
        return code

    def _run_sweep(self, due_at: int) -> str:
        """Let the schedule come, as it does every minute, when the grace of what is due is over."""
        sweep, grace = self.sweep, self.sweep.settings.schedule_grace_seconds
        self.clock.move_to(max(due_at + grace * SECOND, self.clock.now() + MINUTE))
        return self._outlive(lambda: f"swept {enqueue_due(sweep.jobs, sweep.queue, self.clock, grace)}")

    def _outlive(self, work: Callable[[], str]) -> str:
        try:
            return work()
        except Crash:
            self.crashes += 1
            self.recorder.revive()
            self.start_worker()
            return "crashed"

    def _poll_node(self) -> None:
        with self.recorder.aside():
            self.node.poll()


@contextmanager
def crash_world(folder: Path) -> Iterator[CrashWorld]:
    """Run everything; the deployment's own CA account is also the one for dry runs."""
    make_requests_atomic()
    with mock_aws(), _logging() as logged, live_workshop(folder, Endpoints(), nonce_reject=NONCE_REJECT) as live:
        watch, recorder = PebbleWatch(live.pebble), Recorder()
        clock = StandingClock(watch.settle)
        live.clock, live.desk = clock, replace(live.desk, clock=clock)
        change_account(live.desk, live.desk.ca.account, AccountWish(staging=live.desk.ca.account))
        node = QuickNode(live.variables, clock)
        world = CrashWorld(live, clock, node, watch, recorder, logged)
        recorder.on_sent, recorder.on_posted = world.note_sent, watch.note
        noted = note_steps(recorder, perform, world.disturb)
        with (
            node.serving(NODES[0], live.provider.dns_port, live.http_port),
            recording(recorder),
            patch("certwright.flows.advance_certificate.perform", noted),
        ):
            world.start_worker()
            yield world


def prepare_names(world: CrashWorld, *sets_of_names: tuple[str, ...]) -> None:
    """Ask for each set of names once, which makes the zone; their records stand from then on."""
    for names in sets_of_names:
        certificate_id = world.live.ask_for(*names)
        for zone in world.live.desk.registry.zones.list_all():
            if zone.origin != ORIGIN:
                rename_zone(world.live.desk, zone, ORIGIN, NAME_SERVER)
        world.live.add_records(certificate_id)
        world.node.poll()
        world.clear_away()


def _empty(live: LiveWorkshop, variable: str, prefix: str = "") -> None:
    """Delete all items of a table whose partition begins with a prefix."""
    database, table = live.stack.client("dynamodb"), live.variables[variable]
    found = [item for item in database.scan(TableName=table)["Items"] if item["pk"]["S"].startswith(prefix)]
    for some in batched(found, 25, strict=False):
        keys = [{name: item[name] for name in ("pk", "sk")} for item in some]
        database.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": key}} for key in keys]})


@contextmanager
def _logging() -> Iterator[list[str]]:
    """Keep all that is logged, as functions log it and more."""
    logged: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.append(self.format(record))

    root, keeper = logging.getLogger(), Keeper(logging.INFO)
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.INFO)
    try:
        yield logged
    finally:
        root.removeHandler(keeper)
        root.setLevel(level)
