"""Count what one certificate costs in requests to AWS and to the CA, and in DynamoDB's write units.

`python -m bench.issuance_calls`. Counted at the clients, from the request to the last save, once a first certificate
has made the CA account and the zone. Looks at the nodes' rows that had to be repeated while something was awaited
count too.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from certwright.adapters.acme_network import AcmeNetwork, Reply
from local.endpoints import Endpoints
from local.processes import Processes
from tests.support.aws_calls import AwsCalls, counting_aws, read_indexes
from tests.support.workshop import WILDCARD, LiveWorkshop, is_issued, live_workshop

PLAIN = "www.example.test"
TABLES = ("CERTIFICATES_TABLE", "REGISTRY_TABLE", "ANSWERS_TABLE")


def main() -> int:
    """Issue a wildcard (DNS-01) and a plain name (HTTP-01), and print both as a table."""
    with tempfile.TemporaryDirectory() as name, Processes(Path(name)) as processes:
        server = processes.start("aws", [sys.executable, "-m", "local.aws"], _environment())
        endpoints = Endpoints(server.wait_for_ready_line()["url"])
        with live_workshop(Path(name), endpoints) as world, world.node():
            world.work_until(world.prepare_wildcard(), is_issued)
            world.add_records(world.ask_for(PLAIN))
            columns = [_issue(world, *WILDCARD), _issue(world, PLAIN)]
    _print(columns)
    return 0


def _issue(world: LiveWorkshop, *names: str) -> AwsCalls:
    """Count one certificate whose records stand, the request for it included."""
    tables = [world.variables[variable] for variable in TABLES]
    calls = AwsCalls(read_indexes(world.stack.client("dynamodb"), tables))
    with counting_aws(calls), patch.object(AcmeNetwork, "request", _counting_ca(AcmeNetwork.request, calls)):
        world.work_until(world.ask_for(*names), is_issued)
    return calls


def _counting_ca(send: Callable[..., Reply], calls: AwsCalls) -> Callable[..., Reply]:
    def request(network: AcmeNetwork, method: str, url: str, **named: Any) -> Reply:
        calls.counts["acme", method] += 1
        return send(network, method, url, **named)

    return request


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _print(columns: list[AwsCalls]) -> None:
    print(_line("", "", ["wildcard", "plain"]))
    for service, operation in sorted({key for calls in columns for key in calls.counts}):
        print(_line(service, operation, [calls.counts[service, operation] for calls in columns]))
    print(_line("dynamodb", "writes together", [calls.writes for calls in columns]))
    print(_line("dynamodb", "write units, tables", [calls.units for calls in columns]))
    print(_line("dynamodb", "write units, indexes", [calls.index_units for calls in columns]))


def _line(service: str, what: str, figures: list[Any]) -> str:
    return f"{service:<12} {what:<24}" + "".join(f"{figure:>10}" for figure in figures)


if __name__ == "__main__":
    sys.exit(main())
