"""Records over HTTP: written in other tools' forms, and added at DNS providers."""

import json
import logging
from typing import Any

import pytest

from certwright.domain.problem import Actor, Problem
from certwright.domain.records import Record
from tests.fakes.dns_providers import FakeDnsProviders
from tests.fakes.record_checks import FakeRecordChecks
from tests.functions.conftest import Callers

RECORDS = "GET /v1/certificates/{id}/records"
ADD = "POST /v1/certificates/{id}/records/add"


@pytest.fixture
def certificate(callers: Callers) -> Any:
    """A wildcard of `example.test`, just requested."""
    return callers.call("POST /v1/certificates", "requester", {"names": ["*.example.test"]}).json


@pytest.mark.parametrize(
    ("form", "media_type", "part"),
    [
        ("json", "application/json", '"type": "CNAME"'),
        ("bind", "text/dns", " 300 IN CNAME "),
        ("terraform", "text/plain", 'resource "aws_route53_record"'),
        ("terraform-cloudflare", "text/plain", 'resource "cloudflare_dns_record"'),
        ("route53", "application/json", '"Action": "CREATE"'),
    ],
)
def test_records_are_written_in_each_form(
    callers: Callers, certificate: Any, form: str, media_type: str, part: str
) -> None:
    """Of a certificate and of its zone, for everybody who may read."""
    reply = callers.call(RECORDS, "viewer", query={"format": form}, id=certificate["id"])
    assert (reply.status, reply.headers["content-type"].partition(";")[0]) == (200, media_type)
    assert part in reply.body
    assert all(record["value"] in reply.body for record in certificate["records"])
    zone = callers.call("GET /v1/zones", "viewer").json["items"][0]
    of_zone = callers.call("GET /v1/zones/{id}/records", "viewer", query={"format": form}, id=zone["id"])
    assert of_zone.status == 200
    assert zone["name_server"] in of_zone.body
    assert "_acme-challenge" not in of_zone.body


def test_json_is_the_default(callers: Callers, certificate: Any) -> None:
    """With the records as the certificate shows them."""
    assert callers.call(RECORDS, "viewer", id=certificate["id"]).json == {"records": certificate["records"]}


def test_only_the_missing_ones_are_written_on_demand(callers: Callers, certificate: Any) -> None:
    """All before the first look."""
    reply = callers.call(RECORDS, "viewer", query={"missing": "true"}, id=certificate["id"])
    assert reply.json == {"records": certificate["records"]}


def test_records_of_one_domain_can_be_asked_for(callers: Callers) -> None:
    """A change batch is for one hosted zone, so that several domains need several."""
    body = {"names": ["*.example.test", "*.other.test", "*.another.test"]}
    made = callers.call("POST /v1/certificates", "requester", body).json
    refused = callers.call(RECORDS, "viewer", query={"format": "route53"}, id=made["id"])
    assert (refused.status, refused.json["code"], refused.json["field"]) == (422, "several-domains", "domain")
    assert all(name in refused.json["detail"] for name in ("example.test", ", other.test", "another.test"))
    query = {"format": "route53", "domain": "other.test"}
    batch = callers.call(RECORDS, "viewer", query=query, id=made["id"]).json
    assert [item["ResourceRecordSet"]["Name"] for item in batch["Changes"]] == ["_acme-challenge.other.test."]


@pytest.mark.parametrize("query", [{"format": "bind9"}, {"missing": "perhaps"}, {"domain": "x" * 254}])
def test_what_is_no_form_is_refused_with_its_field(callers: Callers, certificate: Any, query: dict[str, str]) -> None:
    """422, naming the parameter."""
    reply = callers.call(RECORDS, "viewer", query=query, id=certificate["id"])
    assert (reply.status, reply.json["field"]) == (422, next(iter(query)))


def test_records_of_another_owner_are_not_there(callers: Callers, certificate: Any) -> None:
    """Neither to read nor to add."""
    assert callers.call(RECORDS, "other", id=certificate["id"]).status == 404
    assert callers.call(ADD, "other", {"provider": "route53"}, id=certificate["id"]).status == 404
    zone = callers.call("GET /v1/zones", "requester").json["items"][0]
    assert callers.call("GET /v1/zones/{id}/records", "other", id=zone["id"]).status == 404


