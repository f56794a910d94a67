"""DNS providers that records are added at, the same in memory, at Route 53 (moto) and at Cloudflare's API."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from certwright.adapters import aws
from certwright.adapters.cloudflare import CloudflareZones
from certwright.adapters.dns_providers import OpenedProviders
from certwright.adapters.egress import Egress, parse_allow_list
from certwright.adapters.route53 import Route53Zones
from certwright.domain.errors import Conflict, InvalidRequest, NotAllowed, Unavailable
from certwright.domain.record_sets import RecordSet
from certwright.domain.records import Record
from certwright.ports import DnsProvider
from tests.fakes.dns_providers import FakeDnsProvider
from tests.support.cloudflare_server import TOKEN, Cloudflare, cloudflare

ZONES = ("example.com", "deep.example.com", "example.net")
CNAME = RecordSet("CNAME", "_acme-challenge.example.com", ("uuid.acme.example.com",))
ADDRESSES = RecordSet("A", "ns.example.com", ("192.0.2.1", "192.0.2.2"))
DELEGATION = RecordSet("NS", "acme.example.com", ("ns.example.com",))
PROOF = RecordSet("TXT", "_certwright.example.com", ('proof "of" \\ owner',))


@dataclass(frozen=True, slots=True)
class Held:
    """A provider with the three zones, and a way of adding to it as its user does."""

    provider: DnsProvider
    put: Callable[[str, str, str, str], None]


@pytest.fixture
def served() -> Iterator[Cloudflare]:
    """Cloudflare's API on this machine."""
    with cloudflare() as state:
        for name in ZONES:
            state.add_zone(name)
        yield state


@pytest.fixture
def hosted(aws_environment: None) -> Iterator[Any]:
    """Route 53 in this process."""
    with mock_aws():
        yield boto3.client("route53")


@pytest.fixture(params=["fake", "route53", "cloudflare"])
def held(request: pytest.FixtureRequest) -> Held:
    if request.param == "fake":
        fake = FakeDnsProvider(*ZONES)
        return Held(fake, lambda _, type, name, value: fake.records.append(Record(type, name, value)))
    if request.param == "cloudflare":
        state = request.getfixturevalue("served")
        return Held(_at(state), state.add)
    client = request.getfixturevalue("hosted")
    ids = {name: _host(client, name) for name in ZONES}
    return Held(Route53Zones(client, tuple(ids.values())), lambda zone, *record: _put(client, ids[zone], *record))


def _at(state: Cloudflare, token: str = TOKEN) -> CloudflareZones:
    port = urlsplit(state.url).port
    return CloudflareZones(Egress(allow=parse_allow_list(f"127.0.0.0/8:{port}")), token, state.url)


def _host(client: Any, name: str, **config: Any) -> str:
    made = client.create_hosted_zone(Name=f"{name}.", CallerReference=name, **config)
    return str(made["HostedZone"]["Id"]).rpartition("/")[2]


def _put(client: Any, zone_id: str, type: str, name: str, value: str) -> None:
    described = {"Name": f"{name}.", "Type": type, "TTL": 60, "ResourceRecords": [{"Value": value}]}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": described}]}
    client.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)


def test_the_zone_with_the_longest_name_is_taken(held: Held) -> None:
    """A zone whose name merely ends alike is another's."""
    holders = {
        "_acme-challenge.example.com": "example.com",
        "example.com": "example.com",
        "_acme-challenge.www.deep.example.com": "deep.example.com",
        "ns.example.net": "example.net",
        "notexample.com": None,
        "www.example.org": None,
    }
    found = {name: held.provider.find_zone(name) for name in holders}
    assert {name: zone.name if zone else None for name, zone in found.items()} == holders


def test_what_was_created_is_listed_as_it_was_asked_for(held: Held) -> None:
    """Values come back in our form, without final dots and quotes, so that asking again finds it standing."""
    for wanted in (CNAME, ADDRESSES, DELEGATION, PROOF):
        zone = held.provider.find_zone(wanted.name)
        assert zone is not None
        assert held.provider.list_records(zone, wanted.name) == ()
        held.provider.create(zone, wanted)
        listed = held.provider.list_records(zone, wanted.name)
        assert sorted(listed, key=lambda item: item.value) == list(wanted.records)
        with pytest.raises(Conflict):
            held.provider.create(zone, wanted)
        assert held.provider.list_records(zone, wanted.name) == listed


