"""The dashboard over HTTP on fakes, with a town of certificates in every state; no stack is needed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from local.bridge import make_server
from local.template import load


@dataclass(slots=True)
class Direct:
    """Runs a handler in this process, one request at a time as a sandbox does."""

    module: ModuleType
    lock: threading.Lock = field(default_factory=threading.Lock)

    def invoke(self, event: Any) -> Any:
        """Call the handler."""
        with self.lock:
            return self.module.handler(event, object())


@contextmanager
def serve(**functions: ModuleType) -> Iterator[str]:
    """Serve the template's routes of some functions on a free loopback port, and give the address."""
    routes = [route for route in load().routes if route.function in functions]
    server = make_server(0, routes, {name: Direct(module) for name, module in functions.items()})
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
