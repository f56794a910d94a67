"""The node's settings: each an option, or the variable of the same meaning."""

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from dnsnode.address import Address
from dnsnode.http_head import BadRequest, normalize_host
from dnsnode.rate_limit import RESPONSES_PER_SECOND

DESCRIPTION: Final = """\
Serve delegated DNS zones and the HTTP-01 answers beside them.

With --records, everything comes from a JSON file, which SIGHUP reads again:

  {"zones": [{"origin": "acme.example.test.", "name_servers": ["ns.example.test."], "addresses": ["127.0.0.9"]}],
   "txt": {"<uuid>.acme.example.test.": ["value", "another"]},
   "http": {"<token>": {"host": "www.example.test", "body": "<key authorization>"}}}

Without it, everything comes from the DynamoDB tables named by ANSWERS_TABLE and NODES_TABLE; AWS_ENDPOINT_URL,
AWS_REGION and the credentials are boto3's own variables.

When all is loaded, one line tells the bound addresses:  ready dns=ADDR:PORT http=ADDR:PORT health=ADDR:PORT
SIGTERM or SIGINT ends the node: it serves on for the drain time, then takes its row out of the table. A second one
ends the drain time at once.
"""
EPILOG: Final = """\
Each option but --records can be given as the variable named with it instead; the option wins. Standard output carries
the ready line, the metrics and the query log, one JSON object a line; standard error carries the log.
"""
_NAMESPACE: Final = re.compile(r"[A-Za-z0-9._/#: -]{1,255}")
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the node is told from outside; `records` is None where the tables are used."""

    records: Path | None
    answers_table: str
    nodes_table: str
    poll_seconds: float
    dns: Address
    http: Address
    health: Address
    challenge_host: str
    processes: int
    tcp_idle_seconds: float
    rate_limit: int
    drain_seconds: float
    log_level: str
    metrics_seconds: float
    metrics_namespace: str
    query_log: float


def read_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Read options and variables; an option wins. Ends the program with one clear line for a bad one."""
    parser = build_parser(environment)
    found = Settings(**vars(parser.parse_args(arguments)))
    if not found.records and not (found.answers_table and found.nodes_table):
        parser.error("give --records FILE, or set ANSWERS_TABLE and NODES_TABLE")
    return found


@dataclass(frozen=True, slots=True)
class _Option:
    """One option; `read` raises `ValueError` with what would be right."""

    name: str
    variable: str
    default: str
    metavar: str
    read: Callable[[str], object]
    text: str
    field: str = ""


def build_parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """Build the parser; variables are its defaults."""
    parser = argparse.ArgumentParser(
        "python -m dnsnode",
        usage="%(prog)s [options]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=119, max_help_position=30),
        allow_abbrev=False,
    )
    parser.add_argument("--records", type=Path, metavar="FILE", help="serve from this JSON file, without any AWS")
    for title, options in _OPTIONS.items():
        group = parser.add_argument_group(title)
        for option in options:
            group.add_argument(
                option.name,
                dest=option.field or None,
                type=partial(_read, option),
                default=environment.get(option.variable, option.default),
                metavar=option.metavar,
                help=f"{option.text} ({option.variable}; {option.default or 'none'})",
            )
    return parser


def _read(option: _Option, text: str) -> object:
    try:
        return option.read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; set {option.name} or {option.variable}") from error


def _host(text: str) -> str:
    try:
        return normalize_host(text)
    except BadRequest as error:
        raise ValueError(f"{text!r} is not a host, such as challenge.example.net") from error


def _processes(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise ValueError(f"{text!r} is not a number from 1 to 64")
    return int(text)


def _rate(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise ValueError(f"{text!r} is not a number of responses a second, or 0")
    return int(text)


def _seconds(text: str) -> float:
    return _number(text, 3600, "a number of seconds from 0 to 3600")


def _share(text: str) -> float:
    return _number(text, 1, "a share from 0 to 1, such as 0.01")


def _number(text: str, most: float, wanted: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= most:
        raise ValueError(f"{text!r} is not {wanted}")
    return number


def _level(text: str) -> str:
    if text.upper() not in LEVELS:
        raise ValueError(f"{text!r} is not one of {', '.join(LEVELS)}")
    return text.upper()


def _namespace(text: str) -> str:
    if not _NAMESPACE.fullmatch(text) or text.startswith("AWS/"):
        raise ValueError(
            f"{text!r} is not a namespace, such as Certwright/name, of letters, digits and .-_/#: or space"
        )
    return text


_OPTIONS: Final[Mapping[str, Sequence[_Option]]] = {
    "the tables": (
        _Option("--answers-table", "ANSWERS_TABLE", "", "NAME", str, "DynamoDB table of answers and zones"),
        _Option("--nodes-table", "NODES_TABLE", "", "NAME", str, "DynamoDB table of the nodes' rows"),
        _Option(
            "--poll-seconds", "NODE_POLL_SECONDS", "0.5", "SECONDS", _seconds, "between two reads of the generations"
        ),
    ),
    "serving": (
        _Option(
            "--listen",
            "LISTEN",
            "127.0.0.1:5353",
            "ADDR:PORT",
            Address.parse,
            "DNS over UDP and TCP; port 0 takes a free one, here and below",
            "dns",
        ),
        _Option("--http", "HTTP_LISTEN", "127.0.0.1:8080", "ADDR:PORT", Address.parse, "HTTP-01"),
        _Option(
            "--health",
            "HEALTH_LISTEN",
            "127.0.0.1:0",
            "ADDR:PORT",
            Address.parse,
            "/health and /metrics, for the orchestrator and monitoring alone",
        ),
        _Option("--challenge-host", "CHALLENGE_HOST", "", "HOST", _host, "host that HTTP-01 redirects lead to"),
        _Option("--processes", "PROCESSES", "1", "N", _processes, "worker processes that answer"),
        _Option(
            "--tcp-idle-seconds",
            "TCP_IDLE_SECONDS",
            "10",
            "SECONDS",
            _seconds,
            "until an idle DNS connection is closed",
        ),
        _Option(
            "--rate-limit",
            "RATE_LIMIT",
            str(RESPONSES_PER_SECOND),
            "N",
            _rate,
            "UDP responses a second to one network (/24, /56) by one process, the rest truncated; 0 for no limit",
        ),
        _Option(
            "--drain-seconds",
            "NODE_DRAIN_SECONDS",
            "0",
            "SECONDS",
            _seconds,
            "to serve on after SIGTERM, while /health is 503",
        ),
    ),
    "telling": (
        _Option("--log-level", "LOG_LEVEL", "INFO", "LEVEL", _level, f"the least that is logged: {', '.join(LEVELS)}"),
        _Option(
            "--metrics-seconds",
            "METRICS_SECONDS",
            "60",
            "SECONDS",
            _seconds,
            "between metrics on standard output, in CloudWatch's embedded metric format; 0 for none",
        ),
        _Option(
            "--metrics-namespace",
            "METRICS_NAMESPACE",
            "Certwright",
            "NAME",
            _namespace,
            "CloudWatch's namespace for them",
        ),
        _Option(
            "--query-log",
            "QUERY_LOG",
            "0",
            "SHARE",
            _share,
            "share of the DNS queries to log, 0 to 1; at most 100 a second, and only the client's network",
        ),
    ),
}
