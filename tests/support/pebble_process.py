"""Start Pebble, the test CA, as a program of its own, on free loopback ports and with a certificate made for it."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 20


@dataclass(frozen=True)
class PebbleOptions:
    """What a test may choose; the defaults make Pebble quick and predictable, but for its usual nonce rejection.

    `nonce_reject` and `authz_reuse` are percentages, `dns_server` is host:port, asked over TCP.
    """

    is_always_valid: bool = False
    sleeps: bool = False
    authz_reuse: int = 0
    nonce_reject: int = 5
    dns_server: str = ""
    http_port: int = 5002
    retry_after_seconds: int = 1
    alternate_roots: int = 0
    external_accounts: Mapping[str, str] = field(default_factory=dict)
    blocked: tuple[str, ...] = ("blocked.example",)
    profiles: Mapping[str, int] = field(default_factory=lambda: {"default": 90 * 86400, "shortlived": 6 * 86400})


@dataclass(frozen=True)
class Pebble:
    """A running Pebble; `ca_bundle` is what its own TLS certificate is checked against."""

    directory_url: str
    management_url: str
    ca_bundle: Path
    log: Path
    pid: int

    def root(self, at: int = 0) -> bytes:
        """Fetch a root of the certificates it issues, as PEM."""
        return self._request(f"{self.management_url}/roots/{at}")

    def set_renewal_info(self, certificate: bytes, response: str) -> None:
        """Make it answer with this text when asked for the renewal information of a certificate (PEM)."""
        content = json.dumps({"Certificate": certificate.decode(), "ARIResponse": response})
        self._request(f"{self.management_url}/set-renewal-info/", content.encode())

    def _request(self, url: str, content: bytes | None = None) -> bytes:
        context = ssl.create_default_context(cafile=self.ca_bundle)
        with urlopen(Request(url, data=content), timeout=20, context=context) as response:  # noqa: S310 -- our own URL
            answer: bytes = response.read()
        return answer


def find_pebble() -> Path | None:
    """Find the program: $PEBBLE_BIN, .tools/bin/pebble, then PATH."""
    named = os.environ.get("PEBBLE_BIN")
    if named:
        return Path(named)
    ours = ROOT / ".tools" / "bin" / "pebble"
    on_path = shutil.which("pebble")
    return ours if ours.exists() else Path(on_path) if on_path else None


@contextmanager
def running_pebble(folder: Path, options: PebbleOptions | None = None) -> Iterator[Pebble]:
    """Run Pebble with its files in `folder` until the context ends; skip the test where there is no Pebble."""
    options = options or PebbleOptions()
    program = find_pebble()
    if program is None:
        pytest.skip("Pebble is missing: run `make setup`, or set PEBBLE_BIN to the program")
    folder.mkdir(parents=True, exist_ok=True)
    ca_bundle = _write_certificate(folder)
    port, management_port = _free_ports(2)
    config = _write_config(folder, options, port, management_port)
    command = [str(program), "-config", str(config), "-strict"]
    if options.dns_server:
        command += ["-dnsserver", options.dns_server]
    log = folder / "pebble.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=_environment(options), stdout=output, stderr=subprocess.STDOUT)
    try:
        pebble = Pebble(f"https://{HOST}:{port}/dir", f"https://{HOST}:{management_port}", ca_bundle, log, process.pid)
        _await_start(pebble, process)
        yield pebble
    finally:
        _stop(process)


def _environment(options: PebbleOptions) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PEBBLE_")}
    environment["PEBBLE_WFE_NONCEREJECT"] = str(options.nonce_reject)
    environment["PEBBLE_ALTERNATE_ROOTS"] = str(options.alternate_roots)
    environment["PEBBLE_AUTHZREUSE"] = str(options.authz_reuse)
    if options.is_always_valid:
        environment["PEBBLE_VA_ALWAYS_VALID"] = "1"
    if not options.sleeps:
        environment["PEBBLE_VA_NOSLEEP"] = "1"
    return environment


def _write_config(folder: Path, options: PebbleOptions, port: int, management_port: int) -> Path:
    config = {
        "listenAddress": f"{HOST}:{port}",
        "managementListenAddress": f"{HOST}:{management_port}",
        "certificate": str(folder / "server.pem"),
        "privateKey": str(folder / "server.key"),
        "httpPort": options.http_port,
        "tlsPort": 5001,
        "externalAccountBindingRequired": bool(options.external_accounts),
        "externalAccountMACKeys": dict(options.external_accounts),
        "domainBlocklist": list(options.blocked),
        "retryAfter": {"authz": options.retry_after_seconds, "order": options.retry_after_seconds},
        "keyAlgorithm": "ecdsa",
        "profiles": {
            name: {"description": name, "validityPeriod": seconds} for name, seconds in options.profiles.items()
        },
    }
    path = folder / "config.json"
    path.write_text(json.dumps({"pebble": config}))
    return path


def _await_start(pebble: Pebble, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, f"Pebble ended at once: {pebble.log.read_text()}"
        try:
            pebble.root()
            pebble._request(pebble.directory_url)
        except (URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < deadline, f"Pebble did not start: {pebble.log.read_text()}"
            time.sleep(0.05)
        else:
            return


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_ports(count: int) -> list[int]:
    """Find ports that are free now; they are held together, so that they differ."""
    probes = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _write_certificate(folder: Path) -> Path:
    """Make a CA and a certificate of it for the loopback address, and return the CA's path."""
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Pebble's own TLS")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    authority = (
        _builder(authority_key.public_key(), name, name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    sans = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(HOST)), x509.DNSName("localhost")])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    server = (
        _builder(server_key.public_key(), x509.Name([]), name)
        .add_extension(sans, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(issuer, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    key = server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.key").write_bytes(key)
    (folder / "server.pem").write_bytes(server.public_bytes(Encoding.PEM))
    (folder / "ca.pem").write_bytes(authority.public_bytes(Encoding.PEM))
    return folder / "ca.pem"


def _builder(key: ec.EllipticCurvePublicKey, subject: x509.Name, issuer: x509.Name) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=7))


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
