"""What the flows need of the world: small interfaces, owned here, filled in by `adapters` and by the tests' fakes.

They stand in one file, long as it is, so that the whole seam can be read at once.

Each method raises only what its docstring names and `Unavailable`, when the world does not answer in time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from certwright.domain.announcement import Announcement
from certwright.domain.answer import Answer, Counter, NodeRow, ServedZone
from certwright.domain.budget import Budget
from certwright.domain.ca import CaOffer
from certwright.domain.ca_account import CaDefinition, CaStanding
from certwright.domain.certificate import ClosedAttempt, Desired, Event, Hearer, Summary, Work
from certwright.domain.order import Authorization, Order
from certwright.domain.owner import Delegation, Owner, Token, Zone
from certwright.domain.problem import Problem
from certwright.domain.records import NameCheck, WantedAddress, WantedCaa, WantedDelegation, WantedZone
from certwright.domain.revocation import Reason, Revocation


class Clock(Protocol):
    """Time, so that tests and simulations can own it."""

    def now(self) -> int:
        """Tell the time in epoch milliseconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait, at most 2 seconds at a time."""
        ...


class Chance(Protocol):
    """Randomness, so that tests and simulations can own it."""

    def new_id(self, prefix: str) -> str:
        """Make an id like `crt_<32 hex digits>`."""
        ...

    def new_uuid(self) -> str:
        """Make a dashed UUID, version 4, in lower case."""
        ...

    def new_label(self) -> str:
        """Make a short random DNS label, hard to collide by accident."""
        ...

    def new_secret(self) -> str:
        """Make a secret of 256 bits from letters and digits."""
        ...

    def fraction(self) -> float:
        """Draw a number from 0 up to 1."""
        ...


class PublicSuffixes(Protocol):
    """The public suffix list, bundled and never fetched; an unlisted top-level domain counts as a suffix."""

    def registrable(self, name: str) -> str | None:
        """Find the registrable domain of a name, None where the name is a public suffix itself."""
        ...

    def is_listed(self, name: str) -> bool:
        """Tell whether a name ends in a suffix that is on the list."""
        ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a certificate chain's first certificate says; times are epoch milliseconds.

    `public_key` is the SHA-256 of its SubjectPublicKeyInfo in hex, `ari_id` the identifier of RFC 9773 §4.1. `root` is
    the common name of the issuer of the chain's last certificate, empty where it has none.
    """

    names: tuple[str, ...]
    not_before: int
    not_after: int
    serial: str
    issuer: str
    public_key: str
    ari_id: str
    root: str = ""


class Keys(Protocol):
    """Private keys, CSRs and the reading of certificates. Private keys are PEM (PKCS #8)."""

    def generate(self, key_type: str) -> bytes:
        """Make a new private key; `key_type` is one of `domain.key_types.KEY_TYPES`."""
        ...

    def build_csr(self, private_key: bytes, names: Sequence[str]) -> bytes:
        """Build a CSR in DER with an empty subject and the names as SANs (RFC 8555 §7.4)."""
        ...

    def public_key(self, private_key: bytes) -> str:
        """Digest the public half as `Leaf.public_key` does."""
        ...

    def read_leaf(self, chain: bytes) -> Leaf:
        """Read the first certificate of a PEM chain; `InvalidRequest` when it is none."""
        ...


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A CSR that a user made; `public_key` as `Leaf.public_key`, `key_type` one of `domain.key_types.KEY_TYPES`."""

    der: bytes
    names: tuple[str, ...]
    public_key: str
    key_type: str


class SigningRequests(Protocol):
    """CSRs that users send."""

    def read(self, text: str) -> SigningRequest:
        """Read a PEM CSR and check its signature and key; `InvalidRequest` says what is wrong with it."""
        ...


class CaDirectories(Protocol):
    """What CAs say about themselves, read without an account."""

    def describe(self, directory: str) -> CaOffer:
        """Read a directory's metadata (RFC 8555 §7.1.1); it may be some minutes old."""
        ...


class CaOrders(Protocol):
    """Orders of one account; none of these reads the authorizations of an order that may still succeed."""

    def place_order(self, names: Sequence[str], profile: str, replaces: str) -> Order:
        """Place an order (RFC 8555 §7.4; `replaces`: RFC 9773 §5, may be empty)."""
        ...

    def fetch_order(self, url: str) -> Order:
        """Read an order; of an invalid one also why it is so (RFC 8555 §7.1.3)."""
        ...

    def finalize(self, order: Order, csr: bytes) -> Order:
        """Ask for the certificate of a ready order with a CSR in DER (RFC 8555 §7.4)."""
        ...

    def download(self, order: Order) -> bytes:
        """Fetch the chain of a valid order as PEM, leaf first (RFC 8555 §7.4.2)."""
        ...

    def download_alternates(self, order: Order) -> Iterable[bytes]:
        """Fetch the other chains of a valid order, one by one (`Link: rel="alternate"`, RFC 8555 §7.4.2)."""
        ...


