"""One certificate in a worker's hands, and what a step did to it."""

from dataclasses import dataclass, field

from certwright import ports
from certwright.domain.certificate import ClosedAttempt, Desired, Work
from certwright.domain.next_step import View
from certwright.domain.order import Account, Order
from certwright.domain.owner import Owner
from certwright.domain.steps import Wait


@dataclass(frozen=True, slots=True)
class Connection:
    """A registered CA account, ready for requests."""

    account: Account
    ca: ports.Ca


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed certificate with what was loaded for it; `saved` is `work` as the store has it.

    All places at the CA's limits were reserved as of `reserved_at`. `closed`, `drops_hold` and `takes_hold` go into the
    next save. `new_key` is the open attempt's private key where this invocation has stored it: it need not be read
    again.
    """

    desired: Desired
    work: Work
    saved: Work
    owner: Owner | None
    connection: Connection | None = None
    order: Order | None = None
    closed: ClosedAttempt | None = None
    drops_hold: str = ""
    takes_hold: str = ""
    new_key: bytes = field(default=b"", repr=False)
    reserved_at: int = 0

    @property
    def view(self) -> View:
        """What a decision may look at."""
        account = self.connection.account if self.connection else None
        return View(self.desired, self.work, self.owner, account, self.order, self.reserved_at)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a step did.

    `wait` asks to be left alone for a while, `is_durable` to be saved before anything else happens. What is not durable
    is repeated without harm after a crash. `is_gone` says that the certificate no longer exists.
    """

    job: Job
    wait: Wait | None = None
    is_durable: bool = False
    is_gone: bool = False
