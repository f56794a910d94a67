"""The options of `make local`: what each takes, and why a value is refused."""

import argparse
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from urllib.parse import urlsplit

from local.system import Options
from local.template import TemplateError, load

DESCRIPTION = """\
Run Certwright on this machine, without an AWS account, until Ctrl-C. Every part can be replaced by a real one. Each
option can also be given as the variable named with it; the option wins."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option; `read` turns its text into a value, or raises `ValueError` with the remedy."""

    name: str
    variable: str
    metavar: str
    read: Callable[[str], object]
    text: str


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read options and variables; what is wrong is named, and ends the program (exit code 2)."""
    parser = argparse.ArgumentParser(prog="python -m local", description=DESCRIPTION)
    for option in OPTIONS:
        parser.add_argument(
            f"--{option.name}",
            metavar=option.metavar,
            type=_reader(option),
            default=os.environ.get(option.variable) or argparse.SUPPRESS,
            help=f"{option.text} [{option.variable}]",
        )
    parser.add_argument(
        "--no-provider",
        dest="has_provider",
        action="store_false",
        help="start no stand-in for the DNS provider; checks then start at the real root (or --root-hints)",
    )
    parser.add_argument(
        "--dynamodb-local",
        dest="has_dynamodb_local",
        action="store_true",
        help="keep the tables in DynamoDB Local (`tools/setup dynamodb`, with a JDK and Maven), not in moto",
    )
    return Options(**vars(parser.parse_args(arguments)))


def _reader(option: Option) -> Callable[[str], object]:
    """Read one option's text for argparse, which shows the message."""

    def read(text: str) -> object:
        try:
            return option.read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{error} (or the variable {option.variable})") from error

    return read


def _parameter(name: str) -> Callable[[str], str]:
    """Read what becomes a parameter of the template, which says what it may be."""

    def read(text: str) -> str:
        try:
            load(parameters={name: text})
        except TemplateError as error:
            raise ValueError(str(error)) from None
        return text

    return read


def _url(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise ValueError(f"{text!r} is no URL such as http://127.0.0.1:5000")
    return text


def _file(text: str) -> str:
    if not Path(text).is_file():
        raise ValueError(f"there is no file {text!r}")
    return str(Path(text).resolve())


def _address(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except ValueError:
        raise ValueError(f"{text!r} is no IPv4 address such as 192.0.2.1") from None


def _endpoint(text: str) -> str:
    host, _, port = text.rpartition(":")
    try:
        return f"{_address(host)}:{_port(port)}"
    except ValueError:
        raise ValueError(f"{text!r} is not ADDR:PORT such as 127.0.0.9:5353") from None


def _root_hints(text: str) -> str:
    for hint in text.split(","):
        try:
            ip_address(hint.rpartition("=")[2].strip())
        except ValueError:
            raise ValueError(f"{hint!r} is neither an address nor name=address") from None
    return text


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
            raise ValueError(f"{text!r} is no whole number from {lowest} to {highest}")
        return int(text)

    return read


_port = _whole(1, 65_535)


def _scale(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise ValueError(f"{text!r} is no number above 0")
    return number


OPTIONS = (
    Option(
        "acme-directory",
        "ACME_DIRECTORY",
        "URL",
        _parameter("AcmeDirectory"),
        "the CA's directory (default: a Pebble started here)",
    ),
    Option("acme-ca-bundle", "ACME_CA_BUNDLE", "FILE", _file, "certificates to trust when talking to that CA"),
    Option("contact", "ACME_CONTACT", "EMAIL", _parameter("Contact"), "the ACME account's contact"),
    Option(
        "root-hints",
        "ROOT_HINTS",
        "LIST",
        _root_hints,
        "root servers for checks, addresses or name=address (default: the stand-in)",
    ),
    Option(
        "node-listen",
        "NODE_LISTEN",
        "ADDR:PORT",
        _endpoint,
        "where the node serves DNS (default: a free port of 127.0.0.9)",
    ),
    Option("node-http-listen", "NODE_HTTP_LISTEN", "ADDR:PORT", _endpoint, "where the node serves HTTP-01"),
    Option(
        "node-address",
        "NODE_ADDRESS",
        "ADDR",
        _address,
        "the IPv4 address that users are told to point records at (default: where the node listens)",
    ),
    Option(
        "challenge-host",
        "CHALLENGE_HOST",
        "NAME",
        _parameter("ChallengeHost"),
        "the host that HTTP-01 may be redirected to",
    ),
    Option(
        "ca-resolver",
        "CA_RESOLVER",
        "ADDR:PORT",
        _endpoint,
        "the resolver that Pebble asks (default: the stand-in's)",
    ),
    Option(
        "egress-allow",
        "EGRESS_ALLOW",
        "LIST",
        _parameter("EgressAllow"),
        "more private networks to reach, CIDR[:port[+port]]",
    ),
    Option(
        "aws-endpoint",
        "AWS_ENDPOINT_URL",
        "URL",
        _url,
        "an AWS endpoint to make new resources at (default: a moto server)",
    ),
    Option("pebble", "PEBBLE_BIN", "FILE", str, "the Pebble program (default: .tools/bin/pebble, then PATH)"),
    Option("log-level", "LOG_LEVEL", "LEVEL", _parameter("LogLevel"), "DEBUG, INFO, WARNING or ERROR"),
    Option("check-dns-port", "CHECK_DNS_PORT", "N", _port, "the port at which checks ask name servers"),
    Option(
        "check-http-port",
        "CHECK_HTTP_PORT",
        "N",
        _port,
        "the port at which HTTP-01 is checked, and Pebble validates",
    ),
    Option("api-port", "API_PORT", "N", _port, "the API's port on 127.0.0.1 (default: a free one)"),
    Option("time-scale", "TIME_SCALE", "N", _scale, "run the schedule this many times as often (default: 1)"),
    Option("workers", "WORKERS", "N", _whole(1, 100), "how many issuance functions may run at once (default: 2)"),
)
