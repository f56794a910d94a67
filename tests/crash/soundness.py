"""What has to be so when a journey has come to rest, whatever happened on the way."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from certwright.domain import storage_keys
from certwright.domain.dry_run import PASSED, dry_run_goes_at
from certwright.ports import Managed
from tests.crash.journeys import DryRun, Journey, Rehearsal
from tests.crash.world import CrashWorld

SPKI = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def assert_sound(world: CrashWorld, managed: Managed, journey: Journey) -> None:
    """Look at the bucket, at the tables and at the logs; the journey is done."""
    _assert_all_is_put_away(world, managed, journey)
    _assert_at_rest(world, managed)
    if journey.version:
        _assert_readers_get(world, managed, journey)
    else:
        _assert_only_told(world, managed)
    if isinstance(journey, Rehearsal):
        _assert_rehearsed(world, managed, journey)


def _assert_readers_get(world: CrashWorld, managed: Managed, journey: Journey) -> None:
    """One key, its leaf with the right names, signed up to the CA's root; stored also under its attempt."""
    certificate_id, current = managed.desired.id, managed.work.current
    assert current is not None
    assert current.version == journey.version
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
    assert current.attempt == world.closed_attempts(certificate_id)[0].id
    assert read_object(world, storage_keys.version_bundle(certificate_id, current.attempt)) == bundle
    assert len(world.live.stored_attempts(certificate_id)) == journey.version, (
        "every version stays, and there is no other"
    )
    _note_secret(world, bundle)


def _assert_only_told(world: CrashWorld, managed: Managed) -> None:
    """A certificate was issued, of which no more is stored than the verdict; all of it goes by itself."""
    certificate_id, work, verdict = managed.desired.id, managed.work, managed.work.verdict
    assert verdict is not None
    assert (verdict.problem, work.current) == (None, None)
    assert verdict.issuer
    assert verdict.not_after > world.clock.now()
    assert work.due_at == dry_run_goes_at(managed.desired.created_at, verdict)
    assert world.objects("versions", certificate_id) == world.objects("current", certificate_id) == []
    (attempt,) = world.closed_attempts(certificate_id)
    _note_secret(world, read_object(world, storage_keys.pending_key(certificate_id, attempt.id)))


def _assert_rehearsed(world: CrashWorld, managed: Managed, journey: Rehearsal) -> None:
    """It went well, by one dry run of the same names, which was stored once."""
    rehearsal = managed.work.rehearsal
    assert rehearsal is not None
    assert (rehearsal.version, rehearsal.problem) == (journey.version, None)
    assert {owner for owner, kind in _stored(world) if kind == "work"} == {managed.desired.id, rehearsal.id}
    assert_sound(world, world.read(rehearsal.id), DryRun(journey.title, journey.names))


def _assert_all_is_put_away(world: CrashWorld, managed: Managed, journey: Journey) -> None:
    """No answer, no hold; as many closed attempts as it took, without a problem."""
    assert world.live.published_answers() == []
    assert "inflight" not in {kind for _, kind in _stored(world)}
    closed = world.closed_attempts(managed.desired.id)
    assert [attempt.problem for attempt in closed] == [None] * journey.attempts
    assert managed.work.failures == 0


def _assert_at_rest(world: CrashWorld, managed: Managed) -> None:
    """Nobody works on it; when and why it is looked at next is known."""
    work = managed.work
    assert (work.claimed_by, work.attempt, work.problem) == ("", None, None)
    assert work.due_at > world.clock.now()
    assert work.reason == (PASSED if managed.desired.dry_run_of else "issued")


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


def _stored(world: CrashWorld) -> list[tuple[str, str]]:
    """List what each item of certificates belongs to, and its kind."""
    scan = world.live.stack.client("dynamodb").scan(TableName=world.live.variables["CERTIFICATES_TABLE"])
    return [(item["pk"]["S"], item["sk"]["S"].partition("#")[0]) for item in scan["Items"]]


def _note_secret(world: CrashWorld, key: bytes) -> None:
    """Keep a line of a private key (PEM) that no other key has."""
    world.secrets.append(key.split(b"\n")[2].decode())
