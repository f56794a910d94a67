"""A stand-in for a user's DNS provider on one machine: authoritative server, resolver and HTTP form.

It serves the root, the top-level zones and the user's zones over UDP and TCP, and refers the asker on below the NS
records its user adds. The resolver is for a test CA. Nothing here knows of Certwright.
"""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack

from local.ending import Ending
from local.provider_http import make_http_server
from local.provider_records import RecordRefusedError
from local.provider_resolver import Resolver, make_recursive_filler
from local.provider_sockets import DnsSockets
from local.provider_store import ProviderStore
from local.provider_wire import make_filler, make_responder
from local.ready import announce


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    options = _parse(arguments)
    ending = Ending(signal.SIGTERM, signal.SIGINT)
    try:
        store = ProviderStore(options.origin or ["example.test"], options.listen[0])
        with ExitStack() as serving:
            http = _serve(serving, options, store)
            announce(dns=_text(options.listen), resolver=_text(options.resolver), http=http)
            ending.wait()
    except (OSError, RecordRefusedError) as error:
        print(f"The DNS provider can't start: {error}", file=sys.stderr)
        return 1
    return 0


def _serve(serving: ExitStack, options: argparse.Namespace, store: ProviderStore) -> str:
    """Start everything within the stack; the address of the front comes back."""
    resolver = Resolver(*options.listen)
    serving.enter_context(DnsSockets(options.listen, make_responder(make_filler(store.answer))))
    serving.enter_context(DnsSockets(options.resolver, make_responder(make_recursive_filler(resolver))))
    front = serving.enter_context(make_http_server(options.http, store))
    thread = threading.Thread(target=front.serve_forever, args=(0.05,), name="http", daemon=True)
    thread.start()
    serving.callback(thread.join)
    serving.callback(front.shutdown)
    host, port = front.server_address[:2]
    return f"{host!s}:{port}"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.provider", description="A stand-in for a DNS provider.")
    parser.add_argument("--listen", type=_endpoint, required=True, help="ADDRESS:PORT of the authoritative server")
    parser.add_argument("--resolver", type=_endpoint, required=True, help="ADDRESS:PORT of the resolver")
    parser.add_argument("--http", type=_endpoint, default=("127.0.0.1", 0), help="ADDRESS:PORT of the form; 0: any")
    parser.add_argument("--origin", action="append", help="a zone of the user, repeatable (default: example.test)")
    return parser.parse_args(arguments)


def _endpoint(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not ADDRESS:PORT")
    return host, int(port)


def _text(endpoint: tuple[str, int]) -> str:
    return f"{endpoint[0]}:{endpoint[1]}"


if __name__ == "__main__":
    sys.exit(main())
