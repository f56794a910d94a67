"""A moto server on a loopback port of its own: AWS on one machine (`python -m local.aws`)."""

import threading

from moto.server import ThreadedMotoServer

from local.atomic import make_requests_atomic
from local.ready import announce


def main() -> None:
    """Serve until ended."""
    make_requests_atomic()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    announce(url=f"http://{host}:{port}")
    threading.Event().wait()


if __name__ == "__main__":
    main()