def test_records_of_other_names_are_not_listed(held: Held) -> None:
    """Neither those below nor those that come next."""
    held.put("example.com", "A", "www.example.com", "192.0.2.7")
    held.put("example.com", "A", "a.www.example.com", "192.0.2.8")
    held.put("example.com", "A", "wwx.example.com", "192.0.2.9")
    zone = held.provider.find_zone("www.example.com")
    assert zone is not None
    assert held.provider.list_records(zone, "www.example.com") == (Record("A", "www.example.com", "192.0.2.7"),)


def test_a_record_that_came_since_the_look_is_kept(served: Cloudflare) -> None:
    """Cloudflare itself refuses a CNAME beside others (Route 53 does too; moto compares whole sets only)."""
    served.add("example.com", "CNAME", CNAME.name, "other.example.com")
    adapter = _at(served)
    zone = adapter.find_zone(CNAME.name)
    assert zone is not None
    with pytest.raises(Conflict, match="already exists"):
        adapter.create(zone, CNAME)
    assert adapter.list_records(zone, CNAME.name) == (Record("CNAME", CNAME.name, "other.example.com"),)


def test_a_private_hosted_zone_is_passed_over(hosted: Any) -> None:
    """No CA sees what stands there."""
    network = {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}
    private = _host(hosted, "example.com", VPC=network, HostedZoneConfig={"PrivateZone": True})
    assert Route53Zones(hosted, (private,)).find_zone("www.example.com") is None


