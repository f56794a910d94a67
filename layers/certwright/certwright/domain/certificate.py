"""A certificate: what was asked for (`Desired`), and how far the work on it is (`Work`)."""

from dataclasses import dataclass
from enum import StrEnum

from certwright.domain.answer import Answer
from certwright.domain.asked_renewal import RENEWAL_REQUESTED, AskedRenewal
from certwright.domain.budget import Place
from certwright.domain.ca_choice import CaTrouble, CaWish
from certwright.domain.dry_run import Rehearsal, Verdict, dry_run_state
from certwright.domain.identifier import identifier
from certwright.domain.key_types import KEY_TYPES
from certwright.domain.order import ChallengeType
from certwright.domain.problem import Actor, Problem
from certwright.domain.records import NameCheck
from certwright.domain.renewal import DAY, late_at
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
    looks find something wrong, 0 for not.
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


class Hearer(StrEnum):
    """Who must hear of a certificate that is late: its user where only they can mend it, else the operator."""

    USER = "user"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list shows of a certificate: about 250 bytes, enough to sort and filter 10,000 in memory.

    At `late_at` it should have been issued or renewed for long; `late_for` is who must then hear of it. `cas` are all
    accounts that may be asked where there are several, `leaving` the one that is being left for another CA,
    `key_mark` the beginning of the digest of its key or the CSR's. `is_troubled` says that a user or an operator must
    act.
    """

    id: str
    owner: str
    names: tuple[str, ...]
    names_total: int
    state: str
    reason: str
    challenge: str
    account: str
    created_at: int
    issued_at: int
    expires_at: int
    renew_at: int
    late_at: int = 0
    late_for: Hearer = Hearer.OPERATOR
    cas: tuple[str, ...] = ()
    leaving: str = ""
    key_mark: str = ""
    is_dry_run: bool = False
    is_untrusted: bool = False
    is_troubled: bool = False


SUMMARY_NAMES = 3
"""So many names a summary holds; the certificate itself has them all."""

FIRST_ISSUE = DAY
"""A certificate that was never issued is late so long after it was requested, a revoked one after that was asked."""

NEVER_LATE = 10**14
"""Long after every certificate has expired."""


@dataclass(frozen=True, slots=True)
class Status:
    """The state shown to people: derived from `Desired` and `Work`, never set.

    `state` is one of deleting, waiting, issuing, failing, issued, renewing, revoked, expired; that of a dry run which
    has ended passed or failed. A certificate that is issued can have a problem all the same, of its renewal.
    """

    state: str
    reason: str
    sentence: str
    problem: Problem | None


def is_renewal_asked(desired: Desired, work: Work) -> bool:
    """Tell whether a renewal that somebody asked for is still to be done; not what was given up for good since."""
    asked, current = desired.renewal, work.current
    if asked is None or current is None or asked.is_met_by(current.version, current.public_key, current.account):
        return False
    mine = (item for item in desired.revocations if item.version == current.version and not item.reissues)
    return all(item.asked_at <= asked.asked_at for item in mine)


def status(desired: Desired, work: Work, now: int) -> Status:
    """Derive the state of a certificate from its parts; `now` in epoch milliseconds."""
    problem = work.problem or rehearsed_problem(work)
    state, sentence = _state(desired, work, now)
    is_asked = is_renewal_asked(desired, work) and not desired.is_deleted
    reason = problem.code if problem else RENEWAL_REQUESTED if is_asked else work.reason
    return Status(state, reason, problem.sentence if problem else sentence, problem)


def rehearsed_problem(work: Work) -> Problem | None:
    """Find what a rehearsal of the current version's renewal has shown, until that renewal is at work."""
    if work.attempt or work.current is None or work.rehearsal is None:
        return None
    return work.rehearsal.problem if work.rehearsal.version == work.current.version else None


def _state(desired: Desired, work: Work, now: int) -> tuple[str, str]:
    if desired.is_deleted:
        return "deleting", "It was deleted; its answers are being withdrawn."
    if work.verdict:
        return dry_run_state(work.verdict)
    is_at_work = work.attempt and not work.attempt.is_stored
    if work.is_current_revoked and not is_at_work:
        return "revoked", "The certificate is revoked."
    if work.current and work.current.not_after <= now:
        return "expired", "The certificate has expired."
    if work.current:
        return _renewing_or_issued(is_renewal_asked(desired, work), is_at_work=bool(is_at_work))
    if work.attempt:
        return "issuing", "The CA is asked for it."
    if work.failures:
        return "failing", "The last attempt failed; it is tried again."
    return "waiting", "It is about to be looked at."


def _renewing_or_issued(is_asked: bool, *, is_at_work: bool) -> tuple[str, str]:
    if is_at_work:
        return "renewing", "It is being renewed, as was asked for." if is_asked else "It is being renewed."
    if is_asked:
        return "issued", "It is issued; a renewal was asked for and begins in its turn."
    return "issued", "It is issued and renews in time."


def summary(desired: Desired, work: Work, now: int) -> Summary:
    """Condense a certificate for lists."""
    shown = status(desired, work, now)
    current = work.current
    types = sorted({desired.challenge_type(name).value for name in desired.names})
    return Summary(
        id=desired.id,
        owner=desired.owner,
        names=desired.names[:SUMMARY_NAMES],
        names_total=len(desired.names),
        state=shown.state,
        reason=shown.reason,
        challenge="+".join(types),
        account=desired.account,
        created_at=desired.created_at,
        issued_at=current.stored_at if current else 0,
        expires_at=current.not_after if current else 0,
        renew_at=work.renew_at,
        late_at=_late_at(desired, work),
        late_for=Hearer.USER if shown.problem and shown.problem.actor is Actor.USER else Hearer.OPERATOR,
        is_troubled=shown.problem is not None and shown.problem.actor in (Actor.USER, Actor.OPERATOR),
        cas=tuple(wish.account for wish in desired.cas),
        leaving=desired.renewal.moved_from if desired.renewal and is_renewal_asked(desired, work) else "",
        key_mark=key_mark(desired.csr_key or (current.public_key if current else "")),
        is_dry_run=bool(desired.dry_run_of),
        is_untrusted=desired.is_untrusted,
    )


def key_mark(public_key: str) -> str:
    """Shorten the digest of a key for lists: enough to find candidates, which are then looked at."""
    return public_key[:16]


def _late_at(desired: Desired, work: Work) -> int:
    """Tell from when somebody must hear of it; a revoked one is late after a day, one that is given up never."""
    current = work.current
    if desired.dry_run_of:
        return NEVER_LATE
    if current is None:
        return desired.created_at + FIRST_ISSUE
    if not work.is_current_revoked:
        return late_at(current.not_before, current.not_after)
    asked = next((item for item in desired.revocations if item.version == current.version), None)
    return asked.asked_at + FIRST_ISSUE if asked and asked.reissues else NEVER_LATE
