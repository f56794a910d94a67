"""Issuance from real parts in this process, under a clock that tests move: what a whole system takes too long to show.

Tables, bucket, queue and key are made from template.yaml on a moto server; provider, Pebble and nodes are programs of
their own; the flows run here, wired by `bootstrap` from the functions' own variables, with only the clock replaced.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from certwright import bootstrap, ports
from certwright.adapters import aws
from certwright.domain.answer import NodeRow
from certwright.domain.owner import DEFAULT_OWNER
from certwright.flows import read_certificate
from certwright.flows.advance_certificate import LEASE, Outcome, advance_certificate
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.world import Desk, Workshop
from certwright.flows.zones import rename_zone
from local.endpoints import Endpoints
from local.stack import ACCESS_KEY, Stack, create
from local.template import REGION, load
from tests.support.dns_client import ask
from tests.support.eventually import eventually
from tests.support.node_process import NodeProcess
from tests.support.pebble_process import Pebble, PebbleOptions, running_pebble
from tests.support.provider_process import Provider, free_port, running_provider

PROVIDER, RESOLVER = "127.0.42.2", "127.0.42.53"
NODES = ("127.0.42.9", "127.0.42.10")
ORIGIN, NAME_SERVER = "acme.example.test", "ns.example.test"
WILDCARD = ("example.test", "*.example.test")
LONGEST_LAG_SECONDS = 900
LEASE_SECONDS = LEASE // 1000
SECOND = 1000
TURNS = 10
# Real time that passes while the clock under test moves on by one: what is waited for here is quick.
SLEEP_SHARE = 0.25


class MovableClock:
    """A `Clock` at a distance to the machine's, which nodes and CA go by.

    It starts behind: when it is moved on, over a lease or a backoff, it comes no later than they are. A node's lease of
    60 seconds would else look as if it had ended.
    """

    def __init__(self, behind_seconds: float = LONGEST_LAG_SECONDS) -> None:
        self._offset = -behind_seconds

    @property
    def behind_seconds(self) -> float:
        """How far behind the machine's clock it is."""
        return -self._offset

    def now(self) -> int:
        """Tell the time in epoch milliseconds."""
        return int((time.time() + self._offset) * SECOND)

    def sleep(self, seconds: float) -> None:
        """Sleep for a share of the time, and move on by the rest."""
        time.sleep(seconds * SLEEP_SHARE)
        self.advance(seconds * (1 - SLEEP_SHARE))

    def advance(self, seconds: float) -> None:
        """Move on."""
        self._offset += seconds

    def move_to(self, instant: int) -> None:
        """Move on to an instant (epoch milliseconds) unless it has passed."""
        self.advance(max(0, instant - self.now()) / SECOND)


class Hooked:
    """Any port, with something done before or after each call of one method."""

    def __init__(
        self,
        port: object,
        method: str,
        *,
        before: Callable[[], object] = lambda: None,
        after: Callable[[], object] = lambda: None,
    ) -> None:
        self._port, self._method, self._before, self._after = port, method, before, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._wrap(found) if name == self._method else found

    def _wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def hooked(*arguments: Any, **named: Any) -> Any:
            self._before()
            result = call(*arguments, **named)
            self._after()
            return result

        return hooked


def once(action: Callable[[], object]) -> Callable[[], None]:
    """Do something at the first call only."""
    done: list[object] = []

    def act() -> None:
        if not done:
            done.append(None)
            action()

    return act


