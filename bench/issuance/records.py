"""TXT records for clients that bring none of their own: hooks that ask this process to add them at NSD."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tests.support.world import Internet

# Bash speaks to a port by itself: starting an interpreter for each record would be counted as the client's time.
HOOK = Template("""\
#!/bin/bash
case $$1 in present) verb=add ;; cleanup) verb=remove ;; *) verb=$$1 ;; esac
name=$${2:-_acme-challenge.$$CERTBOT_DOMAIN} value=$${3:-$$CERTBOT_VALIDATION}
exec 3<>/dev/tcp/127.0.0.1/$port
echo "$$verb $${name%.} $$value" >&3
read -r reply <&3
[[ $$reply == done ]]
""")


@dataclass(frozen=True, slots=True)
class Hook:
    """The program to call: with `add` or `remove` and certbot's variables, or with lego's three arguments."""

    path: Path


@contextmanager
def serving_hooks(internet: Internet, folder: Path) -> Iterator[Hook]:
    """Take what hooks ask for, one at a time, until the context ends."""

    class Handler(socketserver.StreamRequestHandler):
        timeout = 30

        def handle(self) -> None:
            verb, name, value = self.rfile.readline(1000).decode().split()
            (internet.add if verb == "add" else internet.remove)("TXT", name, value)
            self.wfile.write(b"done\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="hooks")
        thread.start()
        try:
            path = folder / "hook.sh"
            path.write_text(HOOK.substitute(port=server.server_address[1]))
            path.chmod(0o755)
            yield Hook(path)
        finally:
            server.shutdown()
            thread.join()
