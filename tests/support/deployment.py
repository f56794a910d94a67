"""A deployment in memory: every port a fake, one clock, and verbs for what users, schedules and workers do."""

from dataclasses import dataclass, field, replace

import pytest

from certwright.adapters.keys import PemKeys
from certwright.adapters.signing_requests import PemSigningRequests
from certwright.domain.access import Caller, Role
from certwright.domain.answer import Answer
from certwright.domain.ca import find_ca
from certwright.domain.certificate import ClosedAttempt, Work
from certwright.domain.owner import DEFAULT_OWNER_PATTERNS, Owner, Zone
from certwright.domain.problem import Actor, Problem
from certwright.domain.renewal import SECOND
from certwright.flows.advance_certificate import Outcome, advance_certificate
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.enqueue_due import enqueue_due
from certwright.flows.wake_certificate import check_now, delete_certificate
from certwright.flows.world import Desk, Registry, Workshop
from certwright.ports import Managed, RenewalWindow
from certwright.settings import Settings
from tests.fakes.answers import FakeAnswers, FakeNodes
from tests.fakes.bucket import FakeBucket, FakePendingKeys, FakeVersions
from tests.fakes.budgets import FakeBudgets
from tests.fakes.ca import FakeCa, FakeCas, FakeRenewalInformation
from tests.fakes.ca_directories import FakeCaDirectories
from tests.fakes.certificates import (
    CertificateStore,
    FakeAttempts,
    FakeCertificates,
    FakeHolds,
    FakeJobs,
    FakeRenewals,
    FakeRevocations,
)
from tests.fakes.chance import FakeChance
from tests.fakes.cipher import FakeCipher
from tests.fakes.clock import FakeClock
from tests.fakes.dns_providers import FakeDnsProviders
from tests.fakes.notices import FakeNotices
from tests.fakes.public_suffixes import FakePublicSuffixes
from tests.fakes.queue import FakeQueue
from tests.fakes.record_checks import FakeRecordChecks
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

DIRECTORY = "https://ca.test/dir"
ADMIN = Caller("admin", "own_a", Role.ADMIN)
WILDCARD = ("example.test", "*.example.test")
CNAME_MISSING = Problem("cname-missing", "Add the CNAME.", Actor.USER)


