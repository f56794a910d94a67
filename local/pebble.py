"""Pebble, Let's Encrypt's test CA: where it is, its configuration, and a TLS certificate made for this run."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.errors import LocalError
from local.ports import find_port
from local.template import ROOT

ADDRESS = "127.0.0.1"


class PebbleMissingError(LocalError):
    """Pebble is not installed; the message says how to get it."""


@dataclass(frozen=True, slots=True)
class Pebble:
    """How to start one Pebble, and where it will be."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    port: int
    management_port: int
    ca_bundle: Path

    @property
    def directory(self) -> str:
        """The URL of the ACME directory."""
        return f"https://{ADDRESS}:{self.port}/dir"

    @property
    def management_url(self) -> str:
        """The URL of the management interface: roots, intermediates, renewal information."""
        return f"https://{ADDRESS}:{self.management_port}"


def prepare(folder: Path, *, http_port: int, dns_server: str, binary: str = "") -> Pebble:
    """Write Pebble's configuration and TLS certificate to the folder; without a DNS server it asks the system's."""
    port, management_port = find_port([ADDRESS]), find_port([ADDRESS])
    make_tls_certificate(folder)
    configuration = {
        "listenAddress": f"{ADDRESS}:{port}",
        "managementListenAddress": f"{ADDRESS}:{management_port}",
        "certificate": str(folder / "tls.pem"),
        "privateKey": str(folder / "tls.key"),
        "httpPort": http_port,
        "tlsPort": 5001,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": False,
        "retryAfter": {"authz": 1, "order": 1},
        "profiles": {"default": {"description": "90 days", "validityPeriod": 7776000}},
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": configuration}, indent=2))
    resolver = ("-dnsserver", dns_server) if dns_server else ()
    return Pebble(
        command=(find_binary(binary), "-config", str(folder / "pebble.json"), *resolver),
        # No pauses before validations, and none of another order's authorizations; nonces are refused as by default.
        environment={"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0"},
        port=port,
        management_port=management_port,
        ca_bundle=folder / "ca.pem",
    )


def find_binary(given: str = "") -> str:
    """Find Pebble: the one given, PEBBLE_BIN, the one that `make setup` built, or one on PATH."""
    wanted = given or os.environ.get("PEBBLE_BIN", "")
    if wanted:
        candidates: tuple[str | Path, ...] = (wanted,)
    else:
        candidates = (ROOT / ".tools/bin/pebble", "pebble")
    for candidate in candidates:
        if found := shutil.which(candidate):
            return found
    raise PebbleMissingError(f"Pebble is not at {wanted or candidates[0]}. Run `make setup`, or set PEBBLE_BIN.")


def make_tls_certificate(folder: Path) -> None:
    """Make `ca.pem`, `tls.pem` and `tls.key`: a CA for this run, and its certificate for the loopback address."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA of this run's Pebble")])
    ca = _builder(ca_name, ca_name, ca_key.public_key(), ca_key.public_key(), is_ca=True).sign(ca_key, hashes.SHA256())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address(ADDRESS))])
    certificate = (
        _builder(name, ca_name, key.public_key(), ca_key.public_key(), is_ca=False)
        .add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").touch(mode=0o600)
    (folder / "tls.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    *,
    is_ca: bool,
) -> x509.CertificateBuilder:
    """A certificate with all that Python's strict verification asks for (RFC 5280 §4.2.1)."""
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=0 if is_ca else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )
