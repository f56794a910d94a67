"""Certificates over HTTP: what is accepted, what is refused, and how it is said."""

import re
from base64 import b64encode

import pytest

from tests.functions.conftest import Callers

WILDCARD = {"names": ["example.test", "*.example.test"]}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def test_a_wildcard_request_is_answered_with_the_records_to_add(callers: Callers) -> None:
    """202, a place to watch, DNS-01 with its reason, and A, NS and CNAME with random names under the domain."""
    reply = callers.call("POST /v1/certificates", "requester", WILDCARD)
    assert reply.status == 202
    assert reply.headers["location"] == f"/v1/certificates/{reply.json['id']}"
    assert reply.json["challenges"] == {"example.test": "dns-01", "*.example.test": "dns-01"}
    assert "wildcard" in reply.json["challenge_reason"]
    records = reply.json["records"]
    assert [record["type"] for record in records] == ["A", "A", "NS", "CNAME"]
    zone = records[2]["name"]
    assert re.fullmatch(r"acme-[a-z0-9]+\.example\.test", zone)
    assert records[3]["name"] == "_acme-challenge.example.test"
    assert re.fullmatch(UUID + re.escape(f".{zone}"), records[3]["value"])


def test_a_request_without_a_wildcard_is_http_01_and_shows_a_records(callers: Callers) -> None:
    """The A records point at the fixed addresses, after the proof of whose name it is; no zone is made."""
    reply = callers.call("POST /v1/certificates", "requester", {"names": ["www.example.test"]})
    assert reply.json["challenges"] == {"www.example.test": "http-01"}
    proof, *addresses = reply.json["records"]
    assert proof == {"type": "TXT", "name": "_certwright.www.example.test", "value": "proof-own_a"}
    assert [record["value"] for record in addresses] == ["192.0.2.1", "192.0.2.2"]
    assert callers.call("GET /v1/zones").json["items"] == []


def test_names_covered_by_a_wildcard_are_dropped_and_said_so(callers: Callers) -> None:
    """A CA refuses them beside the wildcard."""
    reply = callers.call("POST /v1/certificates", "admin", {"names": ["*.example.test", "www.example.test"]})
    assert reply.json["names"] == ["*.example.test"]
    assert reply.json["dropped_names"] == ["www.example.test"]


def test_names_with_other_letters_are_taken_as_typed(callers: Callers) -> None:
    """U-labels become A-labels."""
    body = {"names": ["bücher.test"], "challenge": {"Bücher.test": "dns-01"}}
    reply = callers.call("POST /v1/certificates", "admin", body)
    assert reply.json["challenges"] == {"xn--bcher-kva.test": "dns-01"}
    assert (reply.json["names"], reply.json["display_names"]) == (["xn--bcher-kva.test"], ["bücher.test"])


def test_what_was_chosen_of_key_profile_and_chain_is_shown(callers: Callers) -> None:
    """Short names of key types are taken too."""
    body = {"names": ["www.example.test"], "key_type": "rsa3072", "reuse_key": True, "profile": "shortlived"}
    reply = callers.call("POST /v1/certificates", "requester", {**body, "preferred_chain": "Root X1"})
    assert reply.status == 202
    shown = [reply.json[name] for name in ("key_type", "reuse_key", "profile", "preferred_chain", "has_csr")]
    assert shown == ["rsa-3072", True, "shortlived", "Root X1", False]


@pytest.mark.parametrize(
    ("body", "status", "field", "code"),
    [
        ({}, 422, "names", "field-missing"),
        ({"names": []}, 422, "names", "names-missing"),
        ({"names": ["a_b.example.test"]}, 422, "names[0]", "label-characters"),
        ({"names": ["ok.example.test", "www.*.example.test"]}, 422, "names[1]", "wildcard-place"),
        ({"names": "example.test"}, 422, "names", "invalid-field"),
        ({"names": [1]}, 422, "names[0]", "invalid-field"),
        ({"names": ["example.test"], "chalenge": "dns-01"}, 422, "chalenge", "unknown-field"),
        ({"names": ["*.example.test"], "challenge": "http-01"}, 422, "challenge", "wildcard-needs-dns-01"),
        ({"names": ["example.test"], "challenge": "tls-alpn-01"}, 422, "challenge", "challenge-type"),
        ({"names": ["example.test"], "challenge": 1}, 422, "challenge", "invalid-field"),
        ({"names": ["example.test"], "challenge": {"example.test": 1}}, 422, "challenge", "invalid-field"),
        ({"names": ["example.test"], "challenge": {"b.test": "dns-01"}}, 422, "challenge", "challenge-name"),
        ({"names": ["example.test"], "key_type": "rsa512"}, 422, "key_type", "key-type"),
        ({"names": ["192.0.2.7", "*.example.test"]}, 422, "names", "address-with-wildcard"),
        ({"names": ["192.0.2.7"], "challenge": "dns-01"}, 422, "challenge", "address-needs-http-01"),
        ({"names": ["example.test"], "profile": "gold"}, 422, "profile", "profile-not-offered"),
        ({"names": ["example.test"], "csr": "CSR"}, 422, "csr", "csr"),
        ({"names": ["example.test"], "csr": "CSR", "reuse_key": True}, 422, "csr", "csr-and-key"),
        ({"names": [f"n{at}.example.test" for at in range(101)]}, 422, "names", "too-many-names"),
    ],
)
def test_bad_input_names_the_field_and_stores_nothing(
    callers: Callers, body: object, status: int, field: str, code: str
) -> None:
    """Each is an RFC 9457 problem, and neither certificate nor zone is there afterwards."""
    reply = callers.call("POST /v1/certificates", "admin", body)
    assert (reply.status, reply.json["field"], reply.json["code"]) == (status, field, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["instance"].endswith("request-1")
    assert callers.call("GET /v1/certificates").json["items"] == []
    assert callers.call("GET /v1/zones").json["items"] == []


@pytest.mark.parametrize("raw", ["{names", "[" * 60_000, '{"names": ' + "9" * 5000 + "}"])
def test_a_body_that_is_not_json_is_said_so(callers: Callers, raw: str) -> None:
    """400, and the field is the body; what is too deep, or a number too long, to be parsed is none either."""
    reply = callers.call("POST /v1/certificates", raw=raw)
    assert (reply.status, reply.json["code"], reply.json["field"]) == (400, "malformed-json", "body")


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b64encode(b'{"names": ["a.test"]}'), 202), (b64encode(b"\xff\xfe{"), 400), (b"a", 400), (b"!!!!", 400)],
)
def test_a_body_in_base64_is_read_or_refused(callers: Callers, sent: bytes, status: int) -> None:
    """The gateway sends what it takes for binary that way; what then is no JSON in UTF-8 is said so."""
    assert callers.call("POST /v1/certificates", raw=sent.decode(), is_base64=True).status == status


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_of_another_type_is_refused(callers: Callers, kind: str) -> None:
    """415, and the sentence says which header to send."""
    reply = callers.call("POST /v1/certificates", raw='{"names": ["a.test"]}', headers={"content-type": kind})
    assert (reply.status, reply.json["code"], reply.json["field"]) == (415, "not-json", "content-type")


