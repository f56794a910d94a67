"""Keep the whole system running on this machine: `make local`, or `python -m local`."""

import argparse
import dataclasses
import os
import sys
import time
from collections.abc import Sequence

from local.interrupts import interrupt_when_told
from local.pebble import PebbleMissingError
from local.ports import NoFreePortError
from local.processes import ChildError
from local.system import LocalSystem, Options

DESCRIPTION = """\
Run Certwright on this machine, without an AWS account, until Ctrl-C. Every part can be replaced by a real one. Each
option can also be given as the variable named with it; the option wins."""

# option, variable, metavar, help
TEXTS = (
    ("acme-directory", "ACME_DIRECTORY", "URL", "the CA's directory (default: a Pebble started here)"),
    ("acme-ca-bundle", "ACME_CA_BUNDLE", "FILE", "certificates to trust when talking to that CA"),
    ("contact", "ACME_CONTACT", "EMAIL", "the ACME account's contact"),
    ("root-hints", "ROOT_HINTS", "LIST", "root servers for checks, addresses or name=address (default: the stand-in)"),
    ("node-listen", "NODE_LISTEN", "ADDR:PORT", "where the node serves DNS (default: a free port of 127.0.0.9)"),
    ("node-http-listen", "NODE_HTTP_LISTEN", "ADDR:PORT", "where the node serves HTTP-01"),
    ("node-address", "NODE_ADDRESS", "ADDR", "the IPv4 address that users are told to point records at"),
    ("challenge-host", "CHALLENGE_HOST", "NAME", "the host that HTTP-01 may be redirected to"),
    ("ca-resolver", "CA_RESOLVER", "ADDR:PORT", "the resolver that Pebble asks (default: the stand-in's)"),
    ("egress-allow", "EGRESS_ALLOW", "LIST", "more private networks to reach, CIDR[:port[+port]]"),
    ("aws-endpoint", "AWS_ENDPOINT_URL", "URL", "an AWS endpoint to make new resources at (default: a moto server)"),
    ("pebble", "PEBBLE_BIN", "FILE", "the Pebble program (default: .tools/bin/pebble, then PATH)"),
    ("log-level", "LOG_LEVEL", "LEVEL", "DEBUG, INFO, WARNING or ERROR"),
)
NUMBERS = (
    ("check-dns-port", "CHECK_DNS_PORT", int, "the port at which checks ask name servers"),
    ("check-http-port", "CHECK_HTTP_PORT", int, "the port at which HTTP-01 is checked, and Pebble validates"),
    ("api-port", "API_PORT", int, "the API's port on 127.0.0.1 (default: a free one)"),
    ("time-scale", "TIME_SCALE", float, "run the schedule this many times as often (default: 1)"),
    ("workers", "WORKERS", int, "how many issuance functions may run at once (default: 2)"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C, or until a part ends."""
    options = parse(arguments)
    interrupt_when_told()
    try:
        with LocalSystem(options) as system:
            print(describe(system), flush=True)
            while True:
                system.check()
                time.sleep(0.5)
    except (ChildError, PebbleMissingError, NoFreePortError) as error:
        print(f"local: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; nothing is left running.")
        return 0


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read options and variables."""
    defaults = {field.name: field.default for field in dataclasses.fields(Options)}
    parser = argparse.ArgumentParser(prog="python -m local", description=DESCRIPTION)
    for name, variable, metavar, text in TEXTS:
        default = os.environ.get(variable, defaults[name.replace("-", "_")])
        parser.add_argument(f"--{name}", metavar=metavar, default=default, help=f"{text} [{variable}]")
    for name, variable, kind, text in NUMBERS:
        default = os.environ.get(variable, defaults[name.replace("-", "_")])
        parser.add_argument(f"--{name}", metavar="N", type=kind, default=default, help=f"{text} [{variable}]")
    parser.add_argument(
        "--no-provider",
        dest="has_provider",
        action="store_false",
        help="start no stand-in for the DNS provider; checks then start at the real root (or --root-hints)",
    )
    return Options(**vars(parser.parse_args(arguments)))


def describe(system: LocalSystem) -> str:
    """Say where everything is, with examples to try."""
    lines = [
        ("API", system.api_url),
        ("Admin token", system.admin_token),
        ("ACME directory", system.acme_directory),
        ("Pebble's management", system.pebble_management_url),
        ("DNS provider (add records here)", system.provider_url),
        ("Node", f"{system.plan.node_listen} (DNS), {system.plan.node_http_listen} (HTTP-01)"),
        ("AWS endpoint", system.aws_endpoint),
        ("Logs", str(system.run_folder)),
    ]
    table = "\n".join(f"  {name + ':':33}{value}" for name, value in lines if value)
    return f"""Certwright is running. Ctrl-C stops it.

{table}

Try:

  export CERTWRIGHT={system.api_url} TOKEN={system.admin_token}
  curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{{"names": ["example.test", "*.example.test"]}}' $CERTWRIGHT/v1/certificates
  curl -s -H "Authorization: Bearer $TOKEN" $CERTWRIGHT/v1/certificates
  curl -s -H "Authorization: Bearer $TOKEN" -X POST $CERTWRIGHT/v1/certificates/ID/check
  curl -s -H "Authorization: Bearer $TOKEN" $CERTWRIGHT/v1/certificates/ID/bundle
"""


if __name__ == "__main__":
    sys.exit(main())
