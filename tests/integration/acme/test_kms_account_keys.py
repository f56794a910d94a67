"""Account keys that never leave KMS (moto signs), at a real CA: everything that a plain key can do."""

import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key
from josepy.jwa import ES256
from josepy.util import ComparableECKey
from moto import mock_aws

from certwright.adapters.account_keys import (
    ACCOUNT_TAG,
    DEPLOYMENT_TAG,
    KeptAccountKeys,
    KmsEs256,
    build_sign,
    is_in_kms,
)
from certwright.adapters.ca_connections import AcmeCas
from certwright.adapters.egress import Egress, parse_allow_list
from certwright.domain.ca_account import KeyKind
from certwright.domain.errors import CertwrightError
from certwright.domain.order import Status
from certwright.ports import AccountRegistration
from tests.support.acme_client import WallClock
from tests.support.pebble_process import Pebble

REGION = "eu-central-1"


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A KMS in memory."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "nobody")
    with mock_aws():
        yield boto3.client("kms", region_name=REGION)


@pytest.fixture
def keys(kms: Any) -> KeptAccountKeys:
    return KeptAccountKeys(kms, "certwright-test")


def connect(pebble: Pebble, keys: KeptAccountKeys) -> AcmeCas:
    """Wire the connections as `bootstrap` does."""
    egress = Egress(allow=parse_allow_list(f"127.0.0.1/32:{urlsplit(pebble.directory_url).port}"))
    return AcmeCas(egress, WallClock(), str(pebble.ca_bundle), keys.signer)


def state_of(kms: Any, key: bytes) -> str:
    """Ask KMS how a key stands."""
    return str(kms.describe_key(KeyId=key.split(b" ")[1].decode())["KeyMetadata"]["KeyState"])


def test_an_account_is_registered_and_orders_by_a_key_that_only_kms_has(
    believing_pebble: Pebble, keys: KeptAccountKeys
) -> None:
    """The CA takes every signature; what is stored names the key and holds nothing secret."""
    key = keys.make("pebble", KeyKind.KMS)
    assert is_in_kms(key)
    assert b"PRIVATE" not in key
    cas = connect(believing_pebble, keys)
    url = cas.registration(believing_pebble.directory_url, key).register("a@example.com", terms_agreed=True)
    ca = cas.account(believing_pebble.directory_url, key, url)
    order = ca.place_order(["kms.test"], "default", "")
    assert order.status in (Status.PENDING, Status.READY)
    assert ca.fetch_authorization(order.authorization_urls[0]).identifier == "kms.test"


@pytest.mark.parametrize(
    ("before", "after"),
    [(KeyKind.PLAIN, KeyKind.KMS), (KeyKind.KMS, KeyKind.PLAIN), (KeyKind.KMS, KeyKind.KMS)],
)
def test_a_key_is_replaced_whichever_way(
    believing_pebble: Pebble, keys: KeptAccountKeys, before: KeyKind, after: KeyKind
) -> None:
    """Into KMS, out of it, and within: the URL stays, and the new key has the account."""
    old, new = keys.make("pebble", before), keys.make("pebble", after)
    cas = connect(believing_pebble, keys)

    def registration(key: bytes) -> AccountRegistration:
        return cas.registration(believing_pebble.directory_url, key)

    url = registration(old).register("", terms_agreed=True)
    registration(old).change_key(url, new)
    assert (registration(new).find(), registration(old).find()) == (url, "")
    assert cas.account(believing_pebble.directory_url, new, url).place_order(["rolled.test"], "default", "").url


def test_a_key_is_made_for_signing_alone_and_bears_the_names_that_roles_go_by(kms: Any, keys: KeptAccountKeys) -> None:
    """The stack's role may use keys with its tag, and no others."""
    key_id = keys.make("zerossl", KeyKind.KMS).split(b" ")[1].decode()
    made = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    assert (made["KeySpec"], made["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    tags = {item["TagKey"]: item["TagValue"] for item in kms.list_resource_tags(KeyId=key_id)["Tags"]}
    assert tags == {DEPLOYMENT_TAG: "certwright-test", ACCOUNT_TAG: "zerossl"}


def test_a_key_that_is_let_go_of_is_deleted_after_a_while(kms: Any, keys: KeptAccountKeys) -> None:
    """Again is fine, and a plain one needs nothing."""
    key = keys.make("pebble", KeyKind.KMS)
    keys.discard(key)
    keys.discard(key)
    keys.discard(keys.make("pebble", KeyKind.PLAIN))
    assert state_of(kms, key) == "PendingDeletion"


def test_a_signature_is_the_two_numbers_in_32_bytes_each(kms: Any, keys: KeptAccountKeys) -> None:
    """RFC 7518 §3.4, whatever length the numbers have in DER."""
    key = keys.make("pebble", KeyKind.KMS)
    signer = keys.signer(key)
    for _ in range(40):
        message = secrets.token_bytes(32)
        signature = signer.algorithm.sign(signer.key.key, message)
        assert len(signature) == 64
        assert ES256.verify(signer.key.key, message, signature)


class HashedOnce:
    """A KMS that signs what it is told is a digest as one, which moto does not."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.error = ""

    def sign(self, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> dict[str, bytes]:  # noqa: N803 - KMS's names
        if self.error:
            raise ClientError({"Error": {"Code": self.error}}, "Sign")
        assert (KeyId, SigningAlgorithm) == ("key-1", "ECDSA_SHA_256")
        assert len(Message) <= (32 if MessageType == "DIGEST" else 4096)
        digest = Prehashed(hashes.SHA256()) if MessageType == "DIGEST" else hashes.SHA256()
        return {"Signature": self.key.sign(Message, ec.ECDSA(digest))}


@pytest.mark.parametrize("size", [1, 4096, 4097, 20_000])
def test_what_is_too_long_for_kms_is_hashed_here(size: int) -> None:
    """A CSR of a hundred names is; the signature is the same kind either way."""
    kms = HashedOnce()
    message = b"x" * size
    signature = KmsEs256(kms, "key-1").sign(None, message)  # type: ignore[arg-type]  # only its `sign` is used
    assert ES256.verify(kms.key.public_key(), message, signature)
    assert (build_sign("key-1", message)["MessageType"] == "RAW") is (size <= 4096)


@pytest.mark.parametrize("code", ["KMSInvalidStateException", "NotFoundException", "AccessDeniedException"])
def test_a_key_that_kms_no_longer_signs_with_is_told_to_the_operator(code: str) -> None:
    """With what to do; anything else is a mistake of ours."""
    kms = HashedOnce()
    kms.error = code
    with pytest.raises(CertwrightError, match="cancel its deletion") as refused:
        KmsEs256(kms, "key-1").sign(None, b"x")  # type: ignore[arg-type]  # only its `sign` is used
    assert refused.value.code == "account-key-gone"
    kms.error = "ValidationException"
    with pytest.raises(ClientError):
        KmsEs256(kms, "key-1").sign(None, b"x")  # type: ignore[arg-type]  # only its `sign` is used


def test_what_kms_gives_as_public_key_is_what_signs(kms: Any, keys: KeptAccountKeys) -> None:
    """Read once, when the key is made; no call and no right is needed for it afterwards."""
    key = keys.make("pebble", KeyKind.KMS)
    public = load_der_public_key(kms.get_public_key(KeyId=key.split(b" ")[1].decode())["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert keys.signer(key).key.key == ComparableECKey(public)
