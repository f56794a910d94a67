"""Rights that a deployment has only with certain parameters: what needs them runs under the role that has them.

The systems of tests/e2e are started with the parameters' defaults, so that none of their roles has any of these.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from certwright import bootstrap
from certwright.domain.owner import DEFAULT_OWNER
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.owners import create_owner
from functions.api import handler as api
from functions.dashboard import handler as dashboard
from local.bridge import HttpRequest, Routes, build_event
from local.endpoints import Endpoints
from local.policies import granted_rights
from local.stack import Stack
from local.template import ACCOUNT, TEMPLATE, Values, load
from tests.support.acting import acting_as
from tests.support.dashboard_visitor import LOOPBACK, Visitor
from tests.support.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, serve_provider

OURS, THEIRS = "example.com", "example.net"
VARIABLES = {
    "Route53Zones": "ROUTE53_ZONES",
    "Route53Role": "ROUTE53_ROLE",
    "OidcClientSecret": "OIDC_CLIENT_SECRET",
}
"""The parameters that conditions of rights ask for, and what tells a function of them."""
IDENTITY = {"OidcIssuer": "https://login.example.test", "OidcClientId": CLIENT_ID, "OidcRoles": "admin if sub=u-1"}
DENIED = "AccessDeniedException"


@dataclass(frozen=True, slots=True)
class Account:
    """An AWS account with a zone, a role and a secret for each of two domains, and an identity provider beside it."""

    things: dict[str, dict[str, str]]
    provider: Provider

    def parameters(self, names: tuple[str, ...]) -> dict[str, str]:
        """Set parameters to what is ours."""
        return {**IDENTITY, **{name: self.things[OURS][name] for name in names}}

    def variables(self, names: tuple[str, ...], domain: str) -> dict[str, str]:
        """Tell a function of what is a domain's, whatever its role is for."""
        told = {VARIABLES[name]: self.things[domain][name] for name in names}
        allowed = f"127.0.0.0/8:{urlsplit(self.provider.url).port}"
        return {"OIDC_ISSUER": self.provider.url, "EGRESS_ALLOW": allowed, **told}


@dataclass(frozen=True, slots=True)
class Scene:
    """A deployment with a certificate for each domain, and its admin's token."""

    provider: Provider
    token: str
    certificates: dict[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """Who needs rights under a condition: `parameters` meet it, `use` needs them, and says `mark` when it was done."""

    parameters: tuple[str, ...]
    use: Callable[[Scene, str], str]
    mark: str


def add_by_api(scene: Scene, domain: str) -> str:
    """Have the missing records of a domain's certificate added."""
    path, headers = f"/v1/certificates/{scene.certificates[domain]}/records/add", {"host": LOOPBACK}
    headers |= {"authorization": f"Bearer {scene.token}", "content-type": "application/json"}
    request = HttpRequest("POST", path, tuple(headers.items()), b'{"provider": "route53"}', "192.0.2.99")
    found = Routes(load().routes).match("POST", path)
    assert found
    api.desk.cache_clear()
    return str(api.handler(build_event(*found, request), object())["body"])


def add_by_dashboard(scene: Scene, domain: str) -> str:
    """Send the form for that."""
    visitor = _visitor()
    assert visitor.sign_in(scene.token).status == 303
    return visitor.post(f"/certificates/{scene.certificates[domain]}", {"provider": "route53"}).text


def sign_in(scene: Scene, _: str) -> str:
    """Sign in by the identity provider, which wants the client's secret."""
    visitor = _visitor()
    asked = urlsplit(visitor.get("/sign-in/provider?to=/dns").headers["location"])
    back = urlsplit(scene.provider.agree({name: values[0] for name, values in parse_qs(asked.query).items()}))
    returned = visitor.get(f"{back.path}?{back.query}")
    assert returned.status < 500 or "OidcClientSecret" in returned.text
    return returned.text + visitor.get("/dns").text


def _visitor() -> Visitor:
    dashboard.front.cache_clear()
    dashboard.shelf.clear()
    return Visitor(dashboard)


CASES = {
    ("ApiRole", "AddsToRoute53"): Case(("Route53Zones",), add_by_api, '"outcome":"added"'),
    ("ApiRole", "AddsByRole"): Case(("Route53Zones", "Route53Role"), add_by_api, '"outcome":"added"'),
    ("DashboardRole", "AddsToRoute53"): Case(("Route53Zones",), add_by_dashboard, "was added to"),
    ("DashboardRole", "AddsByRole"): Case(("Route53Zones", "Route53Role"), add_by_dashboard, "was added to"),
    ("DashboardRole", "HasOidcSecret"): Case(("OidcClientSecret",), sign_in, "Jo Doe"),
}
"""Every role that has rights under a condition of the template's, by the condition."""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """An identity provider for all tests here."""
    with serve_provider(lambda: time.time_ns() // 1_000_000) as served:
        yield served


@pytest.fixture
def account(aws_environment: None, provider: Provider) -> Iterator[Account]:
    """An account in this process."""
    with mock_aws():
        yield Account({domain: _things_of(domain) for domain in (OURS, THEIRS)}, provider)


def _things_of(domain: str) -> dict[str, str]:
    zone = boto3.client("route53").create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]["Id"]
    secret = boto3.client("secretsmanager").create_secret(Name=f"client-of-{domain}", SecretString=CLIENT_SECRET)
    return {
        "Route53Zones": f"arn:aws:route53:::hostedzone/{zone.rpartition('/')[2]}",
        "Route53Role": f"arn:aws:iam::{ACCOUNT}:role/dns-of-{domain}",
        "OidcClientSecret": secret["ARN"],
    }


def _set_up(stack: Stack, provider: Provider) -> Scene:
    """Have a second owner, so that names need proofs, and ask for certificates by both challenges."""
    with acting_as("RenewalFunction", stack):
        bootstrap.ensure_first_run(bootstrap.build_sweep())
    with acting_as("ApiFunction", stack):
        desk = bootstrap.build_desk()
        create_owner(desk, "another", ("*.another.test",))
        made = {domain: create_certificate(desk, _request(domain)) for domain in (OURS, THEIRS)}
    secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.name("AdminTokenSecret"))["SecretString"]
    ids = {domain: managed.desired.id for domain, managed in made.items()}
    return Scene(provider, f"cw_admin_{secret}", ids)