class CaAuthorizations(Protocol):
    """Authorizations of one account, one at a time."""

    def fetch_authorization(self, url: str) -> Authorization:
        """Read an authorization with its challenges (RFC 8555 §7.5)."""
        ...

    def answer(self, challenge_url: str) -> None:
        """Tell the CA that a challenge is ready (RFC 8555 §7.5.1); harmless when repeated."""
        ...


class CaRevocations(Protocol):
    """Revocations in the name of one account."""

    def revoke(self, chain: bytes, reason: Reason) -> None:
        """Revoke the first certificate of a chain; one that is revoked already is fine (RFC 8555 §7.6)."""
        ...


class Ca(CaOrders, CaAuthorizations, CaRevocations, Protocol):
    """One account at one CA: one request a call, never sleeping; each raises `CaRefusal` for a problem document."""


@dataclass(frozen=True, slots=True)
class RenewalWindow:
    """When the CA suggests renewal (RFC 9773 §4.2), epoch milliseconds; `retry_after_seconds` is 1 minute to 1 day."""

    start: int
    end: int
    retry_after_seconds: float
    explanation_url: str = ""


class RenewalInformation(Protocol):
    """The CA's renewal information, read without authentication."""

    def fetch_window(self, ari_id: str) -> RenewalWindow | None:
        """Read the suggested window; None when the CA offers none or it is not usable (end before start)."""
        ...


@dataclass(frozen=True, slots=True)
class ExternalAccount:
    """What binds an account to one the operator has with the CA (RFC 8555 §7.3.4); `hmac_key` is base64url."""

    kid: str
    hmac_key: str = field(repr=False)


class Registration(Protocol):
    """Making an account at the CA."""

    def register(self, contact: str, terms_agreed: bool, external: ExternalAccount | None = None) -> str:
        """Register the key, or find the account that has it, and return the account URL (RFC 8555 §7.3)."""
        ...

    def find(self) -> str:
        """Find the account that has the key; empty where none has (RFC 8555 §7.3.1)."""
        ...

    def thumbprint(self) -> str:
        """Digest the account key (RFC 7638)."""
        ...


class AccountChanges(Protocol):
    """Changes of an account at the CA, by its URL; each raises `CaRefusal`."""

    def change_contact(self, url: str, contact: str) -> None:
        """Replace the contact; an empty one takes it away (RFC 8555 §7.3.2)."""
        ...

    def change_key(self, url: str, new_key: bytes) -> None:
        """Replace the account's key by a PEM key on P-256 (RFC 8555 §7.3.5)."""
        ...

    def deactivate(self, url: str) -> None:
        """Give the account up for good; again is fine (RFC 8555 §7.3.6)."""
        ...


class AccountRegistration(Registration, AccountChanges, Protocol):
    """An account key at a CA, before and after it is registered."""


class Cas(Protocol):
    """Connections to CAs; building one costs no request."""

    def new_account_key(self) -> bytes:
        """Make a private key for an account (P-256, PKCS #8 PEM)."""
        ...

    def registration(self, directory: str, account_key: bytes) -> AccountRegistration:
        """Connect for registering a key at a directory."""
        ...

    def account(self, directory: str, account_key: bytes, account_url: str) -> Ca:
        """Connect as a registered account."""
        ...

    def renewal_information(self, directory: str) -> RenewalInformation:
        """Connect for reading renewal information."""
        ...

    def revoke_by_key(self, directory: str, private_key: bytes, chain: bytes, reason: Reason) -> None:
        """Revoke the first certificate of a chain in the name of its own key, without an account (RFC 8555 §7.6).

        Raises `CaRefusal`; one that is revoked already is fine.
        """
        ...


class RecordChecks(Protocol):
    """A fresh look at DNS from the root, authoritative servers only, never a cache (and HTTP where it must be)."""

    def check_delegation(self, wanted: WantedDelegation) -> NameCheck:
        """Walk `_acme-challenge.<identifier>`; the problem names the first broken hop: A, NS, reachability, CNAME."""
        ...

    def check_address(self, wanted: WantedAddress) -> NameCheck:
        """Look whether HTTP-01 for the identifier reaches us, by its address or by a redirect."""
        ...

    def check_caa(self, wanted: WantedCaa) -> NameCheck:
        """Look whether CAA lets the CA issue the names for our account by the method (RFC 8659, RFC 8657)."""
        ...

    def check_zone(self, wanted: WantedZone) -> Problem | None:
        """Look whether the zone is delegated to us and answers over UDP and TCP."""
        ...

    def read_txt(self, name: str) -> tuple[str, ...]:
        """Read the TXT values at a name from its authoritative servers; empty where there are none."""
        ...


