"""DNS over UDP and TCP on one address and port, each query answered by a function."""

import socket
import socketserver
import struct
import threading
from contextlib import ExitStack
from io import BufferedIOBase
from typing import Self

from local.provider_wire import Responder

IDLE_SECONDS = 10.0


class _UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    allow_reuse_address = False
    max_packet_size = 4096


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


class DnsSockets:
    """Serve `respond` over UDP and TCP (RFC 7766) from entering to leaving the context."""

    def __init__(self, endpoint: tuple[str, int], respond: Responder) -> None:
        with ExitStack() as undo:
            self._udp = undo.enter_context(_UdpServer(endpoint, _udp_handler(respond)))
            self._tcp = undo.enter_context(_TcpServer(endpoint, _tcp_handler(respond)))
            self._close = undo.pop_all()
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.05,), name=f"dns-{endpoint[0]}", daemon=True)
            for server in (self._udp, self._tcp)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._udp.shutdown()
        self._tcp.shutdown()
        for thread in self._threads:
            thread.join()
        self._close.close()


def _udp_handler(respond: Responder) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query, sock = self.request
            reply = respond(query, False)
            if reply is not None:
                sock.sendto(reply, self.client_address)

    return Handler


def _tcp_handler(respond: Responder) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        timeout = IDLE_SECONDS

        def handle(self) -> None:
            """Answer one framed query after the other until the peer closes or idles (RFC 1035 §4.2.2)."""
            try:
                while (query := _read_frame(self.rfile)) is not None:
                    reply = respond(query, True)
                    if reply is None:
                        return
                    self.wfile.write(struct.pack("!H", len(reply)) + reply)
            except (TimeoutError, ConnectionError):
                return

    return Handler


def exchange(query: bytes, endpoint: tuple[str, int], *, is_tcp: bool, seconds: float) -> bytes:
    """Send one query and wait for the reply; `OSError` where none comes in time."""
    kind = socket.SOCK_STREAM if is_tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.settimeout(seconds)
        sock.connect(endpoint)
        if not is_tcp:
            sock.send(query)
            return sock.recv(65535)
        sock.sendall(struct.pack("!H", len(query)) + query)
        with sock.makefile("rb") as stream:
            reply = _read_frame(stream)
        if reply is None:
            raise ConnectionError("the connection closed before the reply was whole")
        return reply


def _read_frame(stream: BufferedIOBase) -> bytes | None:
    size = stream.read(2)
    if len(size) < 2:
        return None
    (length,) = struct.unpack("!H", size)
    query = stream.read(length)
    return query if len(query) == length else None
