"""The whole system on one machine, as a context: AWS, DNS provider, CA, node and functions, each a child process."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from socket import SOCK_DGRAM, SOCK_STREAM
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from local import dynamodb_local
from local.endpoints import Endpoints
from local.pebble import Pebble, prepare
from local.ports import find_port, is_listening
from local.processes import Child, Processes
from local.roles import Role
from local.runner import RunnerPlan
from local.template import REGION, ROOT, load

if TYPE_CHECKING:
    from local.stack import Stack

PROVIDER_ADDRESS = "127.0.0.2"
NODE_ADDRESS = "127.0.0.9"
RESOLVER_ADDRESS = "127.0.0.53"
SCHEDULE_GRACE_SECONDS = 30
HTTPS_PORT = 443
USE_LOG = "CERTWRIGHT_RIGHTS_USED"
"""A variable with a file where rights are noted that were made use of; tests look for those that were not."""
# The options that take the place of the plan's own choice.
REPLACEABLE = ("ca_resolver", "node_listen", "root_hints", "check_dns_port", "check_http_port")


@dataclass(frozen=True, slots=True)
class Options:
    """What may be replaced or set; everything empty (0) is filled in with the part that is started here."""

    acme_directory: str = ""
    acme_ca_bundle: str = ""
    contact: str = "operator@example.test"
    root_hints: str = ""
    check_dns_port: int = 0
    check_http_port: int = 0
    node_listen: str = ""
    node_http_listen: str = ""
    node_address: str = ""
    challenge_host: str = "challenge.example.test"
    has_provider: bool = True
    ca_resolver: str = ""
    egress_allow: str = ""
    aws_endpoint: str = ""
    has_dynamodb_local: bool = False
    api_port: int = 0
    time_scale: float = 1.0
    workers: int = 2
    log_level: str = "INFO"
    pebble: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The addresses of one run, all options filled in."""

    provider_listen: str
    ca_resolver: str
    node_listen: str
    node_http_listen: str
    node_address: str
    root_hints: str
    check_dns_port: int
    check_http_port: int


class LocalSystem:
    """Start everything on entry and stop it on exit; the attributes are set while it runs.

    Raises `ChildError` when a part does not start. Start it from a thread that lives as long as the system.
    """

    api_url: str
    admin_token: str
    acme_directory: str
    ca_bundle: str
    pebble_management_url: str
    provider_url: str
    node_address: str
    endpoints: Endpoints
    stack: "Stack"

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.plan = make_plan(self.options)
        self.run_folder = Path(tempfile.mkdtemp(prefix="certwright-"))
        self.node_address = self.plan.node_address
        self.pebble_management_url = self.provider_url = ""
        self._running = ExitStack()
        self._processes = Processes(self.run_folder)

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            starting.callback(shutil.rmtree, self.run_folder, ignore_errors=True)
            starting.enter_context(self._processes)
            self._start()
            self._running = starting.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()

    def recent_log(self, part: str, lines: int = 20) -> str:
        """Read the end of a part's log: `functions`, `node`, `pebble`, `provider`, `aws` or `dynamodb`."""
        log = self.run_folder / f"{part}.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def environment(self, function: str) -> Mapping[str, str]:
        """All variables of a function, by its logical id."""
        return self._runner_plan().environments[function]

    def check(self) -> None:
        """Raise `ChildError` if any part has ended."""
        self._processes.check()

    def _start(self) -> None:
        """Start what needs nothing first, so that it gets ready while the rest is prepared."""
        aws = None if self.options.aws_endpoint else self._python("aws", "local.aws")
        tables = dynamodb_local.start(self._processes) if self.options.has_dynamodb_local else None
        runner = self._python("functions", "local.runner")
        provider = self._start_provider() if self.options.has_provider else None
        ca = self._start_ca()
        self._make_stack(aws, tables)
        node = self._start_node()
        runner.send(self._runner_plan().to_json())
        if provider:
            self.provider_url = f"http://{provider.wait_for_ready_line()['http']}"
        if ca:
            child, pebble = ca
            child.wait_until(lambda: all(is_listening("127.0.0.1", at) for at in (pebble.port, pebble.management_port)))
        node.wait_for_ready_line()
        self.api_url = runner.wait_for_ready_line()["url"]

    def _start_provider(self) -> Child:
        arguments = ["--listen", self.plan.provider_listen, "--resolver", self.plan.ca_resolver]
        return self._python("provider", "local.provider", *arguments, "--http", "127.0.0.1:0")

    def _start_ca(self) -> tuple[Child, Pebble] | None:
        if self.options.acme_directory:
            self.acme_directory, self.ca_bundle = self.options.acme_directory, self.options.acme_ca_bundle
            return None
        pebble = prepare(
            self.run_folder,
            http_port=self.plan.check_http_port,
            dns_server=self.plan.ca_resolver,
            binary=self.options.pebble,
        )
        self.acme_directory, self.ca_bundle = pebble.directory, str(pebble.ca_bundle)
        self.pebble_management_url = pebble.management_url
        return self._processes.start("pebble", pebble.command, {**_environment(), **pebble.environment}), pebble

    def _make_stack(self, aws: Child | None, tables: Child | None) -> None:
        from local.stack import create  # boto3: while the first parts start

        parameters = {
            "AcmeDirectory": self.acme_directory,
            "TermsAgreed": "true",
            "Contact": self.options.contact,
            "ChallengeHost": self.options.challenge_host,
            "CheckResolvers": "",
            "EgressAllow": allow_list(self.plan, self.acme_directory, self.options.egress_allow),
            "LogLevel": self.options.log_level,
        }
        self.endpoints = Endpoints(
            aws.wait_for_ready_line()["url"] if aws else self.options.aws_endpoint,
            tables.wait_for_ready_line()["url"] if tables else "",
        )
        self.stack = create(load(parameters=parameters), self.endpoints)
        secret = self.stack.client("secretsmanager").get_secret_value(SecretId=self.stack.name("AdminTokenSecret"))
        self.admin_token = f"cw_admin_{secret['SecretString']}"

    def _start_node(self) -> Child:
        given = {
            "CODE_LAYERS": "",
            "LISTEN": self.plan.node_listen,
            "HTTP_LISTEN": self.plan.node_http_listen,
            "HEALTH_LISTEN": "127.0.0.1:0",
            # Nobody is left to serve: everything stops at once.
            "NODE_DRAIN_SECONDS": "0",
        }
        variables = self.stack.environment(self.stack.template.container_environment("NodeTask"), given)
        role = self.run_folder / "node-role.json"
        role.write_text(json.dumps(asdict(self._role("NodeRole"))))
        command = [sys.executable, "-m", "local.held", str(role), "dnsnode"]
        return self._processes.start("node", command, {**self._aws_environment(), **variables})

    def _runner_plan(self) -> RunnerPlan:
        overrides = {
            "ACME_CA_BUNDLE": self.ca_bundle,
            "NODE_ADDRESSES": self.plan.node_address,
            "ROOT_HINTS": self.plan.root_hints,
            "CHECK_DNS_PORT": str(self.plan.check_dns_port),
            "CHECK_HTTP_PORT": str(self.plan.check_http_port),
            "SCHEDULE_GRACE_SECONDS": str(max(1, round(SCHEDULE_GRACE_SECONDS / self.options.time_scale))),
        }
        template = self.stack.template
        return RunnerPlan(
            environments={
                name: {**self._aws_environment(), **self.stack.environment(function.environment, overrides)}
                for name, function in template.functions.items()
            },
            roles={name: self._role(function.role) for name, function in template.functions.items()},
            queues={mapping.queue: self.stack.name(mapping.queue) for mapping in template.queue_mappings},
            streams={
                mapping.table: self.stack.values.attribute([mapping.table, "StreamArn"])
                for mapping in template.stream_mappings
            },
            endpoints=self.endpoints,
            api_port=self.options.api_port,
            workers=self.options.workers,
            time_scale=self.options.time_scale,
        )

    def _role(self, name: str) -> Role:
        return self.stack.role(name, os.environ.get(USE_LOG, ""))

    def _aws_environment(self) -> dict[str, str]:
        return {**_environment(), **self.endpoints.variables}

    def _python(self, name: str, module: str, *arguments: str) -> Child:
        return self._processes.start(name, [sys.executable, "-m", module, *arguments], _environment())


