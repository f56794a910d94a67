"""The client in this process, logged in to a server that a test chooses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from certwright_cli import connection
from certwright_cli.base import Session
from certwright_cli.program import main
from tests.support.bundles import make_bundle
from tests.support.cli_program import Ran

type Run = Callable[..., Ran]

TOKEN = "cw_tokweb_TopSecret"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command against `http://127.0.0.1:port`; it tries again without a pause."""
    monkeypatch.setattr(connection, "PAUSES_SECONDS", (0.0, 0.0))
    monkeypatch.setenv("CERTWRIGHT_TOKEN", TOKEN)
    monkeypatch.setenv("CERTWRIGHT_CONFIG", str(tmp_path / "config.json"))

    def go(port: int, *words: str) -> Ran:
        monkeypatch.setenv("CERTWRIGHT_URL", f"http://127.0.0.1:{port}")
        code = main(words, Session())
        seen = capsys.readouterr()
        assert TOKEN not in seen.out + seen.err
        assert "Traceback" not in seen.err
        return Ran(int(code), seen.out, seen.err)

    return go


def reply(status: str, body: object, *headers: str) -> bytes:
    """Write an HTTP reply with a JSON body, or bytes as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "text/html" if isinstance(body, bytes) else "application/json"
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(content)}", "Connection: close"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + content


@pytest.fixture(scope="session")
def bundle_pem() -> bytes:
    """A key with its certificate, and a chain that makes the file larger than a small disk."""
    return make_bundle("example.test")
