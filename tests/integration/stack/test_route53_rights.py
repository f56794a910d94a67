"""What the functions may do in Route 53: create the records that are asked for, in the zones that an operator named."""

from functools import cache
from typing import Any

import pytest

from certwright.domain.record_export import build_creation
from certwright.domain.record_sets import RecordSet
from local.needs import accesses
from local.policies import is_allowed
from local.template import TemplateError, Values, load

ZONES = ("arn:aws:route53:::hostedzone/Z1", "arn:aws:route53:::hostedzone/Z2")
ROLE = "arn:aws:iam::123456789012:role/dns"
POLICIES = ("Route53Policy", "Route53RolePolicy")


@cache
def granted(**parameters: str) -> list[dict[str, Any]]:
    """Read the statements that a deployment with these parameters adds to the roles."""
    template = load(parameters=parameters)
    values = Values(template, lambda name, _: name)
    return [
        values.resolve(statement)
        for policy in POLICIES
        if values.is_true({"Condition": template.resources[policy]["Condition"]})
        for statement in template.resources[policy]["Properties"]["PolicyDocument"]["Statement"]
    ]


def may_change(change: dict[str, Any], zone: str = ZONES[0]) -> bool:
    """Judge one change in a zone."""
    parameters = {"HostedZoneId": zone.rpartition("/")[2], "ChangeBatch": {"Changes": [change]}}
    (access,) = accesses("route53", "ChangeResourceRecordSets", parameters)
    return is_allowed(granted(Route53Zones=",".join(ZONES)), access)


ASKED_FOR = (
    RecordSet("A", "ns-x1.example.com", ("192.0.2.1", "192.0.2.2")),
    RecordSet("NS", "acme-x2.example.com", ("ns-x1.example.com",)),
    RecordSet("CNAME", "_acme-challenge.www.example.com", ("uuid.acme-x2.example.com",)),
    RecordSet("TXT", "_certwright.www.example.com", ("proof",)),
    RecordSet("A", "www.example.com", ("192.0.2.1",)),
)


@pytest.mark.parametrize("wanted", ASKED_FOR, ids=lambda item: f"{item.type} {item.name}")
def test_what_is_asked_of_users_may_be_created_and_never_replaced(wanted: RecordSet) -> None:
    """In the zones that are named, and in no others."""
    creation = build_creation(wanted)
    assert may_change(creation)
    assert may_change(creation, ZONES[1])
    assert not may_change(creation, "arn:aws:route53:::hostedzone/Z3")
    for action in ("UPSERT", "DELETE"):
        assert not may_change({**creation, "Action": action})


@pytest.mark.parametrize(
    "wanted",
    [
        RecordSet("CNAME", "www.example.com", ("elsewhere.example.net",)),
        RecordSet("TXT", "_acme-challenge.example.com", ("value",)),
        RecordSet("TXT", "example.com", ("v=spf1 -all",)),
        RecordSet("MX", "example.com", ("10 mail.example.net",)),
        RecordSet("AAAA", "www.example.com", ("2001:db8::1",)),
        RecordSet("CAA", "example.com", ('0 issue "ca.example.net"',)),
    ],
    ids=lambda item: f"{item.type} {item.name}",
)
def test_nothing_else_may_be_created(wanted: RecordSet) -> None:
    """Other types, and aliases or texts elsewhere."""
    assert not may_change(build_creation(wanted))


def test_without_zones_there_is_no_right_at_all() -> None:
    """Not even to look; a role alone changes nothing."""
    assert granted() == []
    assert granted(Route53Role=ROLE) == []


def test_zones_may_be_looked_at_and_nothing_more() -> None:
    """Their names and records: what else the functions do in Route 53 is to create."""
    statements = granted(Route53Zones=",".join(ZONES))
    actions = {action for statement in statements for action in statement["Action"]}
    assert actions == {"route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets"}
    assert all(statement["Resource"] == list(ZONES) for statement in statements)


def test_another_accounts_zones_are_that_accounts_to_grant() -> None:
    """With a role, the functions may take this role, and have no right of their own."""
    (statement,) = granted(Route53Zones=ZONES[0], Route53Role=ROLE)
    assert (statement["Action"], statement["Resource"]) == (["sts:AssumeRole"], ROLE)


@pytest.mark.parametrize(
    "parameters",
    [
        {"Route53Zones": "Z1"},
        {"Route53Zones": "arn:aws:route53:::hostedzone/*"},
        {"Route53Zones": f"{ZONES[0]}, {ZONES[1]}"},
        {"Route53Zones": f"{ZONES[0]},"},
        {"Route53Role": "dns"},
        {"Route53Role": "arn:aws:iam::123456789012:role/*"},
        {"Route53ExternalId": "a b"},
    ],
    ids=str,
)
def test_what_is_no_zone_or_role_is_refused_at_deployment(parameters: dict[str, str]) -> None:
    """A star would be a right to all zones."""
    with pytest.raises(TemplateError):
        load(parameters=parameters)