def make_plan(options: Options) -> Plan:
    """Choose the addresses: one port for DNS on all the loopback addresses in play, and free ones for the rest.

    The node listens where it is shown, and is shown where it listens, as far as one of them is given.
    """
    host, _, given_port = options.node_listen.rpartition(":")
    shown = options.node_address or (NODE_ADDRESS if host in ("", "0.0.0.0") else host)  # noqa: S104 - compared only
    node_host = host or shown
    addresses = [PROVIDER_ADDRESS, RESOLVER_ADDRESS, *([] if host else [node_host])]
    port = options.check_dns_port or int(given_port or 0) or find_port(addresses, (SOCK_DGRAM, SOCK_STREAM))
    http_listen = options.node_http_listen or f"{node_host}:{find_port([node_host])}"
    own = Plan(
        provider_listen=f"{PROVIDER_ADDRESS}:{port}",
        ca_resolver=f"{RESOLVER_ADDRESS}:{port}",
        node_listen=f"{node_host}:{port}",
        node_http_listen=http_listen,
        node_address=shown,
        root_hints=PROVIDER_ADDRESS,
        check_dns_port=port,
        check_http_port=int(http_listen.rpartition(":")[2]),
    )
    if not options.has_provider:
        own = replace(own, ca_resolver="", root_hints="", check_dns_port=53)
    given = {name: getattr(options, name) for name in REPLACEABLE if getattr(options, name)}
    return replace(own, **given)


def allow_list(plan: Plan, acme_directory: str, more: str = "") -> str:
    """Write the egress allow-list: loopback on the ports of this run, the CA's too, besides what was asked for."""
    ports = {plan.check_dns_port, plan.check_http_port, urlsplit(acme_directory).port or HTTPS_PORT}
    return ",".join(filter(None, ["127.0.0.0/8:" + "+".join(map(str, sorted(ports))), more]))


def _environment() -> Mapping[str, str]:
    """What every child gets: where the code is, an AWS account that is nobody's, and the mark the gate looks for."""
    folders = [ROOT, ROOT / "layers/certwright", ROOT / "dnsnode"]
    mark = {name: value for name, value in os.environ.items() if name == "CERTWRIGHT_GATE"}
    return {
        **mark,
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "PYTHONUNBUFFERED": "1",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
