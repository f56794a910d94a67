"""A certificate: what was asked for (`Desired`), and how far the work on it is (`Work`)."""

from dataclasses import dataclass

from certwright.domain.answer import Answer
from certwright.domain.asked_renewal import AskedRenewal
from certwright.domain.budget import Place
from certwright.domain.ca_choice import CaTrouble, CaWish
from certwright.domain.dry_run import Rehearsal, Verdict
from certwright.domain.identifier import identifier
from certwright.domain.key_types import KEY_TYPES
from certwright.domain.order import ChallengeType
from certwright.domain.problem import Problem
from certwright.domain.records import NameCheck
from certwright.domain.revocation import KeptVersion, Revocation, Revoked


@dataclass(frozen=True, slots=True)
class Desired:
    """What was asked for; written by the API. Instants are epoch milliseconds, here and below.

    `http_names` are proven by HTTP-01, all other names by DNS-01; `reason` says why it was so decided.
    `account` names the CA account. `csr` is the user's own in DER, empty where keys are ours, `csr_key` the digest of
    its public key. `preferred_chain` is the common name of a root. `cas` are the CAs to ask in turn, where there are
    several; a worker sees the one it is to ask as `account` and `profile`. `renewal` is what was asked for last.
    `dry_run_of` makes it a dry run, in the place of the account it names. Renewals are rehearsed `rehearse_days`
    before; -1 for what the deployment has. `is_self_signed`: by the test CA that is built in, which wants no proof.
    `is_untrusted`: it is known that nobody trusts what comes of it.
    `correlation_id` is the id of the request that asked for it: logs and events of the certificate carry it.
    """

    id: str
    owner: str
    names: tuple[str, ...]
    http_names: tuple[str, ...]
    reason: str
    account: str
    created_at: int
    dropped_names: tuple[str, ...] = ()
    profile: str = ""
    key_type: str = KEY_TYPES[0]
    is_deleted: bool = False
    reuses_key: bool = False
    csr: bytes = b""
    csr_key: str = ""
    preferred_chain: str = ""
    revocations: tuple[Revocation, ...] = ()
    cas: tuple[CaWish, ...] = ()
    renewal: AskedRenewal | None = None
    dry_run_of: str = ""
    rehearse_days: int = -1
    is_self_signed: bool = False
    is_untrusted: bool = False
    correlation_id: str = ""

    def challenge_type(self, name: str) -> ChallengeType:
        """Tell by which challenge a name of this certificate is proven."""
        return ChallengeType.HTTP_01 if name in self.http_names else ChallengeType.DNS_01

    @property
    def dns_identifiers(self) -> tuple[str, ...]:
        """The identifiers proven by DNS-01; apex and wildcard are one."""
        if self.is_self_signed:
            return ()
        return tuple(sorted({identifier(name) for name in self.names if name not in self.http_names}))


@dataclass(frozen=True, slots=True)
class Publication:
    """An answer for the nodes to give: visible once they acknowledge `generation` of `shard`.

    The generation is 0 until the answer is put and its shard moved on. `challenge_url` is the challenge it answers.
    """

    answer: Answer
    shard: int
    generation: int = 0
    challenge_url: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One thing an attempt got done, and when."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one certificate, with its own key; saved before each effect that needs it afterwards.

    `public_key` is the digest of the key stored under the attempt's id, `replaces` the ARI id of the certificate that
    this one renews. `unread` are the URLs of the order's authorizations that are still to be read, None before the
    first. `zones_generation` is that of the zones which the publications lie in, `answered` the URLs of the challenges
    that the CA was told are ready. `problem` is why the attempt must end, `is_stored` that its certificate is kept:
    either ends it.
    """

    id: str
    started_at: int
    account: str
    public_key: str
    replaces: str = ""
    order_url: str = ""
    unread: tuple[str, ...] | None = None
    publications: tuple[Publication, ...] = ()
    zones_generation: int = 0
    is_visible: bool = False
    answered: tuple[str, ...] = ()
    is_stored: bool = False
    problem: Problem | None = None
    stages: tuple[Stage, ...] = ()

    @property
    def is_over(self) -> bool:
        """Tell whether only tidying up is left."""
        return self.is_stored or self.problem is not None

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The URLs of the challenges that the CA has yet to be told are ready.

        Answered once: a CA may go on calling a challenge pending while it validates, and validate again if told again.
        """
        urls = (item.challenge_url for item in self.publications)
        return tuple(url for url in urls if url and url not in self.answered)


