"""Private keys, CSRs and certificates."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from certwright.adapters.keys import PemKeys
from certwright.domain.errors import InvalidRequest
from certwright.domain.key_types import KEY_TYPES

NOT_BEFORE = datetime(2026, 11, 1, 2, 3, 4, tzinfo=UTC)
NOT_AFTER = datetime(2027, 1, 30, 2, 3, 3, tzinfo=UTC)

RFC_9773_KEY_IDENTIFIER = bytes.fromhex("69885B6B87464041E1B37B847BA0AE2CDE01C8D4")
RFC_9773_SERIAL = 0x8765_4321
RFC_9773_ARI_ID = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_every_key_type_that_can_be_asked_for_can_be_made(key_type: str) -> None:
    """The key has the algorithm and the size that its type names, as PKCS #8."""
    pem = PemKeys().generate(key_type)
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----")
    key = load_pem_private_key(pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey if key_type.startswith("ec") else rsa.RSAPrivateKey)
    assert key_type.endswith(str(key.key_size))


def test_two_keys_are_never_the_same() -> None:
    """Each key is drawn afresh."""
    keys = PemKeys()
    assert keys.public_key(keys.generate("ec256")) != keys.public_key(keys.generate("ec256"))


def test_an_unknown_key_type_is_refused_with_those_there_are() -> None:
    """The error names the field and the remedy."""
    with pytest.raises(InvalidRequest, match="ec-p256, ec-p384, rsa-2048") as caught:
        PemKeys().generate("dsa1024")
    assert caught.value.field == "key_type"


@pytest.mark.parametrize("key_type", ["ec256", "ec384", "rsa2048"])
def test_a_csr_names_the_names_and_nothing_else(key_type: str) -> None:
    """Empty subject, one critical SAN in the order asked for, signed by the key itself (RFC 5280 §4.2.1.6)."""
    keys, names = PemKeys(), ["example.test", "*.example.test", "xn--bcher-kva.test"]
    private_key = keys.generate(key_type)
    csr = x509.load_der_x509_csr(keys.build_csr(private_key, names))
    (extension,) = csr.extensions
    assert extension.critical
    assert isinstance(extension.value, x509.SubjectAlternativeName)
    assert extension.value.get_values_for_type(x509.DNSName) == names
    assert list(csr.subject) == []
    assert csr.is_signature_valid
    assert csr.public_key() == load_pem_private_key(private_key, password=None).public_key()


def test_a_csr_without_names_is_refused() -> None:
    """No CA can do anything with it."""
    keys = PemKeys()
    with pytest.raises(InvalidRequest, match="at least one name"):
        keys.build_csr(keys.generate("ec256"), [])


def test_a_leaf_is_read_as_the_ca_wrote_it() -> None:
    """Names sorted, instants in milliseconds, serial and key digest in hex."""
    leaf = PemKeys().read_leaf(_certificate("b.test", "*.a.test"))
    assert leaf.names == ("*.a.test", "b.test")
    assert leaf.not_before == int(NOT_BEFORE.timestamp()) * 1000
    assert leaf.not_after == int(NOT_AFTER.timestamp()) * 1000
    assert leaf.serial == "87654321"
    assert leaf.issuer == "CN=Test CA"


def test_the_digest_of_a_key_and_of_its_certificate_agree() -> None:
    """A leaf for somebody else's key is told by it."""
    keys = PemKeys()
    private_key = keys.generate("ec256")
    chain = _certificate("a.test", private_key=private_key)
    assert keys.read_leaf(chain).public_key == keys.public_key(private_key)
    assert keys.read_leaf(_certificate("a.test")).public_key != keys.public_key(private_key)


def test_only_the_first_certificate_of_a_chain_is_read() -> None:
    """The leaf comes first (RFC 8555 §9.1)."""
    chain = _certificate("leaf.test") + _certificate("other.test")
    assert PemKeys().read_leaf(chain).names == ("leaf.test",)


def test_the_identifier_for_renewal_information_is_the_rfcs() -> None:
    """The test vector of RFC 9773 §4.1, whose serial needs a leading zero byte."""
    assert PemKeys().read_leaf(_certificate("a.test")).ari_id == RFC_9773_ARI_ID


@pytest.mark.parametrize(
    ("serial", "encoded"), [(0x7F, "fw"), (0x80, "AIA"), (0xFF, "AP8"), (0x0100, "AQA"), (1, "AQ")]
)
def test_serials_are_written_as_der_writes_them(serial: int, encoded: str) -> None:
    """A zero byte leads exactly where the top bit is set."""
    assert PemKeys().read_leaf(_certificate("a.test", serial=serial)).ari_id.endswith(f".{encoded}")


@pytest.mark.parametrize("key_identifier", [None, b""])
def test_a_certificate_that_does_not_name_its_issuers_key_has_no_identifier(key_identifier: bytes | None) -> None:
    """Without it, renewal information can't be asked for, and nothing is replaced."""
    assert PemKeys().read_leaf(_certificate("a.test", key_identifier=key_identifier)).ari_id == ""


@pytest.mark.parametrize(
    "chain",
    [
        b"",
        b"hello",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
        b"\x30\x82\x00\x00",
    ],
)
def test_what_is_not_a_pem_certificate_is_refused(chain: bytes) -> None:
    """The error names the field, whatever the library made of it."""
    with pytest.raises(InvalidRequest, match="PEM certificate") as caught:
        PemKeys().read_leaf(chain)
    assert caught.value.field == "chain"


def test_a_certificate_without_names_is_refused() -> None:
    """A leaf that secures nothing is no leaf."""
    with pytest.raises(InvalidRequest, match="names nothing"):
        PemKeys().read_leaf(_certificate())


def test_a_private_key_that_can_not_be_used_is_refused_without_showing_it() -> None:
    """Not PEM, encrypted, or of a kind no CA takes: the error says so and holds nothing of the key."""
    other = ed25519.Ed25519PrivateKey.generate()
    kind = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    encrypted = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    for private_key in (b"", b"top secret", kind, encrypted):
        with pytest.raises(InvalidRequest) as caught:
            PemKeys().public_key(private_key)
        assert caught.value.field == "private_key"
        assert "secret" not in str(caught.value)


def _certificate(
    *names: str,
    private_key: bytes = b"",
    serial: int = RFC_9773_SERIAL,
    key_identifier: bytes | None = RFC_9773_KEY_IDENTIFIER,
) -> bytes:
    """Make a certificate in PEM, self-signed, with the key identifier of its issuer where one is given."""
    key = load_pem_private_key(private_key or PemKeys().generate("ec256"), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test CA")])
    builder = x509.CertificateBuilder(issuer, x509.Name([]), key.public_key(), serial, NOT_BEFORE, NOT_AFTER)
    if names:
        sans = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(sans, critical=True)
    if key_identifier:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier(key_identifier, None, None), critical=False)
    elif key_identifier is not None:
        # An extension that is there, but names the issuer by its own serial only.
        directory = [x509.DirectoryName(issuer)]
        builder = builder.add_extension(x509.AuthorityKeyIdentifier(None, directory, 1), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
