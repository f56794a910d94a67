"""The records in other tools' forms, and added at a provider: what is asked of the server, printed, and kept secret."""

import io
import json
from typing import Any

import pytest

from tests.unit.cli.conftest import Run, Script

TOKEN = "v1-0123456789abcdef0123456789abcdef"
PATH = "/v1/certificates/crt_1/records"
ADDED = {"type": "A", "name": "ns.example.com", "value": "192.0.2.1", "outcome": "added", "message": "", "found": []}
CONFLICT = {
    "type": "CNAME",
    "name": "_acme-challenge.example.com",
    "value": "u.acme.example.com",
    "outcome": "conflict",
    "message": "Something else stands there.",
    "found": ["CNAME other.example.net"],
}


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the token that the machine's user may have."""
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)


@pytest.mark.parametrize("form", ["bind", "terraform", "terraform-cloudflare", "route53"])
def test_a_form_is_printed_as_it_comes(run: Run, server: Script, form: str) -> None:
    """Line by line, to be sent to a file; what would steer a terminal is taken out."""
    server.say(b"one {\n  two\x1b[2J = 3\n}\n")
    ran = run("records", "crt_1", "--format", form, "--missing", "--domain", "example.com")
    assert (ran.code, ran.output) == (0, "one {\n  two [2J = 3\n}\n")
    assert server.asked == [("GET", f"{PATH}?format={form}&missing=true&domain=example.com", None)]


def test_without_a_form_the_records_are_shown_as_everywhere(run: Run, server: Script) -> None:
    """A table, and lines of a zone file; JSON on demand."""
    document = {"records": [{"type": "A", "name": "ns.example.com", "value": "192.0.2.1"}]}
    server.say(document)
    assert "  A     ns.example.com  192.0.2.1" in run("records", "crt_1").output.splitlines()
    assert json.loads(run("records", "crt_1", "--json").output) == document
    assert json.loads(run("records", "crt_1", "--format", "json").output) == document


def test_a_zones_records_are_asked_for_by_its_id(run: Run, server: Script) -> None:
    """What is for certificates is refused."""
    server.say(b"acme.example.com. 300 IN NS ns.example.com.\n")
    assert run("records", "zon_1", "--format", "bind").output == "acme.example.com. 300 IN NS ns.example.com.\n"
    assert server.asked == [("GET", "/v1/zones/zon_1/records?format=bind", None)]
    assert run("records", "zon_1", "--missing").code == 2


@pytest.mark.parametrize(("items", "code"), [([ADDED], 0), ([ADDED, CONFLICT], 10), ([], 0)])
def test_what_each_record_came_to_is_shown(run: Run, server: Script, items: list[Any], code: int) -> None:
    """With what stands in the way; the exit code says whether all stand now."""
    server.say({"items": items})
    ran = run("records", "crt_1", "--add", "route53")
    assert ran.code == code
    assert server.asked == [("POST", f"{PATH}/add", {"provider": "route53"})]
    assert ("Found: CNAME other.example.net." in ran.output) is (CONFLICT in items)
    assert items or ran.output == "Nothing is missing.\n"


def test_adding_is_not_sent_twice(run: Run, server: Script) -> None:
    """A server that fails may have added some of them: whoever asks decides."""
    server.say({"code": "unavailable", "detail": "Ask again."}, status=503)
    assert run("records", "crt_1", "--add", "route53").code == 8
    assert len(server.asked) == 1


@pytest.mark.parametrize("way", ["variable", "standard input"])
def test_cloudflares_token_goes_into_the_body_only(
    run: Run, server: Script, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """From where no other user of the machine can read it, and to nowhere else."""
    if way == "variable":
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)
    else:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{TOKEN}\n"))
    server.say({"items": [ADDED]})
    ran = run("records", "crt_1", "--add", "cloudflare", "--debug", "--json")
    assert server.asked == [("POST", f"{PATH}/add", {"provider": "cloudflare", "token": TOKEN})]
    assert TOKEN not in ran.output + ran.errors


@pytest.mark.parametrize("typed", ["", "two words", "line\x07"])
def test_what_is_no_token_is_not_sent(run: Run, server: Script, monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    """Nor printed."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    ran = run("records", "crt_1", "--add", "cloudflare")
    assert (ran.code, server.asked) == (2, [])
    assert not typed or typed not in ran.errors


def test_adding_takes_no_other_option(run: Run, server: Script) -> None:
    """Else half of a wish would go unheard."""
    assert run("records", "crt_1", "--add", "route53", "--format", "bind").code == 2
    assert server.asked == []