def _request(domain: str) -> CertificateRequest:
    plain = f"www.shop.{domain}"
    return CertificateRequest(DEFAULT_OWNER, (f"*.{domain}", plain), challenge={plain: "http-01"})


@pytest.mark.parametrize(("role", "condition"), CASES)
def test_what_a_condition_grants_is_needed_and_enough_and_for_ours_alone(
    role: str, condition: str, account: Account, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each action, resource and value of a condition's key is made use of; another's zone, role or secret is denied."""
    case, use_log = CASES[role, condition], tmp_path / "used"
    stack = Stack(load(parameters=account.parameters(case.parameters)), Endpoints())
    scene = _set_up(stack, account.provider)
    with acting_as(_function(role), stack, str(use_log), **account.variables(case.parameters, OURS)):
        said = case.use(scene, OURS)
    assert case.mark in said
    assert DENIED not in said + caplog.text
    assert _vain(stack, role, use_log) == []
    with acting_as(_function(role), stack, **account.variables(case.parameters, THEIRS)):
        said = case.use(scene, THEIRS)
    assert case.mark not in said
    assert DENIED in said + caplog.text


def test_every_right_under_a_condition_is_made_use_of_here() -> None:
    """One that is added to the template, for whichever role, needs a case."""
    template = load()
    resources = template.resources.items()
    own = {
        (name, condition)
        for name, item in resources
        if item["Type"] == "AWS::IAM::Role"
        for condition in _conditions(item)
    }
    attached = {
        (role["Ref"], condition)
        for _, item in resources
        if item["Type"] == "AWS::IAM::Policy"
        for condition in _conditions(item)
        for role in item["Properties"]["Roles"]
    }
    assert own | attached == set(CASES)


def _function(role: str) -> str:
    return f"{role.removesuffix('Role')}Function"


def _conditions(part: Any) -> set[str]:
    """Find the template's conditions that a part of it is under, or asks for anywhere in it."""
    match part:
        case {"Fn::If": [name, *branches]}:
            return {name, *_conditions(branches)}
        case {"Type": _, "Condition": str(name)}:
            return {name, *_conditions(part["Properties"])}
        case dict():
            return {name for item in part.values() for name in _conditions(item)}
        case list():
            return {name for item in part for name in _conditions(item)}
        case _:
            return set()


def _vain(stack: Stack, role: str, use_log: Path) -> list[str]:
    """List what a role has that it has not with the parameters' defaults, and that nothing made use of."""
    used = {tuple(json.loads(line)) for line in use_log.read_text().splitlines()}
    default = load()
    plain = {item.get("Sid") for item in default.statements(role, Values(default, lambda name, _: name))}
    return [
        f"{role} in {TEMPLATE.name}: {right.sid} grants {granted}, and nothing uses it"
        for statement in stack.statements(role)
        if statement["Sid"] not in plain
        for right, granted in granted_rights(statement).items()
        if (role, right.sid, right.part, right.at) not in used
    ]