def test_an_alias_is_told_with_its_target(hosted: Any) -> None:
    """It has no values, and stands all the same."""
    zone_id = _host(hosted, "example.com")
    target = {"HostedZoneId": "Z35SXDOTRQ7X7K", "DNSName": "lb.example.net.", "EvaluateTargetHealth": False}
    alias = {"Name": "www.example.com.", "Type": "A", "AliasTarget": target}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": alias}]}
    hosted.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)
    adapter = Route53Zones(hosted, (zone_id,))
    zone = adapter.find_zone("www.example.com")
    assert zone is not None
    assert adapter.list_records(zone, "www.example.com") == (Record("A", "www.example.com", "alias of lb.example.net"),)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("NoSuchHostedZone", NotAllowed),
        ("AccessDenied", NotAllowed),
        ("InvalidChangeBatch", Conflict),
        ("PriorRequestNotComplete", Unavailable),
        ("Throttling", Unavailable),
    ],
)
def test_what_route_53_refuses_has_a_meaning(code: str, error: type[Exception]) -> None:
    """Whether to ask again, to ask an operator, or to look at what stands."""

    class Refusing:
        def get_hosted_zone(self, **_: object) -> None:
            document = {"Error": {"Code": code, "Message": "as it says"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
            raise ClientError(document, "GetHostedZone")  # type: ignore[arg-type]  # the fields that matter

    with pytest.raises(error):
        Route53Zones(Refusing(), ("Z1",)).find_zone("example.com")


def test_another_accounts_zones_are_opened_by_a_role(aws_environment: None) -> None:
    """With the external id; the records then are that role's doing."""
    with mock_aws():
        aws.reset()
        zone_id = _host(boto3.client("route53"), "example.com")
        opened = OpenedProviders(
            Egress(),
            hosted_zones=(f"arn:aws:route53:::hostedzone/{zone_id}",),
            role="arn:aws:iam::123456789012:role/dns",
            external_id="certwright",
        ).route53()
        zone = opened.find_zone(CNAME.name)
        assert zone is not None
        opened.create(zone, CNAME)
        assert opened.list_records(zone, CNAME.name) == CNAME.records
        aws.reset()


def test_without_hosted_zones_route_53_is_off() -> None:
    """The sentence says what an operator can do."""
    with pytest.raises(NotAllowed, match="Route53Zones"):
        OpenedProviders(Egress()).route53()


def test_cloudflare_gets_the_token_in_one_header_and_records_unproxied(served: Cloudflare) -> None:
    """Never in a URL or a body; addresses and aliases answer as they are written."""
    adapter = _at(served)
    for wanted in (CNAME, ADDRESSES, DELEGATION, PROOF):
        zone = adapter.find_zone(wanted.name)
        assert zone is not None
        adapter.create(zone, wanted)
    assert all(headers["authorization"] == f"Bearer {TOKEN}" for _, _, headers, _ in served.requests)
    assert not any(TOKEN in target or TOKEN in body for _, target, _, body in served.requests)
    (records, *_) = served.records.values()
    assert [item.get("proxied") for item in records if item["type"] in ("A", "CNAME")] == [False, False, False]


def test_a_proxied_record_is_not_taken_for_one_that_stands(served: Cloudflare) -> None:
    """It answers with Cloudflare's addresses, whatever is written in it."""
    served.add("example.com", "A", "ns.example.com", "192.0.2.1", proxied=True)
    adapter = _at(served)
    zone = adapter.find_zone("ns.example.com")
    assert zone is not None
    assert adapter.list_records(zone, "ns.example.com") == (Record("A", "ns.example.com", "192.0.2.1 (proxied)"),)


REFUSED = b'{"success":false,"errors":[{"code":1004,"message":"DNS Validation Error"}],"messages":[],"result":null}'
BAD_HEADER = b'{"success":false,"errors":[{"code":6003,"message":"Invalid request headers"}],"result":null}'


TROUBLE: dict[str, tuple[int, dict[str, str], bytes, type[Exception]]] = {
    "unknown-token": (401, {}, b"{}", InvalidRequest),
    "forbidden": (403, {}, b"not JSON", InvalidRequest),
    "bad-header": (400, {}, BAD_HEADER, InvalidRequest),
    "too-many": (429, {"retry-after": "17"}, b"", Unavailable),
    "server-error": (500, {}, b"<html>", Unavailable),
    "redirect": (302, {"location": "http://127.0.0.1:1/"}, b"", Unavailable),
    "not-json": (200, {}, b"not JSON", Unavailable),
    "deep-json": (200, {}, b"[" * 100_000, Unavailable),
    "no-success": (200, {}, b'{"success": false}', Unavailable),
    "cut-short": (200, {"content-length": "9999"}, b'{"success": true}', Unavailable),
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_what_cloudflare_answers_has_a_meaning(served: Cloudflare, trouble: str) -> None:
    """A token that counts nowhere is the caller's to correct; all else is to be tried again. Redirects lead nowhere."""
    status, headers, body, error = TROUBLE[trouble]
    served.says = (status, headers, body)
    with pytest.raises(error) as raised:
        _at(served).find_zone("example.com")
    assert TOKEN not in str(raised.value)
    if status == 429:
        assert isinstance(raised.value, Unavailable)
        assert raised.value.retry_after_seconds == 17


@pytest.mark.parametrize("result", [b"null", b"7", b'["x"]', b"[{}]", b'[{"name":"example.com"}]', b'{"id":1}'])
def test_a_strange_result_is_no_zone(served: Cloudflare, result: bytes) -> None:
    """Nothing is written to a zone that is not told clearly."""
    served.says = (200, {}, b'{"success":true,"result":' + result + b"}")
    assert _at(served).find_zone("example.com") is None


def test_what_cloudflare_refuses_of_a_record_is_told_in_its_words(served: Cloudflare) -> None:
    """And a token that may look and not edit is told so."""
    adapter = _at(served)
    zone = adapter.find_zone("example.com")
    assert zone is not None
    served.says = (400, {}, REFUSED)
    with pytest.raises(NotAllowed, match=r"DNS Validation Error \(1004\)"):
        adapter.create(zone, CNAME)
    served.says, served.may_edit = None, False
    with pytest.raises(NotAllowed, match="permission"):
        adapter.create(zone, CNAME)


def test_a_silent_cloudflare_is_not_waited_for(served: Cloudflare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one that is not there: whoever asked gets an answer."""
    monkeypatch.setattr("certwright.adapters.cloudflare.READ_SECONDS", 0.2)
    served.may_answer.clear()
    with pytest.raises(Unavailable, match="did not answer"):
        _at(served).find_zone("example.com")
    served.url = served.url.replace("127.0.0.1", "127.0.0.2")
    with pytest.raises(Unavailable, match="did not answer"):
        _at(served).find_zone("example.com")


def test_a_host_that_the_egress_policy_keeps_from_us_is_not_asked(served: Cloudflare) -> None:
    """The policy holds for this host as for every other."""
    with pytest.raises(Unavailable, match="may not be reached"):
        CloudflareZones(Egress(), TOKEN, served.url).find_zone("example.com")
    assert served.requests == []


@pytest.mark.parametrize(
    "token", ["", "short", "with space 0123456789012345", "line\r\nHost: x 012345678901234567", "x" * 401]
)
def test_what_is_no_token_is_never_sent(served: Cloudflare, token: str) -> None:
    """Nor shown in the refusal."""
    with pytest.raises(InvalidRequest) as refused:
        _at(served, token)
    assert refused.value.field == "token"
    assert not token or token not in refused.value.sentence
