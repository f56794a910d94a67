"""The whole system in memory under virtual time: the flows as they are, over fakes, with the world around them."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

from certwright.adapters.signing_requests import PemSigningRequests
from certwright.domain.answer import Answer
from certwright.domain.ca import find_ca
from certwright.domain.errors import Unavailable
from certwright.domain.owner import DEFAULT_OWNER_PATTERNS, Owner
from certwright.domain.renewal import HOUR, MINUTE, SECOND
from certwright.flows import advance_certificate as advancing
from certwright.flows.enqueue_due import enqueue_due
from certwright.flows.world import Desk, Registry, Workshop
from certwright.ports import Managed, StoredBundle
from certwright.settings import Settings
from tests.fakes.bucket import FakeBucket, FakePendingKeys
from tests.fakes.budgets import FakeBudgets
from tests.fakes.certificates import FakeAttempts, FakeHolds, FakeRenewals, FakeRevocations
from tests.fakes.chance import FakeChance
from tests.fakes.cipher import FakeCipher
from tests.fakes.dns_providers import FakeDnsProviders
from tests.fakes.notices import FakeNotices
from tests.fakes.public_suffixes import FakePublicSuffixes
from tests.fakes.registry import (
    FakeAccountEvents,
    FakeAccountKeys,
    FakeAccounts,
    FakeCaDefinitions,
    FakeCaStandings,
    FakeCompromisedKeys,
    FakeDelegations,
    FakeHoldings,
    FakeOwners,
    FakeTokens,
    FakeZones,
)
from tests.simulation.bench import Bench, build_bench
from tests.simulation.ca_rules import LETS_ENCRYPT, TIGHT, describe
from tests.simulation.clock import SimulatedClock
from tests.simulation.happenings import Tally
from tests.simulation.internet import SimulatedDns, SimulatedNodes, expected, is_answered
from tests.simulation.keys import PlainKeys
from tests.simulation.line import Chances
from tests.simulation.messages import Delivery, SimulatedQueue
from tests.simulation.releases import NEXT
from tests.simulation.scenario import OWNERS, START, Scenario, Wish
from tests.simulation.schedule import Schedule
from tests.simulation.simulated_ca import SimulatedCa
from tests.simulation.tables import IndexedCertificates, IndexedStore, WatchedAnswers, WatchedJobs, WatchedVersions
from tests.simulation.two_cas import TwoCas, define_both
from tests.simulation.watch import Violation, Watch

DIRECTORY = "https://ca.test/dir"
GRACE_SECONDS = 30
HINDERING = (
    "ca-outage",
    "ca-overload",
    "ca-huge-retry-after",
    "ca-slow-validation",
    "ca-failing-validation",
    "ca-slow-issuance",
    "ca-forgets-orders",
    "ca-internal-errors",
    "ca-expired-authorizations",
    "ca-revoked-authorizations",
    "tables-throttled",
    "calls-slow",
    "queue-down",
    "node-lags",
    "node-dies",
)
"""The spells under which nothing is promised about time, to anybody."""


@dataclass(slots=True)
class Town:
    """Everything behind the ports, and who asked for what.

    `trace` takes a line for every event, unless it is None. Where it is not wired, calls take no time and don't fail:
    for very many certificates at once.
    """

    scenario: Scenario
    trace: list[str] | None = None
    is_wired: bool = True
    schedule: Schedule = field(init=False)
    spells: Counter[tuple[str, str]] = field(default_factory=Counter)
    wishes: dict[str, Wish] = field(default_factory=dict)
    store: IndexedStore = field(default_factory=IndexedStore)
    bucket: FakeBucket = field(default_factory=FakeBucket)
    tally: Tally = field(default_factory=Counter)
    dns: SimulatedDns = field(init=False)
    owners: FakeOwners = field(default_factory=FakeOwners)
    keys: PlainKeys = field(default_factory=PlainKeys)
    watch: Watch = field(init=False)
    answers: WatchedAnswers = field(init=False)
    nodes: SimulatedNodes = field(init=False)
    queue: SimulatedQueue = field(init=False)
    ca: SimulatedCa = field(init=False)
    cas: TwoCas = field(init=False)
    versions: WatchedVersions = field(init=False)
    desk: Desk = field(init=False)
    workshop: Workshop = field(init=False)
    asking: Wish | None = None
    sweeps: int = 0
    _chances: dict[int, Chances] = field(default_factory=dict)
    _next_sweep: int = 0
    _benches: list[Bench] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.schedule = Schedule(START)
        clock = SimulatedClock(self.schedule)
        self.watch = Watch(self, self.keys)
        self.answers = WatchedAnswers(self.watch)
        self.dns = SimulatedDns(self.count)
        self.nodes = SimulatedNodes(self.answers, clock, self.count)
        self.versions = WatchedVersions(self.bucket, self.watch)
        self.queue = SimulatedQueue(self.schedule, self.work, self.chances, self.count)
        self.ca = self._build_ca("ca", self.count)
        self.cas = TwoCas(self.ca, self._build_ca("staging", lambda _: None))
        registry = Registry(
            self.owners,
            FakeZones(),
            FakeDelegations(),
            FakeHoldings(),
            FakeBudgets(),
            FakeCaDefinitions(),
            FakeCaStandings(),
            FakeCompromisedKeys(),
        )
        self.workshop = self._build_workshop(clock, registry)
        self.desk = self._build_desk(clock, registry)
        define_both(registry.cas.create, self.desk.ca.account, DIRECTORY)
        self.store.due.on_earlier = self._plan_sweep
        for name in OWNERS:
            self.owners.create(Owner(name, name, DEFAULT_OWNER_PATTERNS, f"proof-of-{name}", START))

    @property
    def now(self) -> int:
        """The true time."""
        return self.schedule.now

    @property
    def managed(self) -> dict[str, Managed]:
        """All certificates as stored."""
        return self.store.managed

    def sky(self, kind: str, target: str = "") -> bool:
        """Tell whether a spell holds now."""
        return self.spells[kind, target] > 0

    def count(self, what: str) -> None:
        """Count that something happened, for the table of what did."""
        self.tally[what] += 1

    def served(self) -> Iterable[Answer]:
        """The answers that stand in the table."""
        return self.answers.served

    def current(self, certificate_id: str) -> StoredBundle | None:
        """What readers fetch."""
        return self.versions.describe_current(certificate_id)

    def oldest_due(self) -> int | None:
        """The earliest due time."""
        return self.store.due.first()

    def have_late_order(self) -> None:
        """Have the next order reach the CA later than its place was kept."""
        self.ca.is_next_order_late = True

    def is_at_rest(self) -> bool:
        """Tell whether tables or queue refuse work."""
        return self.sky("tables-throttled") or self.sky("queue-down")

    def ca_wants_back_at(self) -> int:
        """Until when the CA asked to be left alone, the longest it ever did."""
        return self.ca.wanted_back_at

    def is_troubled(self, wish: Wish) -> bool:
        """Tell whether something stands in a certificate's way that time or its owner must mend."""
        if any(count and spell[0] in HINDERING for spell, count in self.spells.items()):
            return True
        if self.sky("owner-inactive", wish.owner) or self.sky("zone-renamed", wish.owner):
            return True
        hidden = any(name.removeprefix("*.") in self.dns.hidden for name in wish.names)
        return hidden or self.now < START + wish.records_at

    def note(self, who: str, story: str) -> None:
        """Add to the trace."""
        if self.trace is not None:
            days, rest = divmod(self.now - START, 24 * HOUR)
            hours, rest = divmod(rest, HOUR)
            minutes, rest = divmod(rest, MINUTE)
            at = f"day {days:3} {hours:02}:{minutes:02}:{rest // SECOND:02}.{rest % SECOND:03}"
            self.trace.append(f"{at}  {who:12} {story}")

    def chances(self, certificate_id: str) -> Chances:
        """Find a certificate's stream of chance."""
        wish = self.wishes.get(certificate_id) or self.asking
        if wish is not None and certificate_id not in self.wishes:
            self.wishes[certificate_id] = wish
        wish = wish or self._rehearsed_by(certificate_id)
        number = wish.number if wish and self.is_wired else -1
        if number not in self._chances:
            self._chances[number] = self._build_chances(number, wish)
        return self._chances[number]

    def _rehearsed_by(self, dry_run: str) -> Wish | None:
        """Find the wish whose renewal a dry run rehearses: its stream of chance is the certificate's."""
        for certificate_id, managed in self.managed.items():
            rehearsal = managed.work.rehearsal
            if rehearsal and rehearsal.id == dry_run:
                return self.wishes.get(certificate_id)
        return None

    def faults(self) -> tuple[str, ...]:
        """Name the faults that happened."""
        return tuple(name for chances in self._chances.values() for name in chances.hits)

    def work(self, delivery: Delivery) -> None:
        """Do what `functions/issuance` does with a message."""
        certificate_id, deployed_at = delivery.certificate_id, self.scenario.deployed_at
        is_new_release = deployed_at and self.now >= START + deployed_at
        worker = f"{delivery.worker}{NEXT if is_new_release else ''}"
        bench = self._benches.pop() if self._benches else build_bench(self)
        self._count_circumstances(certificate_id, deployed_at if is_new_release else 0)
        bench.take(worker, self.chances(certificate_id), self.scenario.skews, lambda: self.queue.freeze(delivery))
        workshop = bench.workshop if self.is_wired else self.workshop
        try:
            outcome = advancing.advance_certificate(workshop, certificate_id, worker)
        except (Unavailable, Violation):
            raise
        except Exception as error:
            raise Violation("unforeseen", f"{worker} raised {error!r}") from error
        finally:
            self._benches.append(bench)
        if self.trace is not None:
            self.note(worker, f"{outcome.code}, due in {(outcome.due_at - self.now) / SECOND:.1f} s")

    def _count_circumstances(self, certificate_id: str, deployed_at: int) -> None:
        """Count what a worker finds; `deployed_at` is when its release came, 0 for the older one."""
        managed = self.managed.get(certificate_id)
        if managed is None:
            return
        if managed.work.claimed_by and managed.work.due_at <= self.now:
            self.count("worker: takes over a lease that ended")
        attempt = managed.work.attempt
        if attempt and attempt.started_at < START + deployed_at:
            self.count("worker: newer release goes on with an older one's attempt")
        if self.sky("owner-inactive", managed.desired.owner):
            self.count("spell: owner-inactive")

    def _plan_sweep(self, due_at: int) -> None:
        """Have the schedule run in the first minute that finds something; those before would find nothing."""
        if self._next_sweep > self.now and due_at + GRACE_SECONDS * SECOND > self._next_sweep - MINUTE:
            return
        ready_at = max(due_at + GRACE_SECONDS * SECOND, self.now + 1)
        tick = -(-ready_at // MINUTE) * MINUTE
        if self._next_sweep <= self.now or tick < self._next_sweep:
            self._next_sweep = tick
            self.schedule.at(tick, self._sweep)

    def _sweep(self) -> None:
        if self.now != self._next_sweep:
            return
        if not self.sky("queue-down"):
            self.sweeps += bool(enqueue_due(self.workshop.jobs, self.queue, self.workshop.clock, GRACE_SECONDS))
        first = self.store.due.first()
        if first is not None:
            self._plan_sweep(first)

    def _build_chances(self, number: int, wish: Wish | None) -> Chances:
        scenario = self.scenario
        is_calm = wish is not None and wish.is_calm
        return Chances(
            name=str(number),
            random=Random(f"certificate {scenario.seed} {number}"),
            rate=0.0 if is_calm else scenario.fault_rate,
            message_rate=0.0 if is_calm else scenario.message_fault_rate,
            allowed=scenario.allowed_faults,
        )

    def _build_ca(self, name: str, count: Callable[[str], None]) -> SimulatedCa:
        return SimulatedCa(
            self.schedule,
            Random(f"{name} {self.scenario.seed}"),
            self.sky,
            look=self._is_met,
            on_told=self._check_told,
            count=count,
            limits=TIGHT if self.scenario.is_tight else LETS_ENCRYPT,
            renewal_info_every=self.scenario.renewal_info_every,
            calendar_ahead=self.scenario.calendar_ahead,
        )

    def _is_met(self, kind: str, name: str, token: str, thumbprint: str) -> bool:
        """Look at a challenge as a CA does: any node may be asked, so all must have the answer."""
        wanted, nodes = expected(self.dns, kind, name, token, thumbprint), self.nodes.answers_of_each(self.now)
        if name in self.dns.hidden:
            self.count("records: gone when the CA looks")
        return wanted is not None and bool(nodes) and all(is_answered(answers, wanted) for answers in nodes)

    def _check_told(self, kind: str, name: str, token: str, thumbprint: str) -> None:
        """See that what the CA is told to look at is there: not in the table only, but on every node."""
        wanted, nodes = expected(self.dns, kind, name, token, thumbprint), self.nodes.answers_of_each(self.now)
        if wanted is None or not is_answered(self.answers.served, wanted):
            return
        if not all(is_answered(answers, wanted) for answers in nodes):
            raise Violation("visible", f"the CA was told of {name} before every node answered for it")

    def _build_workshop(self, clock: SimulatedClock, registry: Registry) -> Workshop:
        return Workshop(
            settings=Settings(
                acme_directory=DIRECTORY,
                acme_terms_agreed=True,
                acme_limits=describe(self.ca.limits),
                node_addresses=("192.0.2.9",),
            ),
            clock=clock,
            chance=FakeChance(self.scenario.seed),
            jobs=WatchedJobs(self.store, self.watch),
            certificates=IndexedCertificates(self.store),
            renewals=FakeRenewals(self.store),
            holds=FakeHolds(self.store),
            registry=registry,
            suffixes=FakePublicSuffixes(),
            accounts=FakeAccounts(),
            account_keys=FakeAccountKeys(),
            account_events=FakeAccountEvents(),
            notices=FakeNotices(),
            cipher=FakeCipher(),
            cas=self.cas,
            directories=self.cas,
            keys=self.keys,
            checks=self.dns,
            answers=self.answers,
            nodes=self.nodes,
            pending_keys=FakePendingKeys(self.bucket),
            versions=self.versions,
            kept_versions=self.versions,
            queue=self.queue,
        )

    def _build_desk(self, clock: SimulatedClock, registry: Registry) -> Desk:
        return Desk(
            settings=self.workshop.settings,
            ca=find_ca(DIRECTORY),
            clock=clock,
            chance=self.workshop.chance,
            suffixes=FakePublicSuffixes(),
            certificates=IndexedCertificates(self.store),
            registry=registry,
            tokens=FakeTokens(),
            answers=self.answers,
            queue=self.queue,
            checks=self.dns,
            providers=FakeDnsProviders(),
            revocations=FakeRevocations(self.store),
            attempts=FakeAttempts(self.store),
            renewals=FakeRenewals(self.store),
            key_revoker=self.ca,
            cipher=FakeCipher(),
            signing_requests=PemSigningRequests(),
            directories=self.cas,
        )