def test_who_may_only_read_adds_nothing(callers: Callers, certificate: Any) -> None:
    """The route needs the right to request."""
    assert callers.call(ADD, "viewer", {"provider": "route53"}, id=certificate["id"]).status == 403


def test_an_operator_adds_records_in_the_deployments_zones(callers: Callers, certificate: Any) -> None:
    """Each is told by itself; what stands in the way is shown."""
    providers = callers.desk.providers
    assert isinstance(providers, FakeDnsProviders)
    reply = callers.call(ADD, "admin", {"provider": "route53"}, id=certificate["id"])
    assert reply.status == 200
    told = [{key: item[key] for key in ("type", "name", "value")} for item in reply.json["items"]]
    assert told == certificate["records"]
    assert {item["outcome"] for item in reply.json["items"]} == {"added"}
    assert len(providers.hosted.records) == len(certificate["records"])


def test_a_requester_adds_records_with_a_token_of_the_users(
    callers: Callers, certificate: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is neither in the reply nor in the log."""
    body = {"provider": "cloudflare", "token": FakeDnsProviders.TOKEN}
    with caplog.at_level(logging.DEBUG):
        reply = callers.call(ADD, "requester", body, id=certificate["id"])
    assert {item["outcome"] for item in reply.json["items"]} == {"added"}
    logged = capsys.readouterr().out + caplog.text
    assert "records added" in logged
    assert FakeDnsProviders.TOKEN not in logged + reply.body


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"provider": "godaddy"}, ("provider", "invalid-field")),
        ({"provider": "cloudflare"}, ("token", "provider-token")),
        ({"provider": "cloudflare", "token": "s3cr3t-of-another-kind-0123"}, ("token", "provider-token")),
        ({"provider": "cloudflare", "token": "s3cr3t" * 100}, ("token", "invalid-field")),
        ({"provider": "cloudflare", "token": ["s3cr3t"]}, ("token", "invalid-field")),
        ({"provider": "cloudflare", "tokn": "s3cr3t"}, ("tokn", "unknown-field")),
        ({}, ("provider", "field-missing")),
    ],
    ids=["provider", "no-token", "other-token", "long-token", "token-list", "misspelt", "empty"],
)
def test_a_bad_wish_names_its_field_and_shows_no_secret(
    callers: Callers,
    certificate: Any,
    body: dict[str, Any],
    complaint: tuple[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What was sent is not echoed, into the reply or the log."""
    reply = callers.call(ADD, "requester", body, id=certificate["id"])
    assert (reply.status, (reply.json["field"], reply.json["code"])) == (422, complaint)
    assert "s3cr3t" not in reply.body + capsys.readouterr().out


def test_a_conflict_is_a_result_and_no_failure(callers: Callers, certificate: Any) -> None:
    """200, so that all records are told of."""
    providers, checks = callers.desk.providers, callers.desk.checks
    assert isinstance(providers, FakeDnsProviders)
    assert isinstance(checks, FakeRecordChecks)
    checks.problems["example.test"] = Problem("cname-missing", "Add the CNAME.", Actor.USER)
    alias = certificate["records"][-1]
    providers.hosted.records.append(Record("CNAME", alias["name"], "elsewhere.example.net"))
    reply = callers.call(ADD, "admin", {"provider": "route53"}, id=certificate["id"])
    last = reply.json["items"][-1]
    assert (reply.status, last["outcome"], last["found"]) == (200, "conflict", ["CNAME elsewhere.example.net"])


def test_the_openapi_document_has_the_forms(callers: Callers) -> None:
    """Whoever builds a client finds what may be asked for."""
    document = json.loads(callers.call("GET /v1/openapi.json", "viewer").body)
    parameters = document["paths"]["/v1/certificates/{id}/records"]["get"]["parameters"]
    assert {item["name"] for item in parameters} >= {"format", "missing", "domain"}
