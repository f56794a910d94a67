"""CSRs that users send."""

from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certwright.adapters.keys import PemKeys, digest
from certwright.adapters.signing_requests import PemSigningRequests
from certwright.domain.errors import InvalidRequest
from tests.support.csrs import build_csr, pem

READER = PemSigningRequests()


@pytest.mark.parametrize("key_type", ["ec-p256", "ec-p384", "rsa-2048"])
def test_a_csr_is_read_with_its_names_and_its_key(key_type: str) -> None:
    """Sorted, in lower case; the digest is the one that the leaf will have."""
    keys = PemKeys()
    private_key = keys.generate(key_type)
    request = READER.read(pem(keys.build_csr(private_key, ["b.test", "*.a.test", "192.0.2.7"])))
    assert request.names == ("*.a.test", "192.0.2.7", "b.test")
    assert (request.public_key, request.key_type) == (keys.public_key(private_key), key_type)
    assert x509.load_der_x509_csr(request.der).is_signature_valid


def test_a_common_name_that_is_among_the_names_is_fine() -> None:
    """Many tools set one."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = READER.read(build_csr(key, [x509.DNSName("A.test")], common_name="a.test"))
    assert (request.names, request.public_key) == (("a.test",), digest(key.public_key()))


P256 = ec.generate_private_key(ec.SECP256R1())
BAD = {
    "no PEM certificate request": ["", "nonsense", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n", "\u20ac"],
    "no subject alternative names": [build_csr(P256, [])],
    "common name must be among": [build_csr(P256, [x509.DNSName("a.test")], common_name="b.test")],
    "DNS names and IP addresses": [
        build_csr(P256, [x509.DNSName("a.test"), x509.RFC822Name("a@a.test")]),
        build_csr(P256, [x509.IPAddress(ip_address("192.0.2.7")), x509.UniformResourceIdentifier("https://a.test")]),
    ],
    "do not take its key": [
        build_csr(ec.generate_private_key(ec.SECP521R1()), [x509.DNSName("a.test")]),
        build_csr(rsa.generate_private_key(65537, 1024), [x509.DNSName("a.test")]),  # noqa: S505 - that is the point
    ],
}


@pytest.mark.parametrize(("reason", "text"), [(reason, text) for reason, texts in BAD.items() for text in texts])
def test_a_csr_that_no_ca_would_take_is_refused_with_the_reason(reason: str, text: str) -> None:
    """Here, not by the CA after everything else was done."""
    with pytest.raises(InvalidRequest, match=reason) as refused:
        READER.read(text)
    assert (refused.value.field, refused.value.code) == ("csr", "csr")


def test_a_csr_that_was_changed_after_it_was_signed_is_refused() -> None:
    """Its signature proves that whoever made it has the key (RFC 2986 §3)."""
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a.test")])
    builder = x509.CertificateSigningRequestBuilder(name).add_extension(
        x509.SubjectAlternativeName([x509.DNSName("a.test")]), critical=False
    )
    signed = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    forged = signed.replace(point(key), point(other))
    assert forged != signed
    with pytest.raises(InvalidRequest, match="not that of its key"):
        READER.read(pem(forged))


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Write a public key as it stands in a CSR."""
    numbers = key.public_key().public_numbers()
    return numbers.x.to_bytes(32) + numbers.y.to_bytes(32)
