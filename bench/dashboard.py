"""Measure the first byte of the dashboard's pages over HTTP, at 10,000 certificates: `python -m bench.dashboard`.

Tables are made from the template in DynamoDB Local where it is set up, else in moto; the function runs in this process
behind the front of local mode. *Waited* is the time spent waiting for the emulator; *ours* is processor time, that
a busy machine changes little: of the function with boto3, the front and the client. A list that was read is kept by the
function for a while; where it is not, the newest certificates are shown, and the page asks for all a moment later.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit

from botocore.httpsession import URLLib3Session

from certwright.adapters.dynamodb_certificate_items import desired_item, summary_item, work_item
from certwright.adapters.dynamodb_history import event_item
from certwright.adapters.dynamodb_owners import DynamoOwners
from certwright.adapters.dynamodb_table import Table
from certwright.adapters.dynamodb_tokens import DynamoTokens
from certwright.adapters.dynamodb_values import marshal
from certwright.adapters.dynamodb_zones import DynamoZones
from certwright.domain.access import digest
from certwright.domain.certificate import Current, Desired, Event, Work
from certwright.domain.owner import DEFAULT_OWNER, DEFAULT_OWNER_PATTERNS, Owner, Token, Zone
from certwright.domain.records import NameCheck
from certwright.domain.renewal import DAY, SECOND
from certwright.domain.shown import summary
from local.dynamodb_local import DynamoDbMissingError, start
from local.endpoints import Endpoints
from local.processes import Processes
from local.stack import Stack, create
from local.template import load
from tests.support.dashboard import serve

SECRET = "s3cret"  # noqa: S105 - of a token that is made here
OVERRIDES = {"NODE_ADDRESSES": "127.0.0.9", "CHALLENGE_HOST": "challenge.example.test", "EGRESS_ALLOW": "127.0.0.0/8"}
FUNCTION = "DashboardFunction"
BATCH = 25
GOAL_MS = 100
READ_WHOLE = "list, read whole behind the page"


class Case(NamedTuple):
    """A page: its address, whether a new sandbox shows it, and whether it asks for itself, having been shown."""

    name: str
    path: str
    is_cold: bool = False
    is_live: bool = False


CASES = (
    Case("sign-in page", "/sign-in"),
    Case("style sheet", "{css}"),
    Case("list, first opening", "/", is_cold=True),
    Case("list, searched, first opening", "/?q=service-0042", is_cold=True),
    Case("cost, first opening", "/cost", is_cold=True),
    Case(READ_WHOLE, "/", is_cold=True, is_live=True),
    Case("list, kept", "/"),
    Case("list, last page", "/?page=9999"),
    Case("list, searched", "/?q=service-0042"),
    Case("list, by expiry, of one week", "/?sort=expires&week=3"),
    Case("certificate", "/certificates/{certificate}"),
    Case("form", "/certificates/new"),
    Case("renewal, asked", "/certificates/{certificate}/renew"),
    Case("DNS service", "/dns"),
    Case("zone", "/dns/zon_1"),
    Case("CAs", "/cas"),
    Case("cost, kept", "/cost"),
    Case("access", "/access"),
)


@dataclass
class Waited:
    """Seconds spent waiting for AWS since it was last set to nothing."""

    seconds: float = 0.0


class Sample(NamedTuple):
    """One request: milliseconds to the first byte, those that went by waiting for the emulator, and our processor's."""

    first_byte: float
    waited: float
    ours: float


