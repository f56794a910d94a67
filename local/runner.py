"""Run the template's functions in one process tree: HTTP bridge, queue pumps, schedules (`python -m local.runner`).

What to run comes as one JSON document on standard input (`RunnerPlan`), so that the heavy imports can be done before
the resources exist.
"""

import json
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from local.bridge import make_server
from local.ending import Ending
from local.endpoints import Endpoints
from local.queue_pump import QueuePump
from local.ready import announce
from local.roles import Judge, Role
from local.sandbox import FunctionError, SandboxPool, start_server
from local.schedule import Ticker
from local.stream_pump import StreamPump
from local.template import TEMPLATE, Template, load

PRELOADED = ["certwright.bootstrap", "certwright.web.edge"]


@dataclass(frozen=True, slots=True)
class RunnerPlan:
    """What the runner needs to know; functions, queues and tables (for the ARNs of their streams) go by logical ids.

    `environments` are whole; a function without a role may do everything.
    """

    environments: Mapping[str, Mapping[str, str]]
    roles: Mapping[str, Role]
    queues: Mapping[str, str]
    streams: Mapping[str, str]
    endpoints: Endpoints
    api_port: int = 0
    workers: int = 2
    time_scale: float = 1.0
    template: str = str(TEMPLATE)

    def to_json(self) -> str:
        """As one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read it again."""
        told = json.loads(text)
        roles = {name: Role(**role) for name, role in told["roles"].items()}
        return cls(**told | {"roles": roles, "endpoints": Endpoints(**told["endpoints"])})


def main() -> None:
    """Run until SIGTERM; until it is ready, that ends it on the spot."""
    start_server(PRELOADED)
    import boto3  # noqa: F401 - while the resources are being made

    plan = RunnerPlan.from_json(sys.stdin.read())
    template = load(Path(plan.template))
    pools = {
        name: SandboxPool(function, plan.environments[name], plan.roles.get(name), limit=_limit(template, name, plan))
        for name, function in template.functions.items()
    }
    try:
        _start_schedules(template, plan, pools)
    except FunctionError as error:
        sys.exit(f"The first scheduled run failed: {error}")
    for pool in pools.values():
        pool.warm()
    try:
        server = make_server(plan.api_port, template.routes, pools)
    except OSError as error:
        sys.exit(f"The API can't listen on 127.0.0.1:{plan.api_port}: {error.strerror}; choose another --api-port")
    threading.Thread(target=server.serve_forever, args=(0.05,), name="bridge", daemon=True).start()
    _start_pumps(template, plan, pools)
    ending = Ending(signal.SIGTERM)
    announce(url=f"http://127.0.0.1:{server.server_address[1]}")
    ending.wait()


def _limit(template: Template, name: str, plan: RunnerPlan) -> int:
    """How many sandboxes a function may have: as many as its queue has workers, two for a function behind HTTP."""
    is_fed_by_queue = any(mapping.function == name for mapping in template.queue_mappings)
    return plan.workers if is_fed_by_queue else 2


def _start_pumps(template: Template, plan: RunnerPlan, pools: Mapping[str, SandboxPool]) -> None:
    """Take from queues and streams as Lambda does: in the role of the function that is invoked."""
    for mapping in template.queue_mappings:
        sqs = _client("sqs", plan, mapping.function)
        QueuePump(sqs, plan.queues[mapping.queue], mapping, pools[mapping.function]).start(plan.workers)
    for stream in template.stream_mappings:
        streams = _client("dynamodbstreams", plan, stream.function)
        StreamPump(streams, plan.streams[stream.table], stream, pools[stream.function]).start()


def _client(service: str, plan: RunnerPlan, function: str) -> Any:
    from local.stack import new_client

    made = new_client(service, plan.endpoints.of(service))
    if role := plan.roles.get(function):
        Judge(role).register(made)
    return made


def _start_schedules(template: Template, plan: RunnerPlan, pools: Mapping[str, SandboxPool]) -> None:
    for schedule in template.schedules:
        Ticker(schedule, pools[schedule.function], time_scale=plan.time_scale).start()


if __name__ == "__main__":
    main()
