"""A CA under virtual time, with Let's Encrypt's profiles and limits, shared orders, and spells of bad weather.

Pending and ready orders are handed out again for the same account, names and profile;
valid and pending authorizations are reused across orders of an account, as Boulder does.
"""

import itertools
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from random import Random
from zlib import crc32

from certwright.domain.ca import CaOffer
from certwright.domain.errors import CaRefusal, Unavailable
from certwright.domain.identifier import identifier, is_wildcard
from certwright.domain.order import ChallengeType, Status
from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND
from certwright.domain.revocation import Reason
from certwright.ports import RenewalWindow
from tests.fakes.ca import FakeRegistration
from tests.fakes.public_suffixes import FakePublicSuffixes
from tests.simulation.ca_account import AccountAtCa
from tests.simulation.ca_objects import Authorized, Issued, Ordered
from tests.simulation.ca_rules import (
    LETS_ENCRYPT,
    PROFILES,
    Buckets,
    Limit,
    Limits,
    Profile,
    profile_at,
    suggested_window,
)
from tests.simulation.keys import read_csr, sign
from tests.simulation.schedule import Schedule

RENEWAL_EXEMPT = 120 * DAY
"""A set issued within this time may be ordered again without counting for account and domain."""
BACKDATED = HOUR
FATAL_ONE_IN = 20
"""It fails over so many of the certificates that it is told are replaced."""
HUGE_RETRY_AFTER_SECONDS = 7 * 86_400.0
"""As long as our HTTP layer believes any CA."""
OFFER = CaOffer(profiles=PROFILES, caa_identities=("ca.test",))

type Look[T] = Callable[[str, str, str, str], T]
"""Is given a challenge: type, identifier, token, thumbprint of the account's key."""


