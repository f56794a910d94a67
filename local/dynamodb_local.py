"""DynamoDB Local, AWS's own emulator of DynamoDB, as `tools/setup dynamodb` has put it into .tools.

It holds more strictly to DynamoDB than moto does (transactions, idempotency tokens, types of index keys), and serves
requests faster. It needs Java, so nothing rests on it.
"""

import os
import shutil
from collections.abc import Sequence

from local.errors import LocalError
from local.processes import Child, Processes
from local.template import ROOT

FOLDER = ROOT / ".tools" / "dynamodb"


class DynamoDbMissingError(LocalError):
    """DynamoDB Local is not there; the message says how to get it."""


def find_command() -> Sequence[str]:
    """Build the command that runs it until SIGTERM, on a free loopback port that its ready line tells.

    Raises `DynamoDbMissingError`.
    """
    java = shutil.which("java")
    if java is None or not (FOLDER / "classes").is_dir():
        raise DynamoDbMissingError(
            "DynamoDB Local is not set up: install a JDK (17 or newer) and Maven, then run tools/setup dynamodb."
        )
    # Compiled once and lightly: for some thousands of requests that takes half the processor time.
    options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Djava.net.preferIPv4Stack=true"]
    options += [f"-Dsqlite4java.library.path={FOLDER / 'jars'}"]
    return [java, *options, "-cp", f"{FOLDER / 'jars'}/*:{FOLDER / 'classes'}", "DynamoDbOnLoopback"]


def start(processes: Processes) -> Child:
    """Start it; raises `DynamoDbMissingError`."""
    return processes.start("dynamodb", find_command(), {"PATH": os.environ.get("PATH", os.defpath)})
