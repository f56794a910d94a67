"""Adding and deleting records: by JSON, by the page's form, and what is refused."""

import json
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode

import pytest

from tests.support.provider_process import Provider

FORM = "application/x-www-form-urlencoded"
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


def send(
    provider: Provider, method: str, path: str, body: str = "", kind: str = "", *, accept: str = "*/*"
) -> tuple[HTTPResponse, str]:
    front = HTTPConnection(*provider.http, timeout=20)
    try:
        front.request(method, path, body, {"Accept": accept, **({"Content-Type": kind} if kind else {})})
        response = front.getresponse()
        return response, response.read().decode()
    finally:
        front.close()


def submit(provider: Provider, path: str, **fields: str) -> tuple[HTTPResponse, str]:
    return send(provider, "POST", path, urlencode(fields), FORM, accept=BROWSER)


def test_records_are_listed_as_they_were_added(provider: Provider) -> None:
    """Names lose their final dot and their case; the TTL is 60 s unless said."""
    provider.add("CNAME", "_Acme-Challenge.Example.test.", "Target.shop.example.")
    record = {"type": "CNAME", "name": "_acme-challenge.example.test", "value": "target.shop.example", "ttl": 60}
    status, body = provider.request("GET", None)
    assert status == 200
    assert json.loads(body) == {"origins": ["example.test", "shop.example"], "records": [record]}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"type": "A", "name": "www.example.test", "value": "localhost"}, "value: A takes an IPv4 address"),
        ({"type": "A", "name": "www.example.test", "value": "::1"}, "value: A takes an IPv4 address"),
        ({"type": "AAAA", "name": "www.example.test", "value": "127.0.0.1"}, "value: AAAA takes an IPv6 address"),
        (
            {"type": "A", "name": "www.other.test", "value": "127.0.0.9"},
            "name: www.other.test is in none of your zones",
        ),
        ({"type": "A", "name": "www", "value": "127.0.0.9"}, "name: www is in none of your zones"),
        ({"type": "A", "name": "a..example.test", "value": "127.0.0.9"}, "name: 'a..example.test' is no domain name"),
        ({"type": "A", "name": f"{'x' * 64}.example.test", "value": "127.0.0.9"}, "is no domain name"),
        ({"type": "CNAME", "name": "example.test", "value": "a.test"}, "the zone's apex, where a CNAME can't stand"),
        ({"type": "CNAME", "name": "held.example.test", "value": "a.test"}, "type: a CNAME can't stand beside other"),
        ({"type": "TXT", "name": "alias.example.test", "value": "x"}, "and alias.example.test has CNAME"),
        ({"type": "A", "name": "held.example.test", "value": "127.0.0.9"}, "has this A record already"),
        ({"type": "NS", "name": "acme.example.test", "value": ""}, "value: '' is no domain name"),
        ({"type": "TXT", "name": "www.example.test", "value": ""}, "value: a TXT record holds 1 to 2048 bytes"),
        ({"type": "MX", "name": "www.example.test", "value": "x"}, "type: choose one of A, AAAA, CNAME, NS, TXT"),
        ({"type": "A", "name": "www.example.test", "value": "127.0.0.9", "ttl": "-1"}, "ttl: give whole seconds"),
        ({"type": "A", "name": "www.example.test", "value": "127.0.0.9", "tll": 5}, "tll: no such field"),
        ([], "body: send a JSON object"),
    ],
)
def test_what_a_zone_cannot_hold_is_refused(provider: Provider, fields: object, told: str) -> None:
    """A refusal is a problem document that names the field; nothing is added."""
    provider.add("A", "held.example.test", "127.0.0.9")
    provider.add("CNAME", "alias.example.test", "held.example.test")
    status, body = provider.request("POST", fields)
    assert status == 422
    assert told in json.loads(body)["detail"]
    assert len(provider.records()) == 2


def test_bad_bodies_are_refused(provider: Provider) -> None:
    """No JSON and too much of it are told, and the server goes on."""
    assert send(provider, "POST", "/records", "{", "application/json")[0].status == 422
    response, body = send(provider, "POST", "/records", "x" * 70000, "application/json")
    assert (response.status, "at most 65536 bytes" in body) == (422, True)
    assert send(provider, "DELETE", "/")[0].status == 404
    assert provider.records() == []


def test_deleting_what_is_not_there_is_told(provider: Provider) -> None:
    """A record is named by type, name and value together."""
    provider.add("TXT", "www.example.test", "one")
    status, body = provider.request("DELETE", {"type": "TXT", "name": "www.example.test", "value": "two"})
    assert (status, "has no TXT record with this value" in body) == (422, True)
    assert len(provider.records()) == 1


def test_the_page_adds_and_deletes(provider: Provider) -> None:
    """The form's POST leads back to the page, which shows the record with a way to delete it."""
    fields = {"type": "A", "name": "www.example.test", "value": "127.0.0.9"}
    response, _ = submit(provider, "/records", **fields, ttl="5")
    assert (response.status, response.getheader("Location")) == (303, "/")
    page = send(provider, "GET", "/")[1]
    assert '<td class="data">www.example.test</td><td>A</td><td class="data">127.0.0.9</td><td>5</td>' in page
    assert submit(provider, "/records/delete", **fields)[0].status == 303
    assert "No records yet." in send(provider, "GET", "/")[1]


def test_a_form_that_no_browser_sends_is_answered_in_json(provider: Provider) -> None:
    """As curl sends it: no page in the terminal, neither of success nor of refusal."""
    fields = {"type": "A", "name": "www.example.test", "value": "127.0.0.9"}
    seen = [send(provider, "POST", path, urlencode(fields), FORM) for path in ("/records",) * 2 + ("/records/delete",)]
    assert [response.status for response, _ in seen] == [201, 422, 204]
    (_, added), (_, refused), _ = seen
    assert json.loads(added) == {**fields, "ttl": 60}
    assert "has this A record already" in json.loads(refused)["detail"]
    assert provider.records() == []


def test_the_page_tells_what_it_refuses_and_escapes_what_it_shows(provider: Provider) -> None:
    """An error stands on the page, and no value becomes markup."""
    response, page = submit(provider, "/records", type="A", name="<b>.example.test", value="127.0.0.9")
    assert response.status == 422
    assert "&lt;b&gt;.example.test" in page
    provider.add("TXT", "www.example.test", "<script>\"'")
    page = send(provider, "GET", "/")[1]
    assert "<script>" not in page
    assert "&lt;script&gt;&quot;&#x27;" in page
