"""Lambda's Runtime API for one invocation, and a process of a built function under AWS's own runtime client."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Self
from uuid import uuid4

from local.template import ACCOUNT, REGION
from tests.support.serving import serving

# What Lambda's runtime brings besides the client itself.
RUNTIME = (
    *("awslambdaric", "simplejson", "snapshot-restore-py"),
    *("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"),
)
PYTHON = (sys._base_executable, "-S")  # type: ignore[attr-defined]  # without this environment's packages


class InvocationFailed(Exception):
    """The function reported an error, ended, or took too long; the message has what it said."""


def make_runtime(folder: Path) -> Path:
    """Make a folder with the runtime's packages, and nothing else that is installed here."""
    for name in RUNTIME:
        found = distribution(name)
        tops = {Path(file).parts[0] for file in found.files or () if not str(file).startswith("..")}
        for top in tops:
            if not (folder / top).exists():
                (folder / top).symlink_to(Path(str(found.locate_file(top))).resolve())
    return folder


@dataclass(slots=True)
class RuntimeApi:
    """Hands out one event, and takes what comes of it."""

    event: Any
    timeout_seconds: float
    address: str = ""
    outcome: str = ""
    body: bytes = b""
    ended: threading.Event = field(default_factory=threading.Event)
    _is_taken: bool = False

    @contextmanager
    def serving(self) -> Iterator[Self]:
        """Serve on a free loopback port while the context lasts."""
        with serving(self._handler()) as self.address:
            try:
                yield self
            finally:
                self.ended.set()

    def take(self) -> tuple[dict[str, str], bytes]:
        """Give the event once; whoever asks again waits for the end."""
        if self._is_taken:
            self.ended.wait()
        self._is_taken = True
        deadline = int((time.time() + self.timeout_seconds) * 1000)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": str(uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f",
            "Content-Type": "application/json",
        }
        return headers, json.dumps(self.event).encode()

    def finish(self, path: str, body: bytes) -> None:
        """Take a response or an error."""
        self.outcome, self.body = path.rpartition("/")[2], body
        self.ended.set()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._reply(200, *api.take())

            def do_POST(self) -> None:
                api.finish(self.path, self._read())
                self._reply(202, {}, b"")

            def _read(self) -> bytes:
                if self.headers.get("transfer-encoding", "").lower() != "chunked":
                    return self.rfile.read(int(self.headers.get("content-length", "0")))
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def _reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        return Handler


@dataclass(frozen=True, slots=True)
class Artifact:
    """A built function: its folder, and those of its layers and of the runtime."""

    task: Path
    layers: tuple[Path, ...]
    runtime: Path

    def environment(self, api: str, variables: Mapping[str, str]) -> dict[str, str]:
        """What Lambda sets for a function, and the function's own variables."""
        return {
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join(map(str, [self.task, *self.layers, self.runtime])),
            "AWS_LAMBDA_RUNTIME_API": api,
            "AWS_LAMBDA_FUNCTION_NAME": self.task.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "LAMBDA_TASK_ROOT": str(self.task),
            "_HANDLER": "handler.handler",
            **variables,
        }


def invoke(artifact: Artifact, event: Any, variables: Mapping[str, str], timeout_seconds: float) -> Any:
    """Run a built function once, in a process of its own that sees task, layers and runtime and nothing else.

    Returns what it replied; raises `InvocationFailed`.
    """
    with RuntimeApi(event, timeout_seconds).serving() as api, TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [*PYTHON, "-m", "awslambdaric", "handler.handler"],
            cwd=artifact.task, env=artifact.environment(api.address, variables), stdout=log, stderr=log,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + timeout_seconds
            while not api.ended.wait(0.05) and process.poll() is None and time.monotonic() < deadline:
                pass
        finally:
            process.kill()
            process.wait()
        log.seek(0)
        if api.outcome != "response":
            told = f"{api.outcome or 'no reply'} {api.body.decode()}"
            raise InvocationFailed(f"{artifact.task.name}: {told}\n{log.read()}")
    return json.loads(api.body)
