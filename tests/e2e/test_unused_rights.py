"""Roles while programs run under them: nothing that they need is missing, and nothing is granted in vain.

Every system that tests start is held to the template's roles: functions, node and what polls queues and streams in the
functions' names. Each notes which of its rights it made use of. These tests come last and look at what was noted. What
no other test does is done here, in one system.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from local.policies import Right, granted_rights
from local.stack import Stack
from local.system import LocalSystem
from local.template import TEMPLATE, Template, load
from tests.support.csrs import build_csr
from tests.support.eventually import eventually
from tests.support.form_user import FormUser
from tests.support.local_options import local_options
from tests.support.world_user import TICKS_A_MINUTE, User

NAME = "www.example.test"
FOLDER = Path(__file__).parent

REASONS: dict[tuple[str, str, str], str] = {
    ("*", "Logs", "*"): "Lambda and ECS write logs in the role's name, not programs",
    ("NodeStartRole", "*", "*"): "ECS starts tasks with it",
    ("NodeRole", "Code", "*"): "what fetches the code runs in the deployed container alone, and has tests of its own",
    ("EventsRole", "Streams", "*"): "Lambda's poller lists streams, the one on this machine knows its own",
    ("EventsRole", "Undeliverable", "*"): "Lambda puts there what failed for a day",
    ("IssuanceRole", "Work", "sqs:GetQueueAttributes"): "Lambda's poller needs it",
    ("IssuanceRole", "Answers", "dynamodb:DeleteItem"): "a retired zone is withdrawn after 400 days",
    ("IssuanceRole", "Registry", "origin#*"): "the same: its origin is free again then",
    ("KeysRole", "TellMissingObjects", "*"): "never asked for: without it S3 says 403 of a missing object",
}
"""What is granted though no program here uses it: role, statement and right, `*` for any."""


@pytest.fixture(scope="module")
def system() -> Iterator[LocalSystem]:
    """One more system, for what the others leave out."""
    with LocalSystem(local_options(time_scale=TICKS_A_MINUTE)) as running:
        yield running


@pytest.fixture(scope="module")
def user(system: LocalSystem) -> User:
    """Somebody who may do everything there."""
    return User.of(system)


@pytest.fixture(scope="module")
def certificate(user: User) -> dict[str, Any]:
    """A certificate that was requested, waited for its record, and was issued."""
    asked = user.api.ask_for([NAME])
    user.add_record({"type": "A", "name": NAME, "value": user.system.node_address})
    user.api.check_now(asked["id"])
    return user.api.wait_for_version(asked["id"], 1)


@pytest.mark.slow
def test_every_line_about_the_work_on_a_certificate_names_the_request(
    system: LocalSystem, certificate: dict[str, Any]
) -> None:
    """From the API over the worker to the announcement, with attempt and order once there are some."""
    (requested,) = [line for line in _log(system) if line["message"] == "requested"]
    asked_as = requested["request_id"]
    assert asked_as
    assert (requested["correlation_id"], requested["certificate"]) == (asked_as, certificate["id"])
    eventually(lambda: "announced" in {line["message"] for line in _about(system, certificate)}, True)
    work = [line for line in _about(system, certificate) if line["service"] not in ("certwright-api",)]
    assert {line["service"] for line in work} >= {"certwright-issuance", "certwright-events"}
    nameless = [line for line in work if line.get("correlation_id") != asked_as and not _is_early(line)]
    assert nameless == []
    assert [line for line in work if line.get("outcome") == "issued" and line["order"].startswith("https://")]


@pytest.mark.slow
def test_no_secret_is_logged(system: LocalSystem, user: User, certificate: dict[str, Any]) -> None:
    """Neither keys nor tokens, nor what the functions read from AWS's secrets."""
    assert user.api.bundle(certificate["id"])
    text = (system.run_folder / "functions.log").read_text()
    secrets = [
        system.stack.client("secretsmanager").get_secret_value(SecretId=system.stack.name(name))["SecretString"]
        for name in ("AdminTokenSecret", "SessionKeySecret")
    ]
    assert [secret for secret in (*secrets, "PRIVATE KEY", "Bearer ") if secret in text] == []


@pytest.mark.slow
def test_what_no_other_test_does_is_allowed(system: LocalSystem, user: User, certificate: dict[str, Any]) -> None:
    """Secrets of CA accounts, account keys in KMS, a version revoked, a found key, a plain name by the form."""
    account = {"directory": system.acme_directory, "terms_agreed": True, "public": False}
    user.api.send(
        "POST", "/v1/cas", {"name": "bound", "eab_kid": "kid-1", "eab_hmac": "c2VjcmV0LWZvci10ZXN0cw", **account}
    )
    user.api.send("POST", "/v1/cas", {"name": "in-kms", "key": "kms", **account})
    eventually(lambda: [_is_settled(user, name) for name in ("bound", "in-kms")], [True, True])
    assert user.api.send("POST", f"/v1/certificates/{certificate['id']}/revoke", {"reason": "superseded"}).status == 202
    user.api.send("GET", "/v1/stack")
    (own, *_) = user.api.send("GET", "/v1/cas").json["items"]
    assert user.api.send("POST", "/v1/cas/in-kms/move", {"to": own["name"]}).status == 202
    assert user.api.send("DELETE", "/v1/cas/in-kms").status == 202
    send_dead_letters_again(system, user)
    form = FormUser(system.api_url, system.admin_token)
    assert form.send("/certificates", names="form.example.test", owner="own_default").startswith("/certificates/crt_")
    form.read("/cas")
    user.api.wait_until(certificate["id"], "revoked", lambda seen: bool(seen["revocations"]))
    plain = user.api.ask_for(["found.example.test"])
    user.add_record({"type": "A", "name": "found.example.test", "value": system.node_address})
    user.api.check_now(plain["id"])
    user.api.wait_for_version(plain["id"], 1)
    found = user.api.bundle(plain["id"]).decode()
    key, chain = found[: found.index("-----BEGIN CERT")], found[found.index("-----BEGIN CERT") :]
    assert user.api.send("POST", "/v1/revocations", {"certificate": chain, "private_key": key}).status == 200


