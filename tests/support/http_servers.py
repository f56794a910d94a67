"""A small web server inside the test that says one thing."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

WAIT_SECONDS = 5


@dataclass
class SaidServer:
    """A listening server and the requests it has heard."""

    address: str
    port: int
    heard: list[bytes] = field(default_factory=list)


@contextmanager
def saying(address: str, said: bytes, tls: ssl.SSLContext | None = None) -> Iterator[SaidServer]:
    """Answer each connection with the given bytes once it has sent a request, on a free port of the address."""
    with socket.create_server((address, 0)) as listener:
        server = SaidServer(address, listener.getsockname()[1])
        thread = threading.Thread(target=_accept, args=(listener, said, server, tls), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(WAIT_SECONDS)


def _accept(listener: socket.socket, said: bytes, server: SaidServer, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, suppress(OSError):  # a client may not like the certificate, or go away
            connection.settimeout(WAIT_SECONDS)
            stream = tls.wrap_socket(connection, server_side=True) if tls else connection
            server.heard.append(stream.recv(4096))
            stream.sendall(said)
            stream.close()