@dataclass(slots=True)
class Deployment:
    """Everything behind the ports, with one owner, `own_a`, who may ask for every name."""

    settings: Settings = field(
        default_factory=lambda: Settings(
            acme_directory=DIRECTORY, acme_terms_agreed=True, node_addresses=("192.0.2.9",), challenge_host="lb.test"
        )
    )
    clock: FakeClock = field(default_factory=FakeClock)
    chance: FakeChance = field(default_factory=FakeChance)
    store: CertificateStore = field(default_factory=CertificateStore)
    bucket: FakeBucket = field(default_factory=FakeBucket)
    checks: FakeRecordChecks = field(default_factory=FakeRecordChecks)
    owners: FakeOwners = field(default_factory=FakeOwners)
    zones: FakeZones = field(default_factory=FakeZones)
    holdings: FakeHoldings = field(default_factory=FakeHoldings)
    delegations: FakeDelegations = field(default_factory=FakeDelegations)
    accounts: FakeAccounts = field(default_factory=FakeAccounts)
    account_keys: FakeAccountKeys = field(default_factory=FakeAccountKeys)
    account_events: FakeAccountEvents = field(default_factory=FakeAccountEvents)
    notices: FakeNotices = field(default_factory=FakeNotices)
    budgets: FakeBudgets = field(default_factory=FakeBudgets)
    ca_definitions: FakeCaDefinitions = field(default_factory=FakeCaDefinitions)
    ca_standings: FakeCaStandings = field(default_factory=FakeCaStandings)
    compromised_keys: FakeCompromisedKeys = field(default_factory=FakeCompromisedKeys)
    tokens: FakeTokens = field(default_factory=FakeTokens)
    answers: FakeAnswers = field(default_factory=FakeAnswers)
    directories: FakeCaDirectories = field(default_factory=FakeCaDirectories)
    information: FakeRenewalInformation = field(default_factory=FakeRenewalInformation)
    providers: FakeDnsProviders = field(default_factory=FakeDnsProviders)
    nodes: FakeNodes = field(init=False)
    queue: FakeQueue = field(init=False)
    ca: FakeCa = field(init=False)
    cas: FakeCas = field(init=False)
    jobs: FakeJobs = field(init=False)
    certificates: FakeCertificates = field(init=False)
    versions: FakeVersions = field(init=False)
    pending_keys: FakePendingKeys = field(init=False)
    desk: Desk = field(init=False)
    workshop: Workshop = field(init=False)

    def __post_init__(self) -> None:
        self.nodes = FakeNodes(self.answers, self.clock)
        self.queue = FakeQueue(self.clock)
        self.ca = FakeCa(self.clock)
        self.cas = FakeCas(self.ca, self.information)
        self.jobs = FakeJobs(self.store)
        self.certificates = FakeCertificates(self.store)
        self.versions = FakeVersions(self.bucket)
        self.pending_keys = FakePendingKeys(self.bucket)
        registry = Registry(
            self.owners,
            self.zones,
            self.delegations,
            self.holdings,
            self.budgets,
            self.ca_definitions,
            self.ca_standings,
            self.compromised_keys,
        )
        self.desk = Desk(
            settings=self.settings,
            ca=find_ca(DIRECTORY),
            clock=self.clock,
            chance=self.chance,
            suffixes=FakePublicSuffixes(),
            certificates=self.certificates,
            registry=registry,
            tokens=self.tokens,
            answers=self.answers,
            queue=self.queue,
            checks=self.checks,
            revocations=FakeRevocations(self.store),
            providers=self.providers,
            attempts=FakeAttempts(self.store),
            renewals=FakeRenewals(self.store),
            key_revoker=self.cas,
            cipher=FakeCipher(),
            signing_requests=PemSigningRequests(),
            directories=self.directories,
        )
        self.workshop = Workshop(
            settings=self.settings,
            clock=self.clock,
            chance=self.chance,
            jobs=self.jobs,
            certificates=self.certificates,
            renewals=FakeRenewals(self.store),
            holds=FakeHolds(self.store),
            registry=registry,
            suffixes=FakePublicSuffixes(),
            accounts=self.accounts,
            account_keys=self.account_keys,
            account_events=self.account_events,
            notices=self.notices,
            cipher=FakeCipher(),
            cas=self.cas,
            directories=self.directories,
            keys=PemKeys(),
            checks=self.checks,
            answers=self.answers,
            nodes=self.nodes,
            pending_keys=self.pending_keys,
            versions=self.versions,
            kept_versions=self.versions,
            queue=self.queue,
        )
        self.add_owner("own_a")

    def add_owner(self, owner_id: str, *patterns: str) -> Owner:
        """Make an owner, who may ask for every name unless patterns are given."""
        return self.owners.create(
            Owner(owner_id, owner_id, patterns or DEFAULT_OWNER_PATTERNS, f"proof-of-{owner_id}", self.clock.now())
        )

    def request(self, *names: str, owner: str = "own_a", challenge: str = "", key: str = "") -> str:
        """Ask for a certificate as a user does, and return its id."""
        wanted = CertificateRequest(owner, names or WILDCARD, challenge=challenge, idempotency_key=key)
        return create_certificate(self.desk, wanted).desired.id

    def request_mixed(self, by_dns: str, by_http: str) -> str:
        """Ask for a certificate of one name proven by DNS-01 and one by HTTP-01."""
        wanted = CertificateRequest("own_a", (by_dns, by_http), challenge={by_http: "http-01"})
        return create_certificate(self.desk, wanted).desired.id

    def crash(self, certificate_id: str, worker: str = "w1") -> None:
        """Let a worker die of a fault that was set, and its lease end."""
        with pytest.raises(RuntimeError):
            self.advance(certificate_id, worker)
        self.wait_until_due(certificate_id)

    def advance(self, certificate_id: str, worker: str = "w1") -> Outcome:
        """Let a worker take one message."""
        return advance_certificate(self.workshop, certificate_id, worker)

    def issue(self, *names: str, owner: str = "own_a") -> str:
        """Ask for a certificate, have it issued, and return its id."""
        certificate_id = self.request(*names, owner=owner)
        self.run_until(certificate_id, "issued")
        return certificate_id

    def run_until(self, certificate_id: str, code: str, rounds: int = 40) -> Outcome:
        """Work whenever it is due until an invocation ends with `code`; fails after so many."""
        outcomes = []
        for _ in range(rounds):
            outcomes.append(self.advance(certificate_id))
            if outcomes[-1].code == code:
                return outcomes[-1]
            self.wait_until_due(certificate_id)
        raise AssertionError(f"never {code}: {[outcome.code for outcome in outcomes]}")

    def wait_until_due(self, certificate_id: str) -> None:
        """Let time pass until a certificate needs attention; the end of a lease is such a time."""
        pause = self.work(certificate_id).due_at - self.clock.now()
        self.clock.advance(milliseconds=max(pause, 0))

    def sweep(self) -> int:
        """Run the schedule once."""
        return enqueue_due(self.jobs, self.queue, self.clock, self.settings.schedule_grace_seconds)

    def wake(self, certificate_id: str) -> None:
        """Check now."""
        check_now(self.desk, ADMIN, certificate_id)

    def delete(self, certificate_id: str) -> None:
        """Ask for deletion."""
        delete_certificate(self.desk, ADMIN, certificate_id)

    def suggest_renewal_now(self, certificate_id: str) -> None:
        """Have the CA suggest a window that is past for the current version."""
        now, current = self.clock.now(), self.work(certificate_id).current
        assert current is not None
        self.information.windows[current.ari_id] = RenewalWindow(now - 120 * SECOND, now - 60 * SECOND, 6 * 3600)

    def managed(self, certificate_id: str) -> Managed:
        """Look at what is stored of a certificate."""
        return self.store.managed[certificate_id]

    def work(self, certificate_id: str) -> Work:
        """Look at how far a certificate is."""
        return self.managed(certificate_id).work

    def change_work(self, certificate_id: str, **changes: object) -> None:
        """Put the stored work into a state that is tedious to reach."""
        self.store.put_work(replace(self.work(certificate_id), **changes))  # type: ignore[arg-type]  # names of fields

    def history(self, certificate_id: str) -> list[ClosedAttempt]:
        """Look at the attempts that have ended."""
        return self.store.attempts.get(certificate_id, [])

    def owner(self, owner_id: str) -> Owner:
        """Look at an owner."""
        found = self.owners.read(owner_id)
        assert found is not None
        return found

    def zone(self, owner: str = "own_a") -> Zone:
        """Look at an owner's current zone."""
        zone = self.zones.read(self.owner(owner).current_zone)
        assert zone is not None
        return zone

    @property
    def served(self) -> frozenset[Answer]:
        """Look at what the nodes serve."""
        return self.answers.served