def test_a_body_that_is_too_large_is_refused(callers: Callers) -> None:
    """413 before anything is parsed."""
    reply = callers.call("POST /v1/certificates", raw='{"names": ["' + "a" * 70_000 + '"]}')
    assert (reply.status, reply.json["code"]) == (413, "body-too-large")


def test_two_identical_requests_with_one_idempotency_key_make_one_certificate(callers: Callers) -> None:
    """The second answers with the first; another body under the key is refused."""
    key = {"idempotency-key": "k1"}
    first = callers.call("POST /v1/certificates", body=WILDCARD, headers=key)
    second = callers.call("POST /v1/certificates", body=WILDCARD, headers=key)
    other = callers.call("POST /v1/certificates", body={"names": ["b.test"]}, headers=key)
    assert second.json["id"] == first.json["id"]
    assert (other.status, other.json["code"]) == (422, "idempotency-key-reused")
    assert len(callers.call("GET /v1/certificates").json["items"]) == 1


def test_an_http_01_name_held_by_another_owner_is_refused_without_naming_them(callers: Callers) -> None:
    """409 name-held, and nothing is stored for the second owner."""
    callers.call("POST /v1/certificates", "requester", {"names": ["www.example.test"]})
    reply = callers.call("POST /v1/certificates", "other", {"names": ["b.test", "www.example.test"]})
    assert (reply.status, reply.json["code"]) == (409, "name-held")
    assert "own_a" not in reply.body
    assert callers.call("GET /v1/certificates", "other").json["items"] == []
    assert callers.call("POST /v1/certificates", "requester", {"names": ["b.test"]}).status == 202


def test_a_certificate_of_another_owner_does_not_exist_for_a_caller(callers: Callers) -> None:
    """404 for reading, checking, deleting and its events; an admin sees it."""
    made = callers.call("POST /v1/certificates", "other", WILDCARD).json["id"]
    for route in (
        "GET /v1/certificates/{id}",
        "DELETE /v1/certificates/{id}",
        "POST /v1/certificates/{id}/check",
        "GET /v1/certificates/{id}/events",
        "GET /v1/certificates/{id}/attempts",
    ):
        assert callers.call(route, "requester", id=made).status == 404
    assert callers.call("GET /v1/certificates/{id}", "admin", id=made).status == 200


def test_check_now_wakes_and_delete_marks(callers: Callers) -> None:
    """Both are accepted (202); the deleted one says so."""
    made = callers.call("POST /v1/certificates", "requester", WILDCARD).json["id"]
    assert callers.call("POST /v1/certificates/{id}/check", "requester", id=made).status == 202
    reply = callers.call("DELETE /v1/certificates/{id}", "requester", id=made)
    assert (reply.status, reply.json["state"]) == (202, "deleting")
    events = callers.call("GET /v1/certificates/{id}/events", "requester", id=made).json["items"]
    assert events[-1]["reason"] == "requested"


def test_an_unknown_id_is_not_found(callers: Callers) -> None:
    """The problem names what was asked for."""
    reply = callers.call("GET /v1/certificates/{id}", id="crt_none")
    assert (reply.status, reply.json["code"]) == (404, "not-found")
    assert "crt_none" in reply.json["detail"]


def test_the_list_pages(callers: Callers) -> None:
    """A cursor leads through all of them, newest first, each once."""
    made = [callers.call("POST /v1/certificates", body={"names": [f"n{at}.test"]}).json["id"] for at in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = callers.call("GET /v1/certificates", query=query).json
        seen += [item["id"] for item in page["items"]]
        cursor = page["cursor"]
        if not cursor:
            break
    assert sorted(seen) == sorted(made)
    assert len(seen) == 5
