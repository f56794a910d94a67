"""Lambda's GetLayerVersion and the bucket behind it, on a loopback port, each with the replies that a test wants."""

import base64
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tests.support.serving import serving


def pack(files: dict[str, str]) -> bytes:
    """Make an archive of these files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


@dataclass(slots=True)
class Reply:
    """A status and a body; `cut` bytes of it are promised and never sent, `drip` seconds pass after each kilobyte."""

    status: int = 200
    body: bytes = b""
    cut: int = 0
    drip: float = 0.0


@dataclass(slots=True)
class LayerServer:
    """The layers by ARN; the replies in `lambda_first` and `bucket_first` come before the true ones."""

    layers: dict[str, bytes]
    lambda_first: list[Reply] = field(default_factory=list)
    bucket_first: list[Reply] = field(default_factory=list)
    told: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def reply(self, target: str) -> Reply:
        """Answer one request for a path."""
        self.asked.append(target)
        parts = urlsplit(target)
        if parts.path.startswith("/bucket/"):
            return self.bucket_first.pop(0) if self.bucket_first else Reply(body=self.layers[parts.path[8:]])
        if self.lambda_first:
            return self.lambda_first.pop(0)
        (layer,) = parse_qs(parts.query)["Arn"]
        if layer not in self.layers:
            return Reply(404, b'{"Type": "User", "message": "no such version"}')
        return Reply(body=json.dumps({"Content": self._content(layer)}).encode())

    def _content(self, layer: str) -> dict[str, object]:
        archive = self.layers[layer]
        digest = base64.b64encode(hashlib.sha256(archive).digest()).decode()
        location = f"{self.url}/bucket/{layer}?X-Amz-Signature=secret"
        return {"Location": location, "CodeSha256": digest, "CodeSize": len(archive)} | self.told

    @contextmanager
    def serving(self) -> Iterator[Self]:
        """Serve while the context lasts."""
        with serving(self._handler()) as address:
            self.url = f"http://{address}"
            try:
                yield self
            finally:
                self.ended.set()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        layers = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                reply = layers.reply(self.path)
                self.send_response(reply.status)
                if reply.status == 403:
                    self.send_header("x-amzn-ErrorType", "AccessDeniedException")
                self.send_header("content-length", str(len(reply.body) + reply.cut))
                self.end_headers()
                step = 1024 if reply.drip else len(reply.body) or 1
                for start in range(0, len(reply.body), step):
                    self.wfile.write(reply.body[start : start + step])
                    layers.ended.wait(reply.drip)

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        return Handler
