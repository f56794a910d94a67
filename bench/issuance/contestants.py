"""Who issues: each is given a fresh domain, and tells how long apex and wildcard took once the records were there."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from acme import challenges, client, crypto_util, messages
from cryptography.hazmat.primitives.asymmetric import ec
from josepy.jwa import ES256
from josepy.jwk import JWKEC

from bench.issuance.records import Hook
from certwright.adapters.dynamodb_values import unmarshal
from certwright.adapters.keys import PemKeys
from local.system import LocalSystem
from tests.support.world import Internet
from tests.support.world_user import User

ROOT = Path(__file__).parents[2]
CERTBOT = ROOT / ".tools" / "certbot"
CERTBOT_VERSION = "5.8.0"
PATIENCE = timedelta(seconds=60)
PAUSE_SECONDS = 0.5
"""Between looks whether it is issued: they take time from an AWS on the same machine."""
CACHED_SECONDS = 1.1
"""For how long the CA's resolver may still know the values of a run that gave up."""

type Contestant = Callable[[str], float]
"""Issues for a domain and its wildcard; returns seconds."""


@dataclass(frozen=True, slots=True)
class Certwright:
    """The whole system: API, queue, functions and tables of an emulated AWS, and the node."""

    user: User
    internet: Internet

    def __call__(self, domain: str) -> float:
        """Have the CNAME waited for, add it, and measure from “check now” to a stored version."""
        api = self.user.api
        certificate = api.ask_for((domain, f"*.{domain}"))
        api.wait_for_reason(certificate["id"], "cname-missing")
        (cname,) = (record for record in certificate["records"] if record["type"] == "CNAME")
        self.internet.add(**cname)
        began_at = time.time()
        api.check_now(certificate["id"])
        while (stored_at := self._stored_at(certificate["id"])) is None:
            if time.time() > began_at + PATIENCE.total_seconds():
                raise TimeoutError(f"Nothing was issued: {api.read(certificate['id'])}")
            time.sleep(PAUSE_SECONDS)
        return stored_at - began_at

    def _stored_at(self, certificate_id: str) -> float | None:
        """Read when the version was stored, from the attempt's history; None while the attempt is open."""
        found = self.user.system.stack.client("dynamodb").query(
            TableName=self.user.system.stack.name("CertificatesTable"),
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues={":pk": {"S": certificate_id}, ":sk": {"S": "attempt#"}},
        )
        for item in map(unmarshal, found["Items"]):
            stages = item["state"]["attempt"]["stages"]
            return next((stage["at"] / 1000 for stage in stages if stage["name"] == "stored"), None)
        return None


class BareLoop:
    """The `acme` library as its documentation uses it, in this process, with nothing kept: the floor."""

    def __init__(self, system: LocalSystem, internet: Internet) -> None:
        self._ca_bundle, self._internet = system.ca_bundle, internet
        self._key = JWKEC(key=ec.generate_private_key(ec.SECP256R1()))
        with self._trusting():
            network = client.ClientNetwork(self._key, alg=ES256)
            directory = client.ClientV2.get_directory(system.acme_directory, network)
            self._client = client.ClientV2(directory, network)
            self._client.new_account(messages.NewRegistration.from_data(terms_of_service_agreed=True))

    def __call__(self, domain: str) -> float:
        """Issue, for another domain where two nonces in a row were refused: the library gives up at the second."""
        while True:
            try:
                return self._issue(domain)
            except messages.Error as error:
                if error.code != "badNonce":
                    raise
                domain = f"again-{domain}"

    def _issue(self, domain: str) -> float:
        """Order, add both values, answer, and let the library poll."""
        began = time.monotonic()
        with self._trusting():
            csr = crypto_util.make_csr(PemKeys().generate("ec256"), [domain, f"*.{domain}"])
            order = self._client.new_order(csr)
            offered = [(part, self._dns_challenge(part)) for part in order.authorizations]
            values = [challenge.response_and_validation(self._key) for _, challenge in offered]
            for _, value in values:
                self._internet.add("TXT", f"_acme-challenge.{domain}", value)
            for (_, challenge), (response, _) in zip(offered, values, strict=True):
                self._client.answer_challenge(challenge, response)
            deadline = datetime.now() + PATIENCE  # noqa: DTZ005 - the library compares it with a naive one
            assert self._client.poll_and_finalize(order, deadline).fullchain_pem
        took = time.monotonic() - began
        for _, value in values:
            self._internet.remove("TXT", f"_acme-challenge.{domain}", value)
        return took

    def _trusting(self) -> AbstractContextManager[object]:
        return patch.dict(os.environ, {"REQUESTS_CA_BUNDLE": self._ca_bundle})

    @staticmethod
    def _dns_challenge(part: messages.AuthorizationResource) -> messages.ChallengeBody:
        return next(each for each in part.body.challenges if isinstance(each.chall, challenges.DNS01))


def install_certbot() -> None:
    """Make an environment with certbot, unless it is there."""
    if not (CERTBOT / "bin" / "certbot").exists():
        subprocess.run([sys.executable, "-m", "venv", CERTBOT], check=True)
        subprocess.run([CERTBOT / "bin" / "pip", "install", "-q", f"certbot=={CERTBOT_VERSION}"], check=True)


def certbot(system: LocalSystem, hook: Hook, folder: Path) -> Contestant:
    """Certbot with manual hooks."""
    options = ["certonly", "--manual", "--preferred-challenges", "dns", "--non-interactive", "--agree-tos"]
    options += ["--register-unsafely-without-email", "--server", system.acme_directory]
    options += ["--manual-auth-hook", f"{hook.path} add", "--manual-cleanup-hook", f"{hook.path} remove"]
    for option in ("config", "work", "logs"):
        options += [f"--{option}-dir", str(folder / f"certbot-{option}")]
    variables = {"REQUESTS_CA_BUNDLE": system.ca_bundle}
    return lambda domain: _run(
        [str(CERTBOT / "bin" / "certbot"), *options, "-d", domain, "-d", f"*.{domain}"], variables
    )


def lego(system: LocalSystem, internet: Internet, hook: Hook, folder: Path) -> Contestant | None:
    """Lego with its exec provider, its look at propagation off; None where it is not installed."""
    program = shutil.which("lego")
    if not program:
        return None
    options = ["--server", system.acme_directory, "--accept-tos", "--email", "bench@example.test", "--dns", "exec"]
    options += ["--dns.disable-cp", "--dns.resolvers", internet.resolver, "--path", str(folder / "lego")]
    variables = {
        "LEGO_CA_CERTIFICATES": system.ca_bundle,
        "EXEC_PATH": str(hook.path),
        # Else it waits for a minute between two challenges.
        "EXEC_SEQUENCE_INTERVAL": "0",
    }
    return lambda domain: _run([program, *options, "-d", domain, "-d", f"*.{domain}", "run"], variables)


def _run(command: list[str], variables: dict[str, str]) -> float:
    """Run a client and return how long it took; again where two nonces in a row were refused, at which some give up."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **variables}
    began = time.monotonic()
    timeout = PATIENCE.total_seconds()
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"{command[0]} did not end: {error.stdout!r} {error.stderr!r}") from error
    if done.returncode and "nonce" in done.stdout + done.stderr:
        time.sleep(CACHED_SECONDS)
        return _run(command, variables)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return time.monotonic() - began
