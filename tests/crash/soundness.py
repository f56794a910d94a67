"""What has to be so when a journey has come to rest, whatever happened on the way."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from certwright.domain import storage_keys
from certwright.domain.certificate import Current
from certwright.ports import Managed
from tests.crash.journeys import Journey
from tests.crash.world import CrashWorld

SPKI = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def assert_sound(world: CrashWorld, managed: Managed, journey: Journey) -> None:
    """Look at the bucket, at the tables and at the logs; the journey is done."""
    current = managed.work.current
    assert current is not None
    _assert_readers_get(world, managed, current, journey)
    _assert_all_is_put_away(world, managed)
    _assert_at_rest(world, managed)


def _assert_readers_get(world: CrashWorld, managed: Managed, current: Current, journey: Journey) -> None:
    """One key, its leaf with the right names, signed up to the CA's root; stored also under its attempt."""
    certificate_id = managed.desired.id
    bundle = read_object(world, storage_keys.current_bundle(certificate_id))
    key = load_pem_private_key(bundle, None)
    leaf, *above = x509.load_pem_x509_certificates(bundle)
    assert bundle.count(b"PRIVATE KEY-----") == 2
    assert leaf.public_key().public_bytes(*SPKI) == key.public_key().public_bytes(*SPKI)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == set(journey.names)
    issuers = [*above, *x509.load_pem_x509_certificates(world.live.pebble.root())]
    for child, issuer in zip([leaf, *above], issuers, strict=False):
        child.verify_directly_issued_by(issuer)
    assert leaf.serial_number == int(current.serial, 16)
    chain = read_object(world, storage_keys.current_chain(certificate_id))
    assert bundle.endswith(chain)
    assert b"PRIVATE KEY" not in chain
    assert read_object(world, storage_keys.version_bundle(certificate_id, current.attempt)) == bundle
    assert len(world.live.stored_attempts(certificate_id)) == journey.version, (
        "every version stays, and there is no other"
    )
    world.secrets.append(bundle.split(b"\n")[2].decode())


def _assert_all_is_put_away(world: CrashWorld, managed: Managed) -> None:
    """No answer, no hold; one closed attempt for each version, without a problem."""
    assert world.live.published_answers() == []
    scan = world.live.stack.client("dynamodb").scan(TableName=world.live.variables["CERTIFICATES_TABLE"])
    kinds = [item["sk"]["S"].partition("#")[0] for item in scan["Items"]]
    assert "inflight" not in kinds
    closed = [item for item in scan["Items"] if item["pk"]["S"] == managed.desired.id and "attempt#" in item["sk"]["S"]]
    current = managed.work.current
    assert current is not None
    assert len(closed) == current.version, f"{kinds}, {closed}"
    assert managed.work.failures == 0


def _assert_at_rest(world: CrashWorld, managed: Managed) -> None:
    """Nobody works on it; when and why it is looked at next is known."""
    work = managed.work
    assert (work.claimed_by, work.attempt, work.problem) == ("", None, None)
    assert work.due_at > world.clock.now()
    assert work.reason == "issued"


def assert_nothing_secret_logged(world: CrashWorld) -> None:
    """Neither a PEM header nor a line of any key that was made."""
    assert world.secrets
    text = "\n".join((*world.logged, world.live.pebble.log.read_text()))
    assert "PRIVATE KEY" not in text
    assert [secret for secret in world.secrets if secret in text] == []


def read_object(world: CrashWorld, key: str) -> bytes:
    """Read an object of the bucket."""
    found = world.live.stack.client("s3").get_object(Bucket=world.live.variables["BUCKET"], Key=key)
    content: bytes = found["Body"].read()
    return content