@dataclass(frozen=True, slots=True)
class Managed:
    """A certificate as stored: what was asked, and how far the work is."""

    desired: Desired
    work: Work


@dataclass(frozen=True, slots=True)
class NotClaimed:
    """A claim that failed: when the certificate is due, and whether somebody works on it."""

    due_at: int
    is_claimed: bool


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key for one request, and the hash of that request's body."""

    key: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of summaries, newest first; an empty cursor ends the list."""

    items: tuple[Summary, ...]
    cursor: str


class Certificates(Protocol):
    """Certificates as the API sees them."""

    def create(self, managed: Managed, event: Event, idempotency: IdempotencyKey | None) -> str:
        """Store a new certificate, whole or not at all, and return its id.

        Returns the id of the earlier one when the same key came with the same request; `InvalidRequest` when the key
        came with another.
        """
        ...

    def read(self, certificate_id: str) -> Managed | None:
        """Read one certificate, strongly consistent."""
        ...

    def list_summaries(self, owner: str, cursor: str, limit: int) -> Page:
        """List the certificates of one owner."""
        ...

    def wake(self, certificate_id: str, now: int, *, is_deleted: bool) -> None:
        """Ask for attention: make every observation stale, and mark it deleted if so; `NotFound` when it is gone.

        The due time moves only where nobody works on it.
        """
        ...

    def list_events(self, certificate_id: str, limit: int) -> tuple[Event, ...]:
        """Read the newest events, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class Changes:
    """One save: the new `work`, and what must land together with it.

    `is_released` gives up the claim; the save then also fails where `wake` moved. `takes_hold` is the key of a hold to
    take for the attempt that is saved, where nobody has it; `drops_hold` that of one to delete.
    """

    desired: Desired
    before: Work
    after: Work
    now: int
    is_released: bool = False
    closed: ClosedAttempt | None = None
    drops_hold: str = ""
    takes_hold: str = ""


class Revocations(Protocol):
    """Versions that are to be revoked, as the API sees them."""

    def ask(self, certificate_id: str, revocation: Revocation) -> None:
        """Add one to what was asked of a certificate; `NotFound` when it is gone."""
        ...


class KeyRevoker(Protocol):
    """Revocation by whoever has a certificate and its key."""

    def revoke_by_key(self, directory: str, private_key: bytes, chain: bytes, reason: Reason) -> None:
        """Revoke as `Cas.revoke_by_key` does; `InvalidRequest` where key and certificate do not belong together."""
        ...


class Jobs(Protocol):
    """Certificates as a worker sees them: claimed, worked on under a lease, saved."""

    def claim(self, certificate_id: str, worker: str, now: int, lease_until: int) -> Managed | NotClaimed | None:
        """Take the lease of a due certificate: claim and fence at once; None when it does not exist."""
        ...

    def read_work(self, certificate_id: str) -> Managed | None:
        """Read a certificate again while holding its lease."""
        ...

    def save(self, changes: Changes) -> Work:
        """Store what a step changed and return the work as stored; `StaleRevision` when another writer came first."""
        ...

    def remove(self, managed: Managed) -> None:
        """Delete what is stored of a deleted certificate, under the revision it was read at; `StaleRevision`."""
        ...

    def list_due(self, now: int, limit: int) -> tuple[str, ...]:
        """List the certificates that are due, oldest first, by the index (eventually consistent)."""
        ...


@dataclass(frozen=True, slots=True)
class Lateness:
    """From when a certificate is late (epoch milliseconds)."""

    certificate: str
    late_at: int


