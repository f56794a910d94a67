"""The client on a server that is a list of replies: no socket is used."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from certwright_cli.api import Api
from certwright_cli.base import Session
from certwright_cli.connection import Connection, Json, Reply
from certwright_cli.program import main
from tests.support.cli_program import Ran


@dataclass
class Script(Connection):
    """Gives one reply after the other, and the last one again and again; notes what was asked."""

    replies: deque[Reply] = field(default_factory=deque)
    asked: list[tuple[str, str, Json | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__("https://certs.example.com", "cw_x_y", lambda _: None, lambda _: None)

    def say(self, *documents: object, status: int = 200, **headers: str) -> None:
        """Add replies."""
        for document in documents:
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.replies.append(Reply(status, headers, content))

    def _send(self, method: str, path: str, body: Json | None, headers: Mapping[str, str]) -> Reply:
        self.asked.append((method, path, body))
        return self.replies.popleft() if len(self.replies) > 1 else self.replies[0]


type Run = Callable[..., Ran]


@pytest.fixture
def server() -> Script:
    """A server that says nothing yet."""
    return Script()


@pytest.fixture
def run(server: Script, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command on the scripted server; waiting takes no time."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setattr("certwright_cli.waiting.PAUSES_SECONDS", (0.0,))

    def go(*words: str) -> Ran:
        session = Session()
        session.__dict__["api"] = Api(server)
        code = main(words, session)
        seen = capsys.readouterr()
        return Ran(int(code), seen.out, seen.err)

    return go


def certificate(**fields: Any) -> Json:
    """Write a certificate as the API shows it while its records are missing."""
    problem = {
        "code": "cname-missing",
        "message": "Add the CNAME.",
        "actor": "user",
        "subject": "_acme-challenge.example.com",
        "wanted": "u.acme.example.com",
        "found": "nothing",
        "ca_problem": None,
    }
    shown: Json = {
        "id": "crt_1",
        "owner": "own_a",
        "names": ["*.example.com", "example.com"],
        "dropped_names": ["www.example.com"],
        "challenge_reason": "DNS-01, because *.example.com is a wildcard.",
        "key_type": "ec256",
        "profile": "",
        "ca": "le",
        "state": "waiting",
        "reason": "cname-missing",
        "message": "Add the CNAME.",
        "problem": problem,
        "records": [
            {"type": "A", "name": "ns.example.com", "value": "192.0.2.1"},
            {"type": "NS", "name": "acme.example.com", "value": "ns.example.com"},
            {"type": "CNAME", "name": "_acme-challenge.example.com", "value": "u.acme.example.com"},
            {"type": "TXT", "name": "_certwright.example.com", "value": 'a "quoted" \\ value'},
        ],
        "checks": [{"identifier": "example.com", "stands": False, "problem": problem}],
        "checked_at": "2026-11-22T09:00:00Z",
        "created_at": "2026-11-22T08:00:00Z",
        "next_look_at": "2026-11-22T09:05:00Z",
        "current": None,
        "renew_at": None,
        "renewal_explanation_url": None,
        "failed_attempts": 0,
        "attempt": None,
    }
    return {**shown, **fields}


def issued(version: int = 1, **fields: Any) -> Json:
    """Write a certificate as the API shows it once it is issued."""
    current = {
        "version": version,
        "names": ["*.example.com", "example.com"],
        "serial": "0a",
        "issuer": "CN=CA",
        "not_after": "2027-02-20T09:00:00Z",
    }
    stands = [{"identifier": "example.com", "stands": True, "problem": None}]
    message = "It is issued and renews in time."
    return certificate(
        **{"state": "issued", "message": message, "problem": None, "checks": stands, "current": current, **fields}
    )