def main() -> int:
    """Seed, measure, print a table; fails where one takes us longer than the goal; what follows a page may."""
    options = _read_options()
    with tempfile.TemporaryDirectory() as folder, Processes(Path(folder)) as processes:
        endpoints, engine = _start(processes, options.tables)
        stack = create(load(), endpoints)
        os.environ.update(_environment(stack, endpoints))
        begun = time.monotonic()
        ids = list(_seed(stack, options.certificates))
        print(f"{options.certificates:,} certificates stored in {time.monotonic() - begun:.0f} s", file=sys.stderr)
        samples = _measure(options.rounds, ids[len(ids) // 2])
    return _print(samples, options.certificates, engine)


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.dashboard", description=__doc__.splitlines()[0])
    parser.add_argument("--certificates", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=20, help="how often each page is opened")
    parser.add_argument("--tables", choices=("dynamodb-local", "moto"), default="", help="default: the first set up")
    return parser.parse_args()


def _start(processes: Processes, tables: str) -> tuple[Endpoints, str]:
    aws = processes.start("aws", [sys.executable, "-m", "local.aws"], {**os.environ, "PYTHONPATH": _python_path()})
    general = aws.wait_for_ready_line()["url"]
    if tables != "moto":
        try:
            return Endpoints(general, start(processes).wait_for_ready_line()["url"]), "DynamoDB Local"
        except DynamoDbMissingError as error:
            if tables:
                raise
            print(f"{error} moto has the tables.", file=sys.stderr)
    return Endpoints(general), "moto"


def _python_path() -> str:
    return os.pathsep.join(path for path in sys.path if path)


def _environment(stack: Stack, endpoints: Endpoints) -> dict[str, str]:
    variables = stack.environment(stack.template.functions[FUNCTION].environment, OVERRIDES)
    credentials = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    return {**variables, **endpoints.variables, **credentials}


def _seed(stack: Stack, certificates: int) -> Iterator[str]:
    """Store an owner, an admin's token, and certificates that were issued over the last two months.

    Of most only the summary is stored: no list reads more of a certificate.
    """
    now, client = int(time.time() * SECOND), stack.client("dynamodb")
    registry = Table(client, stack.name("RegistryTable"))
    DynamoOwners(registry).create(Owner(DEFAULT_OWNER, "default", DEFAULT_OWNER_PATTERNS, "proof", now - 90 * DAY))
    DynamoTokens(registry).create(Token("bench", DEFAULT_OWNER, "admin", digest(SECRET), now, label="bench"))
    zone = Zone("zon_1", DEFAULT_OWNER, "acme-1.example.com", "ns-1.example.com", now - 90 * DAY)
    DynamoZones(registry).create(replace(zone, looked_at=now - DAY))
    table, puts = stack.name("CertificatesTable"), []
    for at in range(certificates):
        items, certificate_id = _certificate(at, now)
        stored = items if at == certificates // 2 else items[:1]
        puts += [{"PutRequest": {"Item": marshal(item)}} for item in stored]
        yield certificate_id
        while len(puts) >= BATCH:
            client.batch_write_item(RequestItems={table: puts[:BATCH]})
            del puts[:BATCH]
    if puts:
        client.batch_write_item(RequestItems={table: puts})


def _certificate(at: int, now: int) -> tuple[list[dict[str, Any]], str]:
    """Build the items of one certificate, as issuance leaves them; the summary first."""
    certificate_id, names = f"crt_{at:032x}", (f"service-{at:05}.example.{('com', 'net', 'org')[at % 3]}",)
    begun = now - (at * 7 % 58) * DAY - at * SECOND
    desired = Desired(
        certificate_id, DEFAULT_OWNER, names, names, "HTTP-01, because no name is a wildcard.", "own", begun
    )
    current = Current(
        1,
        "att_1",
        "own",
        names,
        f"{at:036x}",
        "R12",
        begun,
        begun + 90 * DAY,
        "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE",
        begun,
    )
    work = Work(certificate_id, begun + 60 * DAY, reason="issued", current=current, renew_at=begun + 60 * DAY)
    work = replace(work, checks=(NameCheck(names[0], None),), checked_at=begun)
    events = [Event(begun, "waiting", "requested", "Requested."), Event(begun, "issued", "issued", "It is issued.")]
    told = [event_item(certificate_id, event, f"r{at}") for at, event in enumerate(events)]
    return [summary_item(summary(desired, work, now)), desired_item(desired), work_item(work), *told], certificate_id


def _measure(rounds: int, certificate_id: str) -> Mapping[str, list[Sample]]:
    from functions.dashboard import handler as dashboard

    samples: dict[str, list[Sample]] = {case.name: [] for case in CASES}
    with _waiting() as waited, serve(DashboardFunction=dashboard) as url:
        host = urlsplit(url).netloc
        cookie = _sign_in(host, url)
        css = _ask(host, "GET", "/sign-in", {})[1].split('href="/assets/app.')[1].split('"')[0]
        for number in range(rounds + 1):
            for case in CASES:
                if case.is_cold:
                    dashboard.shelf.clear()
                path = case.path.format(certificate=certificate_id, css=f"/assets/app.{css}")
                headers = {"Cookie": cookie} | ({"X-Requested-By": "live"} if case.is_live else {})
                sample = _open(host, path, headers, waited)
                if number:  # the first opening of each page is not counted: it loads code
                    samples[case.name].append(sample)
    return samples


@contextmanager
def _waiting() -> Iterator[Waited]:
    """Count how long boto3 waits for its replies."""
    waited, send = Waited(), URLLib3Session.send

    def timed(session: URLLib3Session, request: Any) -> Any:
        begun = time.perf_counter()
        try:
            return send(session, request)
        finally:
            waited.seconds += time.perf_counter() - begun

    with patch.object(URLLib3Session, "send", timed):
        yield waited


def _open(host: str, path: str, headers: Mapping[str, str], waited: Waited) -> Sample:
    waited.seconds = 0.0
    begun, busy = time.perf_counter(), time.process_time()
    status, _, _ = _ask(host, "GET", path, headers)
    took, ours = time.perf_counter() - begun, time.process_time() - busy
    if status != 200:
        raise RuntimeError(f"{path} answered {status}")
    return Sample(took * 1000, waited.seconds * 1000, ours * 1000)


def _ask(
    host: str, method: str, path: str, headers: Mapping[str, str], body: str = ""
) -> tuple[int, str, Mapping[str, str]]:
    """Send one request on a connection of its own and read the reply whole."""
    connection = HTTPConnection(host, timeout=600)
    try:
        connection.request(method, path, body or None, dict(headers))
        reply = connection.getresponse()
        return reply.status, reply.read().decode(), dict(reply.getheaders())
    finally:
        connection.close()


def _sign_in(host: str, origin: str) -> str:
    headers = {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}
    _, _, found = _ask(host, "POST", "/sign-in", headers, urlencode({"token": f"cw_bench_{SECRET}"}))
    named = {name.lower(): value for name, value in found.items()}
    return named["set-cookie"].partition(";")[0]


def _print(samples: Mapping[str, list[Sample]], certificates: int, engine: str) -> int:
    print(f"Milliseconds to the first byte, {certificates:,} certificates, tables in {engine}:\n")
    print("| page | p50 | p95 | waited, p50 | ours, p50 | ours, p95 |")
    print("|---|--:|--:|--:|--:|--:|")
    slow = []
    for name, found in samples.items():
        whole, waited, ours = ([float(sample[at]) for sample in found] for at in range(3))
        row = (median(whole), _p95(whole), median(waited), median(ours), _p95(ours))
        print(f"| {name} | {' | '.join(f'{value:.1f}' for value in row)} |")
        slow += [name] if median(ours) > GOAL_MS and name != READ_WHOLE else []
    if slow:
        print(f"\nMore than {GOAL_MS} ms of ours: {', '.join(slow)}")
    return 1 if slow else 0


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


if __name__ == "__main__":
    sys.exit(main())