@dataclass(slots=True)
class SimulatedCa:
    """A `Cas` that knows this one CA.

    `sky` tells which spells hold now, `look` whether a challenge is met, `on_told` hears of those said to be ready.
    Until `hurried_until` a renewal of these names may come though the limits are known to be used up.
    `is_next_order_late`: the next order was held up on its way, longer than a place is kept for it. Nobody was
    ever told to stay away for longer than until `wanted_back_at`.
    """

    schedule: Schedule
    random: Random
    sky: Callable[[str], bool]
    look: Look[bool]
    on_told: Look[None]
    limits: Limits = LETS_ENCRYPT
    count: Callable[[str], None] = lambda _: None
    renewal_info_every: int = 6 * HOUR
    calendar_ahead: int = 0
    orders: dict[str, Ordered] = field(default_factory=dict)
    issued: dict[str, Issued] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    refused_by_limits: list[str] = field(default_factory=list)
    failed_validations: list[str] = field(default_factory=list)
    orders_placed: int = 0
    registered: dict[bytes, str] = field(default_factory=dict)
    authorizations: dict[str, Authorized] = field(default_factory=dict)
    buckets: Buckets = field(default_factory=Buckets)
    _open: dict[tuple[str, frozenset[str], str], Ordered] = field(default_factory=dict)
    _authorized: dict[tuple[str, str], Authorized] = field(default_factory=dict)
    hurried_until: dict[frozenset[str], int] = field(default_factory=dict)
    is_next_order_late: bool = False
    wanted_back_at: int = 0
    _told_windows: dict[str, tuple[int, int]] = field(default_factory=dict)
    _issued_sets: dict[frozenset[str], int] = field(default_factory=dict)
    _suffixes: FakePublicSuffixes = field(default_factory=FakePublicSuffixes)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def now(self) -> int:
        """The CA's clock, which is right."""
        return self.schedule.now

    def revoke_by_key(self, directory: str, private_key: bytes, chain: bytes, reason: Reason) -> None:
        self.be_reachable()

    def registration(self, directory: str, account_key: bytes) -> FakeRegistration:
        self.be_reachable()
        return FakeRegistration(account_key, self.registered)

    def account(self, directory: str, account_key: bytes, account_url: str) -> AccountAtCa:
        thumbprint = FakeRegistration(account_key, self.registered).thumbprint()
        return AccountAtCa(self, account_url, thumbprint)

    def renewal_information(self, directory: str) -> "SimulatedCa":
        return self

    def fetch_window(self, ari_id: str) -> RenewalWindow | None:
        self.be_reachable()
        if self.strikes("ari-outage"):
            raise Unavailable("The CA does not answer.", code="ca-unreachable")
        known = self.issued.get(ari_id)
        if known is None:
            raise CaRefusal("There is no such certificate.", type="malformed", status=404)
        every = self.renewal_info_every / SECOND * self.random.uniform(0.95, 1.05)
        start, end = self._told_windows[ari_id] = self.window(known)
        return RenewalWindow(start, end, min(86_400.0, every))

    def window(self, known: Issued) -> tuple[int, int]:
        """Tell when a certificate should be renewed; in the past for one that will be revoked."""
        if self.strikes("ari-revoked"):
            return known.not_before + HOUR, known.not_before + 2 * HOUR
        return suggested_window(known.not_before, known.not_after)

    def describe(self, directory: str) -> CaOffer:
        """Say what it offers, as a `CaDirectories`."""
        self.be_reachable()
        return OFFER

    def strikes(self, kind: str) -> bool:
        """Tell whether a spell changes what is being done right now, and count it."""
        is_under_it = self.sky(kind)
        if is_under_it:
            self.count(f"spell: {kind}")
        return is_under_it

    def be_reachable(self) -> None:
        """Answer, or not."""
        if self.strikes("ca-outage"):
            raise Unavailable("The CA does not answer.", code="ca-unreachable")
        if self.strikes("ca-overload") and self.random.random() < 0.7:
            raise Unavailable("The CA is busy.", code="ca-busy", retry_after_seconds=self.random.randint(1, 600))

    def place(
        self, account: str, names: tuple[str, ...], profile_name: str, replaces: str, *, is_foreseeable: bool = True
    ) -> Ordered:
        """Hand out the open order, or make one; the checks come in Boulder's order."""
        profile = self._check_request(names, profile_name, replaces)
        key = (account, frozenset(names), profile_name)
        if not self._is_exempt(account, names, replaces):
            is_excused = not is_foreseeable or self._was_told_exempt(account, names, replaces, self.now)
            self._check_limits(account, frozenset(names), is_excused=is_excused)
        known = self._open.get(key)
        if known and known.status(self.now) in (Status.PENDING, Status.READY):
            self.count("ca: hands out an open order again")
            return known
        parts = tuple(self._authorize(account, name, profile) for name in names)
        url = f"https://ca.test/order/{next(self._numbers)}"
        expires_at = self.now + profile.order
        made = Ordered(url, account, names, profile_name, profile, replaces, parts, expires_at, is_foreseeable)
        self.orders[url] = self._open[key] = made
        self.orders_placed += 1
        if not self._is_renewal(frozenset(names)):
            self.buckets.take(self.limits.orders_per_account, account, self.now, is_foreseeable=is_foreseeable)
        return made

    def _check_request(self, names: tuple[str, ...], profile_name: str, replaces: str) -> Profile:
        if self.strikes("ca-huge-retry-after"):
            retry_after = HUGE_RETRY_AFTER_SECONDS
            self.wanted_back_at = max(self.wanted_back_at, self.now + int(retry_after * SECOND))
            raise CaRefusal("Come back.", type="rateLimited", status=503, retry_after_seconds=retry_after)
        if self._fails_inside(replaces):
            raise CaRefusal("Error creating the order.", type="serverInternal", status=500)
        if replaces and (replaces in self.replaced or self.strikes("ca-already-replaced")):
            raise CaRefusal("It was replaced before.", type="alreadyReplaced", status=409)
        profile = profile_at(profile_name, self.now + self.calendar_ahead)
        if profile is None:
            raise CaRefusal("There is no such profile.", type="invalidProfile", status=400)
        if len(names) > profile.most_names:
            raise CaRefusal("These are too many names.", type="malformed", status=400)
        return profile

    def _fails_inside(self, replaces: str) -> bool:
        """Fail over an order now and then for a while, and over some of what is replaced each time."""
        if self.strikes("ca-internal-errors") and self.random.random() < 0.5:
            return True
        is_fatal = bool(replaces) and crc32(replaces.encode()) % FATAL_ONE_IN == 0
        if is_fatal:
            self.count("ca: fails over what is replaced")
        return is_fatal

    def _is_exempt(self, account: str, names: tuple[str, ...], replaces: str) -> bool:
        """Renewals that say so, within their window, are exempt from all limits."""
        known = self._find_replaced(account, names, replaces)
        if known is None:
            return False
        start, end = self.window(known)
        return start <= self.now < end

    def _was_told_exempt(self, account: str, names: tuple[str, ...], replaces: str, at: int) -> bool:
        """Tell whether an instant is in the window that was last told of what a renewal replaces."""
        start, end = self._told_windows.get(replaces, (0, 0))
        return start <= at < end and self._find_replaced(account, names, replaces) is not None

    def _find_replaced(self, account: str, names: tuple[str, ...], replaces: str) -> Issued | None:
        known = self.issued.get(replaces)
        return known if known and known.account == account and known.names & set(names) else None

    def _is_renewal(self, names: frozenset[str]) -> bool:
        return self.now - self._issued_sets.get(names, -RENEWAL_EXEMPT) < RENEWAL_EXEMPT

    def _check_limits(self, account: str, names: frozenset[str], *, is_excused: bool) -> None:
        limits = self.limits
        checks: list[tuple[str, Limit, Hashable]] = [("set", limits.certificates_per_set, names)]
        checks += [("failures", limits.failures_per_name, (account, identifier(name))) for name in sorted(names)]
        if not self._is_renewal(names):
            checks.append(("account", limits.orders_per_account, account))
            checks += [("domain", limits.certificates_per_domain, item) for item in self.domains(names)]
        wait, kind = max((self.buckets.wait(limit, subject, self.now), kind) for kind, limit, subject in checks)
        if wait:
            if is_excused or not any(self.buckets.foreseeable_wait(*item[1:], self.now) for item in checks):
                self.count(f"limit: {kind}, which nobody could foresee")
            elif self.now < self.hurried_until.get(names, 0):
                self.count(f"limit: {kind}, for a renewal that could wait no longer")
            else:
                self.refused_by_limits.append(kind)
                self.count(f"limit: {kind}")
            after = float(-(-wait // SECOND))
            self.wanted_back_at = max(self.wanted_back_at, self.now + wait)
            raise CaRefusal(f"Too many: {kind}.", type="rateLimited", status=429, retry_after_seconds=after)

    def domains(self, names: frozenset[str]) -> list[str]:
        """List the registered domains of names, each once."""
        return sorted({self._suffixes.registrable(identifier(name)) or name for name in names})

    def _authorize(self, account: str, name: str, profile: Profile) -> Authorized:
        """Reuse what is valid or pending for long enough, else make one, with the challenges a name may have."""
        known = self._authorized.get((account, name))
        if known and known.status(self.now) in (Status.PENDING, Status.VALID):
            self.count(f"ca: reuses a {known.status(self.now)} authorization")
            return known
        types = [ChallengeType.DNS_01] if is_wildcard(name) else [ChallengeType.HTTP_01, ChallengeType.DNS_01]
        tokens = {str(kind): f"token-{next(self._numbers):037}" for kind in types}
        url = f"https://ca.test/authorization/{next(self._numbers)}"
        lasts = 10 * MINUTE if self.strikes("ca-expired-authorizations") else profile.pending_authorization
        made = Authorized(url, name, tokens, self.now + lasts, profile.valid_authorization)
        self.authorizations[url] = self._authorized[account, name] = made
        return made

    def begin_validation(self, account: str, thumbprint: str, url: str) -> None:
        """Look at a challenge after a while, once."""
        authorization_url, _, kind = url.rpartition("/")
        authorized = self.authorizations.get(authorization_url)
        if authorized is None or kind not in authorized.tokens:
            raise CaRefusal("There is no such challenge.", type="malformed", status=404)
        if authorized.answered or authorized.status(self.now) is not Status.PENDING:
            return
        authorized.answered = kind
        self.on_told(kind, identifier(authorized.name), authorized.tokens[kind], thumbprint)
        delay = (
            self.random.randint(2, 40) * MINUTE
            if self.strikes("ca-slow-validation")
            else self.random.randint(200, 2500)
        )
        self.schedule.at(self.now + delay, lambda: self._validate(account, thumbprint, authorized))

    def _validate(self, account: str, thumbprint: str, authorized: Authorized) -> None:
        if authorized.status(self.now) is not Status.PENDING:
            return
        name, kind = identifier(authorized.name), authorized.answered
        is_met = self.look(kind, name, authorized.tokens[kind], thumbprint)
        if is_met and not self.strikes("ca-failing-validation"):
            authorized.valid_until = self.now + authorized.reused_for
            if self.strikes("ca-revoked-authorizations"):
                self.schedule.at(self.now + self.random.randint(100, 5000), authorized.revoke)
        else:
            authorized.is_failed = True
            self.failed_validations.append(name)
            self.buckets.take(self.limits.failures_per_name, (account, name), self.now)

    def finalize(self, ordered: Ordered, csr: bytes) -> None:
        """Sign, and count for the limits that count certificates."""
        status = ordered.status(self.now)
        if status is not Status.READY:
            raise CaRefusal(f"The order is {status.value}.", type="orderNotReady", status=403)
        if set(read_csr(csr)[1]) != set(ordered.names):
            raise CaRefusal("The CSR names other names than the order.", type="badCSR", status=400)
        serial, not_before = next(self._numbers), self.now - BACKDATED
        not_after = not_before + ordered.profile.validity
        ordered.chain = sign(serial, csr, not_before, not_after)
        slow = (
            self.random.randint(2, 90) * MINUTE
            if self.strikes("ca-slow-issuance")
            else self.random.choice((0, 0, 1500))
        )
        ordered.ready_at = self.now + slow
        names = frozenset(ordered.names)
        self.issued[f"ari.{serial}"] = Issued(ordered.account, names, not_before, not_after)
        self.count(f"issued: {ordered.profile_name or 'classic'}, {ordered.profile.validity // DAY} days")
        if self._is_exempt(ordered.account, ordered.names, ordered.replaces):
            self.count("ca: exempts a renewal in its window")
        else:
            self._count_certificate(ordered)
        self._issued_sets[names] = self.now
        if ordered.replaces:
            self.replaced.add(ordered.replaces)

    def _count_certificate(self, ordered: Ordered) -> None:
        """Count it; nobody can know of one that was placed in its window as last told, where another is told by now."""
        names, placed_at = frozenset(ordered.names), ordered.expires_at - ordered.profile.order
        was_exempt = self._was_told_exempt(ordered.account, ordered.names, ordered.replaces, placed_at)
        is_known = ordered.is_foreseeable and not was_exempt
        self.buckets.take(self.limits.certificates_per_set, names, self.now, is_foreseeable=is_known)
        for domain in () if self._is_renewal(names) else self.domains(names):
            self.buckets.take(self.limits.certificates_per_domain, domain, self.now, is_foreseeable=is_known)

    def forget(self, before: int) -> None:
        """Clear away what ended before an instant; certificates are kept."""
        self.orders = {url: item for url, item in self.orders.items() if item.expires_at >= before}
        self._open = {key: item for key, item in self._open.items() if item.expires_at >= before}
        live = {
            key: item for key, item in self._authorized.items() if max(item.valid_until, item.pending_until) >= before
        }
        self._authorized, self.authorizations = live, {item.url: item for item in live.values()}
