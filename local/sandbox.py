"""Functions as Lambda runs them: each execution environment is a process with its function's variables and role only.

One invocation at a time, a time limit that kills, a fresh process after a crash. Processes are forked from a server
that has imported the heavy libraries once (multiprocessing's forkserver), which makes a cold start cheap.
"""

import importlib.util
import json
import os
import sys
import time
import traceback
from collections.abc import Mapping
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any
from uuid import uuid4

from local.leash import end_with_parent
from local.roles import Role, enforce
from local.template import ACCOUNT, REGION, Function

PRELOADED = ["botocore.session", "aws_lambda_powertools.event_handler"]

_processes = get_context("forkserver")


class FunctionError(Exception):
    """An invocation failed: the handler raised, ran too long, or its process died."""


class LambdaContext:
    """The second argument of a handler, as far as handlers use it."""

    def __init__(self, name: str, timeout_seconds: int) -> None:
        self.function_name = name
        self.function_version = "$LATEST"
        self.invoked_function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
        self.memory_limit_in_mb = 512
        self.aws_request_id = str(uuid4())
        self.log_group_name = f"/aws/lambda/{name}"
        self.log_stream_name = str(os.getpid())
        self._ends = time.monotonic() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the time limit."""
        return max(0, int((self._ends - time.monotonic()) * 1000))


class Sandbox:
    """One execution environment of a function."""

    def __init__(self, function: Function, environment: Mapping[str, str], role: Role | None) -> None:
        self._function = function
        self._connection, other_end = _processes.Pipe()
        self._process = _processes.Process(
            target=_serve, args=(other_end, function, dict(environment), role), name=function.name, daemon=True
        )
        self._process.start()
        other_end.close()

    def invoke(self, event: Any) -> Any:
        """Run the handler; raises `FunctionError`, after which `is_alive` tells whether it can be used again."""
        try:
            self._connection.send_bytes(json.dumps(event).encode())
            if not self._connection.poll(self._function.timeout_seconds):
                self.stop()
                raise FunctionError(f"{self._function.name} timed out after {self._function.timeout_seconds} s")
            reply = json.loads(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            self.stop()
            raise FunctionError(f"{self._function.name}: its process died") from error
        if "error" in reply:
            raise FunctionError(f"{self._function.name}: {reply['error']}")
        return reply["result"]

    @property
    def is_alive(self) -> bool:
        """Whether it can take another invocation."""
        return self._process.is_alive()

    def stop(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.join()
        self._connection.close()


class SandboxPool:
    """A function with as many sandboxes as are needed at a time, up to a limit; beyond it, invocations wait.

    Without a role it may do everything.
    """

    def __init__(
        self, function: Function, environment: Mapping[str, str], role: Role | None = None, *, limit: int
    ) -> None:
        self._function = function
        self._environment = dict(environment)
        self._role = role
        self._permits = BoundedSemaphore(limit)
        self._lock = Lock()
        self._idle: list[Sandbox] = []

    def warm(self) -> None:
        """Have a sandbox ready ahead of the first invocation."""
        self._put(self._take() or Sandbox(self._function, self._environment, self._role))

    def invoke(self, event: Any) -> Any:
        """Run the handler in an idle sandbox, or in a new one."""
        with self._permits:
            sandbox = self._take() or Sandbox(self._function, self._environment, self._role)
            try:
                return sandbox.invoke(event)
            finally:
                if sandbox.is_alive:
                    self._put(sandbox)

    def stop(self) -> None:
        """End all idle sandboxes."""
        while sandbox := self._take():
            sandbox.stop()

    def _take(self) -> Sandbox | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _put(self, sandbox: Sandbox) -> None:
        with self._lock:
            self._idle.append(sandbox)


def start_server(modules: list[str]) -> None:
    """Start the process that sandboxes are forked from, and have it import the modules that exist."""
    from multiprocessing.forkserver import ensure_running

    _processes.set_forkserver_preload([*PRELOADED, *modules])
    ensure_running()


def _serve(connection: Connection, function: Function, environment: dict[str, str], role: Role | None) -> None:
    """Answer invocations until the other end is closed; in a process of its own."""
    end_with_parent()
    os.environ.clear()
    os.environ.update(environment)
    if role:
        enforce(role)
    try:
        handler = _load(function)
    except Exception as error:  # noqa: BLE001 - whatever a module raises when imported
        traceback.print_exc()
        handler = partial(_fail, f"{type(error).__name__}: {error}")
    while True:
        try:
            event = json.loads(connection.recv_bytes())
        except EOFError:
            return
        try:
            context = LambdaContext(function.name, function.timeout_seconds)
            reply = {"result": handler(event, context)}
            connection.send_bytes(json.dumps(reply).encode())
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is the invocation's result
            traceback.print_exc()
            connection.send_bytes(json.dumps({"error": f"{type(error).__name__}: {error}"}).encode())


def _fail(message: str, *_: object) -> None:
    raise FunctionError(f"the handler can't be loaded: {message}")


def _load(function: Function) -> Any:
    """Import a handler's module from its own folder, which comes first on the path as in Lambda."""
    module_name, _, attribute = function.handler.rpartition(".")
    path = Path(function.folder) / f"{module_name.replace('.', '/')}.py"
    sys.path.insert(0, str(function.folder))
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None or not path.exists():
        raise FunctionError(f"there is no {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return getattr(module, attribute)