class Overview(Protocol):
    """All certificates at a glance, by their indexes (eventually consistent)."""

    def oldest_due(self) -> int | None:
        """Tell the earliest due time, None where there is no certificate."""
        ...

    def list_by_lateness(self, hearer: Hearer, limit: int) -> tuple[Lateness, ...]:
        """List those that one of the two must hear of if they are late, first the one that is late first."""
        ...

    def read_summary(self, certificate_id: str) -> Summary | None:
        """Read what lists show of one certificate."""
        ...


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds one account, set of names and profile: one order in flight for each."""

    certificate: str
    attempt: str


class Holds(Protocol):
    """Holds on account, names and profile (a CA hands out one pending order for them)."""

    def read(self, key: str) -> Holder | None:
        """Tell who has a hold, strongly consistent; None where nobody has."""
        ...

    def take(self, key: str, holder: Holder, instead_of: Holder | None = None) -> Holder:
        """Take a free hold, or one of `instead_of`, and return who has it then."""
        ...


@dataclass(frozen=True, slots=True)
class StoredBudget:
    """A budget, and the revision at which it was read; 0 for one that was not there."""

    key: str
    budget: Budget
    revision: int = 0


class Budgets(Protocol):
    """What is left of the CAs' limits; a key begins with the CA's id and `#`."""

    def read(self, keys: Sequence[str]) -> tuple[StoredBudget, ...]:
        """Read those that are there, strongly consistent."""
        ...

    def write(self, changed: Sequence[StoredBudget]) -> None:
        """Store up to 100, all or none, under the revisions they were read at; `StaleRevision`."""
        ...

    def list_all(self, ca: str, limit: int) -> tuple[StoredBudget, ...]:
        """List those of one CA in the order of their keys, the first `limit` (eventually consistent)."""
        ...


class Bus(Protocol):
    """Where whoever wants to know listens."""

    def announce(self, announcement: Announcement) -> None:
        """Announce something, at least once; `Unavailable` where it was not taken."""
        ...


class Queue(Protocol):
    """The work queue: it only hastens what the due index would bring up by itself."""

    def send(self, certificate_id: str, delay_seconds: int = 0) -> None:
        """Ask a worker to look at a certificate, after 0 to 900 seconds."""
        ...

    def send_all(self, certificate_ids: Sequence[str]) -> None:
        """Ask workers to look at many certificates now."""
        ...

    def depth(self) -> int:
        """Estimate how many messages wait."""
        ...


class Owners(Protocol):
    """The owners in the registry."""

    def read(self, owner_id: str) -> Owner | None:
        """Read one owner, strongly consistent."""
        ...

    def create(self, owner: Owner) -> Owner:
        """Store an owner unless there is one of that id, and return the stored one."""
        ...

    def list_all(self) -> tuple[Owner, ...]:
        """List every owner."""
        ...

    def change(self, owner: Owner) -> Owner:
        """Set an owner's name, patterns and activity, nothing else, and return what is stored; raises `NotFound`."""
        ...

    def set_current_zone(self, owner_id: str, zone_id: str, instead_of: str) -> bool:
        """Point an owner at its zone, unless it points elsewhere than `instead_of` by now."""
        ...


class Zones(Protocol):
    """The delegated zones in the registry."""

    def create(self, zone: Zone) -> None:
        """Store a new zone; `Conflict` when its origin is taken or overlaps another."""
        ...

    def read(self, zone_id: str) -> Zone | None:
        """Read one zone."""
        ...

    def list_all(self) -> tuple[Zone, ...]:
        """List every zone of the deployment."""
        ...

    def update(self, before: Zone, after: Zone) -> None:
        """Replace a zone's values (not its origin); `StaleRevision` when it is no longer as `before`."""
        ...

    def remove(self, zone: Zone) -> None:
        """Delete a zone and free its origin."""
        ...


class Delegations(Protocol):
    """The stable targets in the registry."""

    def obtain(self, delegation: Delegation) -> Delegation:
        """Store a delegation unless the owner has one for the domain, and return the stored one."""
        ...

    def read(self, owner: str, domain: str) -> Delegation | None:
        """Read an owner's delegation for a domain."""
        ...


class Holdings(Protocol):
    """Who has HTTP-01 for a name: a holding lasts while one of the owner's certificates needs it."""

    def take(self, name: str, owner: str, certificate_id: str) -> bool:
        """Hold a name for a certificate; False when another owner has it."""
        ...

    def release(self, name: str, certificate_id: str) -> None:
        """Let go of a name for a certificate, and of the holding with its last."""
        ...

    def holder(self, name: str) -> str:
        """Tell the owner that holds a name, empty for none."""
        ...