@dataclass
class LiveWorkshop:
    """The running parts; `desk` takes requests, `workshop` works on them, both under `clock`."""

    folder: Path
    clock: MovableClock
    provider: Provider
    pebble: Pebble
    stack: Stack
    variables: Mapping[str, str]
    desk: Desk
    workshop: Workshop
    http_port: int

    @contextmanager
    def node(self, address: str = NODES[0]) -> Iterator[NodeProcess]:
        """Run a node on an address, at this world's DNS port; ready on entry."""
        dns, http = f"{address}:{self.provider.dns_port}", f"{address}:{self.http_port}"
        log = self.folder / f"node-{address}.log"
        with NodeProcess(log, "--listen", dns, "--http", http, environment=self.variables) as node:
            yield node

    def node_rows(self) -> dict[str, NodeRow]:
        """Read the rows of all nodes, by the name each gave itself."""
        return {row.task: row for row in self.workshop.nodes.list_rows()}

    def ask_for(self, *names: str, owner: str = DEFAULT_OWNER) -> str:
        """Request a certificate as the API does, and return its id."""
        return create_certificate(self.desk, CertificateRequest(owner, names)).desired.id

    def prepare_wildcard(self) -> str:
        """Request the wildcard under known zone names, add all its records, and wait until the node has the zone."""
        certificate_id = self.ask_for(*WILDCARD)
        (zone,) = self.desk.registry.zones.list_all()
        rename_zone(self.desk, zone, ORIGIN, NAME_SERVER)
        self.add_records(certificate_id)
        server = (NODES[0], self.provider.dns_port)
        eventually(lambda: ask(server, ORIGIN, "SOA").is_authoritative, True)
        return certificate_id

    def add_records(self, certificate_id: str) -> None:
        """Add what a certificate's page tells its user to add, except what stands already."""
        there = {(item["type"], item["name"], item["value"]) for item in self.provider.records()}
        for record in read_certificate.describe(self.desk, self.read(certificate_id)).records:
            if (record.type, record.name, record.value) not in there:
                self.provider.add(record.type, record.name, record.value)

    def read(self, certificate_id: str) -> ports.Managed:
        """Read a certificate that is there."""
        managed = self.desk.certificates.read(certificate_id)
        assert managed is not None, f"{certificate_id} is gone"
        return managed

    def target(self, certificate_id: str) -> str:
        """Tell where the answers of a certificate's first name are published."""
        (delegation,) = {
            self.desk.registry.delegations.read(DEFAULT_OWNER, name)
            for name in self.read(certificate_id).desired.dns_identifiers
        }
        assert delegation is not None
        return delegation.fulldomain(ORIGIN)

    def work_on(self, certificate_id: str, workshop: Workshop | None = None) -> Outcome:
        """Do what one message to a worker brings about."""
        return advance_certificate(workshop or self.workshop, certificate_id, worker="test")

    def work_until(
        self, certificate_id: str, is_so: Callable[[ports.Managed], bool], workshop: Workshop | None = None
    ) -> ports.Managed:
        """Work at each due time until something is so; `AssertionError` tells what it was instead."""
        outcomes = []
        for _ in range(TURNS):
            outcomes.append(self.work_on(certificate_id, workshop))
            managed = self.read(certificate_id)
            if is_so(managed):
                return managed
            self.clock.move_to(managed.work.due_at)
        raise AssertionError(f"not so after {outcomes}: {self.read(certificate_id).work}")

    def orders_placed(self) -> int:
        """Count the orders that the CA has taken."""
        return self.pebble.log.read_text().count('Added order "')

    def stored_attempts(self, certificate_id: str) -> set[str]:
        """List the attempts that a certificate's stored versions came from."""
        prefix = f"versions/{certificate_id}/"
        found = self.stack.client("s3").list_objects_v2(Bucket=self.variables["BUCKET"], Prefix=prefix)
        return {item["Key"].removeprefix(prefix).partition("/")[0] for item in found.get("Contents", [])}

    def published_answers(self) -> list[str]:
        """List the sort keys of all answers in the table, live or not."""
        scan = self.stack.client("dynamodb").scan(TableName=self.variables["ANSWERS_TABLE"])
        return [item["sk"]["S"] for item in scan["Items"] if item["pk"]["S"].startswith("shard#")]


def is_issued(managed: ports.Managed) -> bool:
    """Tell whether a version is stored and its attempt closed."""
    return managed.work.current is not None and managed.work.attempt is None


def hook[T](port: T, method: str, **actions: Callable[[], object]) -> T:
    """Wrap a port in `Hooked`, keeping its type."""
    return cast(T, Hooked(port, method, **actions))


def hook_ca(cas: ports.Cas, method: str, *, before: Callable[[], object]) -> ports.Cas:
    """Wrap the connections so that every account's `Ca` is hooked."""

    class HookedCas(Hooked):
        def account(self, *arguments: Any) -> ports.Ca:
            return hook(cas.account(*arguments), method, before=before)

    return cast(ports.Cas, HookedCas(cas, ""))


@contextmanager
def live_workshop(
    folder: Path, endpoints: Endpoints, addresses: tuple[str, ...] = NODES[:1], nonce_reject: int = 5
) -> Iterator[LiveWorkshop]:
    """Start all parts but the nodes; `addresses` are the fixed addresses that users are told.

    Without endpoints AWS is moto in this process, which the caller has started.
    """
    dns_port = free_port([PROVIDER, RESOLVER, *NODES])
    http_port = free_port(NODES)
    options = PebbleOptions(dns_server=f"{RESOLVER}:{dns_port}", http_port=http_port, nonce_reject=nonce_reject)
    with (
        running_provider(address=PROVIDER, resolver=RESOLVER, dns_port=dns_port) as provider,
        running_pebble(folder / "pebble", options) as pebble,
    ):
        stack, variables = _make_stack(endpoints, pebble, provider, http_port, addresses)
        with patch.dict(os.environ, variables):
            aws.reset()
            clock = MovableClock()
            bootstrap.ensure_first_run(bootstrap.build_sweep())
            desk, workshop = replace(bootstrap.build_desk(), clock=clock), build_workshop(clock)
            yield LiveWorkshop(folder, clock, provider, pebble, stack, variables, desk, workshop, http_port)
        aws.reset()


def build_workshop(clock: ports.Clock) -> Workshop:
    """Wire issuance from this process's variables, under another clock."""
    return replace(bootstrap.build_workshop(), clock=clock)


def _make_stack(
    endpoints: Endpoints, pebble: Pebble, provider: Provider, http_port: int, addresses: tuple[str, ...]
) -> tuple[Stack, dict[str, str]]:
    """Make the resources, and work out the variables of all functions together."""
    ca_port = pebble.directory_url.rpartition(":")[2].partition("/")[0]
    parameters = {
        "AcmeDirectory": pebble.directory_url,
        "TermsAgreed": "true",
        "ChallengeHost": "challenge.example.test",
        "CheckResolvers": "",
        "EgressAllow": f"127.0.0.0/8:{provider.dns_port}+{http_port}+{ca_port}",
    }
    overrides = {
        "ACME_CA_BUNDLE": str(pebble.ca_bundle),
        "NODE_ADDRESSES": ",".join(addresses),
        "ROOT_HINTS": provider.address,
        "CHECK_DNS_PORT": str(provider.dns_port),
        "CHECK_HTTP_PORT": str(http_port),
    }
    stack = create(load(parameters=parameters), endpoints)
    variables = {
        **endpoints.variables,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
    }
    for function in stack.template.functions.values():
        variables |= stack.environment(function.environment, overrides)
    return stack, variables
