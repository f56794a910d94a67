"""What can be done next for one certificate: one value for each effect, and two that wait."""

from dataclasses import dataclass

from certwright.domain.answer import Answer
from certwright.domain.problem import Problem
from certwright.domain.revocation import Revocation


@dataclass(frozen=True, slots=True)
class CheckOwnership:
    """Look up whether the owner may have every name."""


@dataclass(frozen=True, slots=True)
class CheckRecords:
    """Look at the records of every identifier."""


@dataclass(frozen=True, slots=True)
class WatchRecords:
    """Look at ownership and records of an issued certificate, before its renewal needs them."""


@dataclass(frozen=True, slots=True)
class ConnectAccount:
    """Load the CA account, and register it at its first use."""


@dataclass(frozen=True, slots=True)
class ReserveBudget:
    """Reserve what the order draws from the CA's limits, or a turn."""


@dataclass(frozen=True, slots=True)
class BeginAttempt:
    """Make and store a key under a new attempt; `replaces` is the ARI id to name in the order, if any."""

    replaces: str


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """Take the hold on account, names and profile, and place the order."""


@dataclass(frozen=True, slots=True)
class PollOrder:
    """Read the order."""


@dataclass(frozen=True, slots=True)
class ReadAuthorization:
    """Read one authorization of the order, and name the answer it needs."""

    url: str


@dataclass(frozen=True, slots=True)
class PublishAnswers:
    """Give the answers to the nodes; those already given are given again (a crash may have lost the counting)."""

    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class AwaitVisible:
    """Look whether every live node serves the published answers."""


@dataclass(frozen=True, slots=True)
class AnswerChallenge:
    """Tell the CA that a challenge is ready."""

    url: str


@dataclass(frozen=True, slots=True)
class Finalize:
    """Send the CSR of the attempt's key."""


@dataclass(frozen=True, slots=True)
class StoreVersion:
    """Download the chain, keep it with its key, and make it current."""


@dataclass(frozen=True, slots=True)
class ConcludeDryRun:
    """Download the chain that a dry run came to, see that it is right, and keep nothing but that."""


@dataclass(frozen=True, slots=True)
class RehearseRenewal:
    """Begin a dry run of the next renewal, or look what has become of it."""


@dataclass(frozen=True, slots=True)
class WithdrawAnswers:
    """Take the attempt's answers from the nodes."""


@dataclass(frozen=True, slots=True)
class CloseAttempt:
    """Write the attempt into the history and release its hold; `problem` is None when it succeeded."""

    problem: Problem | None


@dataclass(frozen=True, slots=True)
class RefreshRenewalInfo:
    """Ask the CA when to renew (RFC 9773)."""


@dataclass(frozen=True, slots=True)
class RevokeVersion:
    """Have the CA revoke a version."""

    revocation: Revocation


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete what is left of a deleted certificate."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing before `until`; `problem` says what is missing, None when all is well.

    `is_for_sweep` gives up the claim in any case and sends no message: the sweep of what is due brings it back, in its
    turn.
    """

    until: int
    reason: str
    problem: Problem | None = None
    is_for_sweep: bool = False


@dataclass(frozen=True, slots=True)
class Suspend:
    """Stop until an operator acts, and look again at `until` all the same."""

    problem: Problem
    until: int


type Step = (
    CheckOwnership
    | CheckRecords
    | WatchRecords
    | ConnectAccount
    | ReserveBudget
    | BeginAttempt
    | PlaceOrder
    | PollOrder
    | ReadAuthorization
    | PublishAnswers
    | AwaitVisible
    | AnswerChallenge
    | Finalize
    | StoreVersion
    | ConcludeDryRun
    | RehearseRenewal
    | WithdrawAnswers
    | CloseAttempt
    | RefreshRenewalInfo
    | RevokeVersion
    | Remove
    | Wait
    | Suspend
)
