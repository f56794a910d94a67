"""Count what one certificate costs in requests to AWS and to the CA: `python -m bench.issuance_calls`.

Counted at the clients, from the request to the last save; looks at records and at the nodes' rows that had to be
repeated while something was awaited count too.
"""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from certwright.adapters.acme_network import AcmeNetwork, Reply
from local.processes import Processes
from tests.support.workshop import LiveWorkshop, is_issued, live_workshop

PLAIN = "www.example.test"


class Calls:
    """Counts requests by service and operation while it is on."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, service: str, operation: str) -> None:
        """Take in a request."""
        self._counts[service, operation] += 1

    def take(self) -> Counter[tuple[str, str]]:
        """Return what was counted since the last time."""
        taken, self._counts = self._counts, Counter()
        return taken


def main() -> int:
    """Issue a wildcard (DNS-01) and a plain name (HTTP-01), and print both as a table."""
    calls = Calls()
    with tempfile.TemporaryDirectory() as name, Processes(Path(name)) as processes:
        server = processes.start("aws", [sys.executable, "-m", "local.aws"], _environment())
        endpoint = server.wait_for_ready_line()["url"]
        with (
            patch.object(AcmeNetwork, "request", _counting_ca(AcmeNetwork.request, calls)),
            patch.object(BaseClient, "_make_api_call", _counting_aws(BaseClient._make_api_call, calls)),  # type: ignore[attr-defined]  # botocore keeps it private
            live_workshop(Path(name), endpoint) as world,
            world.node(),
        ):
            first = _issue(world, calls, world.prepare_wildcard)
            second = _issue(world, calls, lambda: _prepare_plain(world))
    _print(first, second)
    return 0


def _counting_ca(send: Callable[..., Reply], calls: Calls) -> Callable[..., Reply]:
    def request(network: AcmeNetwork, method: str, url: str, **named: Any) -> Reply:
        calls.count("acme", method)
        return send(network, method, url, **named)

    return request


def _counting_aws(send: Callable[..., Any], calls: Calls) -> Callable[..., Any]:
    def request(client: BaseClient, operation: str, parameters: Any) -> Any:
        calls.count(client.meta.service_model.service_name, operation)
        return send(client, operation, parameters)

    return request


def _issue(world: LiveWorkshop, calls: Calls, prepare: Callable[[], str]) -> Counter[tuple[str, str]]:
    """Count the work on a certificate whose records stand, without the request for it."""
    certificate = prepare()
    calls.take()
    world.work_until(certificate, is_issued)
    return calls.take()


def _prepare_plain(world: LiveWorkshop) -> str:
    certificate = world.ask_for(PLAIN)
    world.add_records(certificate)
    return certificate


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _print(first: Counter[tuple[str, str]], second: Counter[tuple[str, str]]) -> None:
    print(f"{'service':<12} {'operation':<24} {'wildcard':>9} {'plain':>9}")
    for service, operation in sorted(first.keys() | second.keys()):
        key = (service, operation)
        print(f"{service:<12} {operation:<24} {first[key]:>9} {second[key]:>9}")
    for service in sorted({key[0] for key in first | second}):
        totals = [sum(count for key, count in counted.items() if key[0] == service) for counted in (first, second)]
        print(f"{service:<12} {'together':<24} {totals[0]:>9} {totals[1]:>9}")


if __name__ == "__main__":
    sys.exit(main())
