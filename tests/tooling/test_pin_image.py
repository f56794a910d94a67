"""tools/pin_image.py, against a registry on this machine."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from local.template import load
from tools.pin_image import STOCK_IMAGE, NoDigest, find_digest, main, split

MANIFEST = b'{"schemaVersion": 2, "config": {}}'


class Registry(HTTPServer):
    """A registry that wants a token, as public ones do."""

    url = ""
    manifest = MANIFEST
    challenge = 'Bearer realm="{url}/token/",service="here",scope="repository:lambda/python:pull"'


class Handler(BaseHTTPRequestHandler):
    """Answers for one tag."""

    server: Registry

    def do_GET(self) -> None:
        if self.path == "/token/?service=here&scope=repository%3Alambda%2Fpython%3Apull":
            self._reply(200, b'{"token": "given"}')
        elif self.headers.get("authorization") != "Bearer given":
            self._reply(401, b"", self.server.challenge.format(url=self.server.url))
        elif self.path == "/v2/lambda/python/manifests/3.13-arm64" and "oci.image.index" in self.headers["accept"]:
            self._reply(200, self.server.manifest)
        else:
            self._reply(404, b"")

    def _reply(self, status: int, body: bytes, challenge: str = "") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if challenge:
            self.send_header("www-authenticate", challenge)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def registry() -> Iterator[Registry]:
    """Run a registry."""
    with Registry(("127.0.0.1", 0), Handler) as server:
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_digest_is_that_of_the_manifest(registry: Registry) -> None:
    """After the token that everybody gets."""
    assert find_digest(registry.url, "lambda/python", "3.13-arm64") == f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"


@pytest.mark.parametrize(
    ("tag", "manifest", "challenge", "said"),
    [
        ("other", MANIFEST, Registry.challenge, "answered 404 for lambda/python:other"),
        ("3.13-arm64", b'{"errors": []}', Registry.challenge, "is no manifest"),
        ("3.13-arm64", b"<html>", Registry.challenge, "can't be asked"),
        ("3.13-arm64", MANIFEST, 'Basic realm="x"', "can't be asked"),
        ("3.13-arm64", MANIFEST, "Negotiate", "asks for more than a token"),
    ],
    ids=["no such tag", "no manifest", "no JSON", "other realm", "no token"],
)
def test_a_registry_that_says_something_else_is_named(
    registry: Registry, tag: str, manifest: bytes, challenge: str, said: str
) -> None:
    """No digest is better than a wrong one."""
    registry.manifest, registry.challenge = manifest, challenge
    with pytest.raises(NoDigest, match=said):
        find_digest(registry.url, "lambda/python", tag)


def test_it_pins_what_the_template_names() -> None:
    """Without an argument it is about the default of NodeImage."""
    assert load().parameters["NodeImage"] == STOCK_IMAGE
    assert split(STOCK_IMAGE) == ("public.ecr.aws", "lambda/python", "3.13-arm64")


@pytest.mark.parametrize(
    "image", ["python", "host/name", "host/name@sha256:00", "https://host/name:1", "127.0.0.1:1/a:1"]
)
def test_what_can_not_be_asked_is_one_line(image: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And the exit status says that there is nothing to deploy with."""
    assert main([image]) == 1
    assert capsys.readouterr().err.startswith("pin_image: ")
