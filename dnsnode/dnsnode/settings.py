"""The node's settings: each an option, or the variable of the same meaning."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dnsnode.address import Address
from dnsnode.http_head import BadRequest, normalize_host

DESCRIPTION = """\
Serve delegated DNS zones and the HTTP-01 answers beside them.

With --records, everything comes from a JSON file, which SIGHUP reads again:

  {"zones": [{"origin": "acme.example.test.", "name_servers": ["ns.example.test."], "addresses": ["127.0.0.9"]}],
   "txt": {"<uuid>.acme.example.test.": ["value", "another"]},
   "http": {"<token>": {"host": "www.example.test", "body": "<key authorization>"}}}

Without it, everything comes from the DynamoDB tables named by ANSWERS_TABLE and NODES_TABLE; AWS_ENDPOINT_URL,
AWS_REGION and the credentials are boto3's own variables.

When all is loaded, one line tells the bound addresses:  ready dns=ADDR:PORT http=ADDR:PORT health=ADDR:PORT
SIGTERM ends the node: it serves on for the drain time, then takes its row out of the table.
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the node is told from outside; `records` is None where the tables are used."""

    dns: Address
    http: Address
    health: Address
    processes: int
    records: Path | None
    answers_table: str
    nodes_table: str
    challenge_host: str
    poll_seconds: float
    drain_seconds: float
    tcp_idle_seconds: float
    log_level: str


def read_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Read options and variables; an option wins. Ends the program with one clear line for a bad one."""
    parser = _build_parser(environment)
    found = parser.parse_args(arguments)
    if not found.records and not (found.answers_table and found.nodes_table):
        parser.error("give --records FILE, or set ANSWERS_TABLE and NODES_TABLE")
    return Settings(
        dns=found.listen,
        http=found.http,
        health=found.health,
        processes=found.processes,
        records=found.records,
        answers_table=found.answers_table,
        nodes_table=found.nodes_table,
        challenge_host=found.challenge_host,
        poll_seconds=found.poll_seconds,
        drain_seconds=found.drain_seconds,
        tcp_idle_seconds=found.tcp_idle_seconds,
        log_level=found.log_level,
    )


def _build_parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "dnsnode", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )

    def add(option: str, variable: str, default: str, text: str, **kind: object) -> None:
        value = environment.get(variable, default)
        parser.add_argument(option, default=value, help=f"{text} ({variable}; {default or 'none'})", **kind)  # type: ignore[arg-type]

    address, positive = {"type": _address, "metavar": "ADDR:PORT"}, {"type": _positive, "metavar": "SECONDS"}
    parser.add_argument("--records", type=Path, metavar="FILE", help="serve from this JSON file, without any AWS")
    add("--listen", "LISTEN", "127.0.0.1:5353", "DNS over UDP and TCP; port 0 takes a free one", **address)
    add("--http", "HTTP_LISTEN", "127.0.0.1:8080", "HTTP-01", **address)
    add("--health", "HEALTH_LISTEN", "127.0.0.1:0", "health, for the orchestrator alone", **address)
    add("--processes", "PROCESSES", "1", "worker processes that answer", type=_count, metavar="N")
    add("--answers-table", "ANSWERS_TABLE", "", "DynamoDB table of answers and zones", metavar="NAME")
    add("--nodes-table", "NODES_TABLE", "", "DynamoDB table of the nodes' rows", metavar="NAME")
    add("--challenge-host", "CHALLENGE_HOST", "", "host that HTTP-01 redirects lead to", type=_host, metavar="HOST")
    add("--poll-seconds", "NODE_POLL_SECONDS", "0.5", "between two reads of the generations", **positive)
    add("--drain-seconds", "NODE_DRAIN_SECONDS", "0", "to serve on after SIGTERM", **positive)
    add("--tcp-idle-seconds", "TCP_IDLE_SECONDS", "10", "until an idle DNS connection is closed", **positive)
    levels = ["DEBUG", "INFO", "WARNING", "ERROR"]
    add("--log-level", "LOG_LEVEL", "INFO", "of what is logged to standard error", type=str.upper, choices=levels)
    return parser


def _address(text: str) -> Address:
    try:
        return Address.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _host(text: str) -> str:
    try:
        return normalize_host(text)
    except BadRequest as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a host, such as challenge.example.net") from error


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 64")
    return int(text)


def _positive(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 3600")
    return seconds