@pytest.mark.slow
def test_keys_of_csrs_are_looked_up_and_noted(system: LocalSystem, user: User, certificate: dict[str, Any]) -> None:
    """A compromised one is refused, whether API or dashboard is asked, and by whichever it was noted."""
    name = "csr.example.test"
    csr = build_csr(ec.generate_private_key(ec.SECP256R1()), [x509.DNSName(name)])
    user.add_record({"type": "A", "name": name, "value": system.node_address})
    form = FormUser(system.api_url, system.admin_token)
    made = form.send("/certificates", names=name, owner="own_default", csr=csr).removeprefix("/certificates/")
    user.api.wait_for_version(made, 1)
    assert form.send(f"/certificates/{made}/revoke", reason="keyCompromise").endswith("done=revoked")
    refused = user.api.send("POST", "/v1/certificates", {"names": [name], "csr": csr})
    assert (refused.status, refused.json["code"]) == (422, "csr-key-compromised")


def send_dead_letters_again(system: LocalSystem, user: User) -> None:
    """Work goes back to the queue; what nobody understands is left, then thrown away."""
    sqs, url = system.stack.client("sqs"), system.stack.name("DeadLetters")
    for body in ("crt_unknown", "not ours"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    listed = user.api.send("GET", "/v1/dead-letters").json["items"]
    assert {item["about"]: item["redrivable"] for item in listed} == {"crt_unknown": True, "not ours": False}
    redriven = [user.api.send("POST", "/v1/dead-letters/redrive", {"discard": discard}) for discard in (False, True)]
    assert [reply.json for reply in redriven] == [
        {"sent": 1, "discarded": 0, "left": 1},
        {"sent": 0, "discarded": 1, "left": 0},
    ]


@pytest.mark.slow
def test_nothing_is_granted_that_nothing_uses(
    request: pytest.FixtureRequest, rights_used: Path, system: LocalSystem
) -> None:
    """Each action, resource and leading key of each statement was used by some test, or is excused by a reason."""
    missing = {path.name for path in FOLDER.glob("test_*.py")} - {item.path.name for item in request.session.items}
    if missing:
        pytest.skip(f"what these tests use is not known: {', '.join(sorted(missing))}")
    used = {tuple(json.loads(line)) for line in rights_used.read_text().splitlines()}
    vain = sorted(
        f"{role} in {TEMPLATE.name}: {right.sid} grants {granted}, and nothing uses it"
        for role, right, granted in _granted(system.stack)
        if (role, right.sid, right.part, right.at) not in used and not _is_excused(role, right, granted)
    )
    assert not vain, "\n".join(vain)


def test_every_excuse_is_of_something_that_is_granted() -> None:
    """A reason that has outlived what it excuses is in the way."""
    template = load()
    granted = [(role, item["Sid"], str(item)) for role in _roles(template) for item in _written(template, role)]
    idle = [
        excuse
        for excuse in REASONS
        if not any(
            excuse[0] in ("*", role) and excuse[1] in ("*", sid) and (excuse[2] == "*" or excuse[2] in actions)
            for role, sid, actions in granted
        )
    ]
    assert idle == []


def _log(system: LocalSystem) -> list[dict[str, Any]]:
    lines = (system.run_folder / "functions.log").read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith('{"level"')]


def _about(system: LocalSystem, certificate: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for line in _log(system) if line.get("certificate") == certificate["id"]]


def _is_early(line: dict[str, Any]) -> bool:
    """Tell whether a message came to a worker who could not claim the certificate, and so did not read it."""
    return line.get("outcome") in ("claimed", "not-due", "not-found")


def _is_settled(user: User, name: str) -> bool:
    shown = user.api.send("GET", f"/v1/cas/{name}").json
    return bool(shown["settled"] or shown["problem"])


def _roles(template: Template) -> list[str]:
    return [name for name, item in template.resources.items() if item["Type"] == "AWS::IAM::Role"]


def _written(template: Template, role: str) -> list[dict[str, Any]]:
    """List a role's statements as they stand in the template; those under a condition have tests of their own."""
    policies = template.resources[role]["Properties"]["Policies"]
    statements = [item for policy in policies for item in policy["PolicyDocument"]["Statement"]]
    return [item for item in statements if "Sid" in item]


def _granted(stack: Stack) -> Iterator[tuple[str, Right, Any]]:
    for role in _roles(stack.template):
        for statement in _written(stack.template, role):
            for right, granted in granted_rights(statement).items():
                yield role, right, granted


def _is_excused(role: str, right: Right, granted: Any) -> bool:
    return any((a, b, c) in REASONS for a in (role, "*") for b in (right.sid, "*") for c in (str(granted), "*"))