class Tokens(Protocol):
    """The API tokens in the registry."""

    def read(self, token_id: str) -> Token | None:
        """Read one token, strongly consistent: a deletion counts at once."""
        ...

    def create(self, token: Token) -> bool:
        """Store a token unless there is one of that id; False when there was."""
        ...

    def list_all(self) -> tuple[Token, ...]:
        """List every token."""
        ...

    def remove(self, token_id: str) -> None:
        """Delete a token; quietly when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """A CA account in the registry; its private key is encrypted, `url` is empty until it is registered.

    `next_key` is the one that takes its place while the CA is told, encrypted too.
    """

    name: str
    directory: str
    encrypted_key: bytes
    url: str = ""
    next_key: bytes = b""
    is_deactivated: bool = False


class Accounts(Protocol):
    """The CA accounts in the registry."""

    def read(self, name: str) -> StoredAccount | None:
        """Read one account, strongly consistent."""
        ...

    def create(self, account: StoredAccount) -> StoredAccount:
        """Store an account unless there is one of that name, and return the stored one."""
        ...

    def set_url(self, name: str, url: str) -> None:
        """Keep the URL the CA gave."""
        ...

    def update(self, before: StoredAccount, after: StoredAccount) -> StoredAccount:
        """Replace keys and state, and return what is stored; `StaleRevision` where other keys are there by now."""
        ...


class CaDefinitions(Protocol):
    """The CA accounts that operators defined."""

    def read(self, name: str) -> CaDefinition | None:
        """Read one, strongly consistent."""
        ...

    def create(self, definition: CaDefinition) -> bool:
        """Store one unless there is one of that name; False when there was."""
        ...

    def update(self, before: CaDefinition, after: CaDefinition) -> None:
        """Replace one; `StaleRevision` when its `changes` are no longer as `before`."""
        ...

    def list_all(self) -> tuple[CaDefinition, ...]:
        """List all of them by name."""
        ...


class CaStandings(Protocol):
    """How accounts stand at their CAs, as workers last left them."""

    def read(self, name: str) -> CaStanding | None:
        """Read one, None where nothing is known."""
        ...

    def put(self, standing: CaStanding) -> None:
        """Store one in place of what was there."""
        ...


class Cipher(Protocol):
    """Encryption at rest for what is smaller than 4 KiB; `purpose` must be the same both times."""

    def encrypt(self, plaintext: bytes, purpose: str) -> bytes:
        """Encrypt under the deployment's key."""
        ...

    def decrypt(self, ciphertext: bytes, purpose: str) -> bytes:
        """Decrypt what `encrypt` made."""
        ...


class Answers(Protocol):
    """What the nodes serve, as the issuer writes it."""

    def publish(self, answers: Iterable[Answer]) -> Mapping[Counter, int]:
        """Put answers, then move their shards on.

        Returns each shard's new generation, and that of the zones as it stands: an answer is visible on a node only if
        the node knows its zone.
        """
        ...

    def withdraw(self, answers: Iterable[Answer]) -> None:
        """Delete answers and move their shards on."""
        ...

    def publish_zone(self, zone: ServedZone) -> int:
        """Put a zone, or its new values, and return the zones' new generation."""
        ...

    def withdraw_zone(self, origin: str) -> int:
        """Stop serving a zone and return the zones' new generation."""
        ...


class Nodes(Protocol):
    """The nodes' heartbeats."""

    def list_rows(self) -> tuple[NodeRow, ...]:
        """Read every node's row, strongly consistent."""
        ...


class PendingKeys(Protocol):
    """Private keys of attempts, kept before the order is placed."""

    def keep(self, certificate_id: str, attempt: str, private_key: bytes) -> None:
        """Store the key of an attempt, encrypted."""
        ...

    def read(self, certificate_id: str, attempt: str) -> bytes:
        """Read the key of an attempt; `NotFound` when it is not there."""
        ...


@dataclass(frozen=True, slots=True)
class StoredBundle:
    """Which version `current` holds, by its own account."""

    version: int
    etag: str


class KeptVersions(Protocol):
    """All versions of certificates, by the attempts they came from."""

    def read_version(self, certificate_id: str, attempt: str) -> bytes | None:
        """Read key and chain of a version as PEM, None where there is none."""
        ...


class Versions(Protocol):
    """Certificates in S3: immutable versions, and one current bundle."""

    def keep(self, certificate_id: str, attempt: str, private_key: bytes, chain: bytes) -> None:
        """Store a version under its attempt; the same again is harmless."""
        ...

    def replace_current(self, certificate_id: str, version: int, etag: str, bundle: bytes, chain: bytes) -> str:
        """Replace the bundle that has this ETag (empty: there is none yet) and return the new one.

        Raises `StaleRevision` when another bundle is there.
        """
        ...

    def describe_current(self, certificate_id: str) -> StoredBundle | None:
        """Tell what `current` holds, None when there is nothing."""
        ...

    def read_bundle(self, certificate_id: str) -> bytes | None:
        """Read key and chain of the current version as PEM, one object."""
        ...

    def remove(self, certificate_id: str) -> None:
        """Delete every object of a certificate."""
        ...