@dataclass(frozen=True, slots=True)
class Current:
    """The newest stored version.

    `replaces` is the ARI id of the certificate it renews, as the CA accepted it; `etag` that of the bundle readers get.
    `root` is the common name of what its chain ends at, `public_key` the digest of its key; both may be empty.
    """

    version: int
    attempt: str
    account: str
    names: tuple[str, ...]
    serial: str
    issuer: str
    not_before: int
    not_after: int
    ari_id: str
    stored_at: int
    order_url: str = ""
    replaces: str = ""
    etag: str = ""
    root: str = ""
    public_key: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """How far a certificate is; written by the worker, but for `wake` and an unclaimed `due_at`.

    `due_at` is when it next needs attention and, while claimed, the end of the lease. `wake` counts the calls for
    attention, `seen_wake` is the count that was heeded. Observations carry the instant they were made, 0 for stale.
    `earlier` are the versions before `current` that have not expired, newest first; `compromised_keys` are digests.
    `places` are those at the CA's limits. `verdict` is how a dry run ended, `rehearsal` the last one of a renewal.
    `watch_at` is when records that nothing needs yet are wanted to be looked at again, `trouble_since` since when such
    looks find something wrong, 0 for not. `refused_replaces` is what the CA would not have an order replace.
    """

    id: str
    due_at: int
    revision: int = 0
    wake: int = 0
    claimed_by: str = ""
    claims_since_save: int = 0

    seen_wake: int = 0
    reason: str = "new"
    problem: Problem | None = None
    waiting_since: int = 0
    checks: tuple[NameCheck, ...] = ()
    checked_at: int = 0
    ownership_problem: Problem | None = None
    ownership_checked_at: int = 0
    watch_at: int = 0
    trouble_since: int = 0
    attempt: Attempt | None = None
    failures: int = 0
    retry_at: int = 0
    current: Current | None = None
    renew_at: int = 0
    window: tuple[int, int] = (0, 0)
    window_check_at: int = 0
    window_explanation: str = ""
    refused_replaces: str = ""
    earlier: tuple[KeptVersion, ...] = ()
    revoked: tuple[Revoked, ...] = ()
    revoke_at: int = 0
    compromised_keys: tuple[str, ...] = ()
    ca_troubles: tuple[CaTrouble, ...] = ()
    places: tuple[Place, ...] = ()
    verdict: Verdict | None = None
    rehearsal: Rehearsal | None = None

    def target(self, name: str) -> str:
        """Find the fulldomain at which the walk of a name's validation domain ended, empty if it was not seen."""
        return next((check.target for check in self.checks if check.identifier == identifier(name)), "")

    def find_version(self, version: int) -> KeptVersion | None:
        """Find what is known of a stored version, None where it is none or has expired."""
        now = self.current
        known = (_kept(now), *self.earlier) if now else ()
        return next((item for item in known if item.version == version), None)

    def replaceable_by(self, account: str) -> str:
        """Name what an order of an account replaces: the current version, if that account ordered it (RFC 9773 §5)."""
        current = self.current
        is_named = current is not None and current.account == account and current.ari_id != self.refused_replaces
        return current.ari_id if current and is_named else ""

    @property
    def is_current_revoked(self) -> bool:
        """Tell whether the current version is revoked."""
        version = self.current.version if self.current else 0
        return any(item.version == version and item.problem is None for item in self.revoked)

    @property
    def is_current_compromised(self) -> bool:
        """Tell whether the key of the current version was reported as compromised, with whichever version."""
        return self.current is not None and self.current.public_key in self.compromised_keys


def _kept(current: Current) -> KeptVersion:
    return KeptVersion(current.version, current.attempt, current.account, current.not_after, current.public_key)


STUCK_AFTER_CLAIMS = 5


@dataclass(frozen=True, slots=True)
class Event:
    """A change of state, or something done on request, kept for people; `at` in epoch milliseconds.

    `correlation_id` is the certificate's.
    """

    at: int
    state: str
    reason: str
    sentence: str
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class ClosedAttempt:
    """An attempt that has ended, as the history keeps it."""

    attempt: Attempt
    closed_at: int
