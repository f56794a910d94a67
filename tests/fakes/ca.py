"""A CA in memory that keeps to RFC 8555: its statuses are derived from parts, its certificates are real.

Differences from a public CA: nothing is rate-limited, and validation happens when the order or an authorization is next
read, by `validator`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from certwright.domain.errors import CaRefusal, InvalidRequest
from certwright.domain.identifier import identifier, is_wildcard
from certwright.domain.order import Authorization, Challenge, ChallengeType, Order, Status
from certwright.domain.problem import Actor, Problem
from certwright.domain.revocation import Reason
from certwright.ports import Clock, ExternalAccount, RenewalWindow
from tests.fakes.ca_signer import Signer

DAY = 86_400_000

type Validator = Callable[[Authorization, Challenge], Problem | None]
"""Looks as the CA would; None when the challenge is met."""


@dataclass(slots=True)
class _Ordered:
    """An order as the CA keeps it; its status is not kept."""

    url: str
    names: tuple[str, ...]
    profile: str
    replaces: str
    authorizations: list[Authorization]
    expires_at: int
    chain: bytes = b""
    reads_until_valid: int = 0
    problem: Problem | None = None
    is_finalized: bool = False

    @property
    def status(self) -> Status:
        """RFC 8555 §7.1.6."""
        if self.problem or any(item.status is Status.INVALID for item in self.authorizations):
            return Status.INVALID
        if self.is_finalized:
            return Status.PROCESSING if self.reads_until_valid else Status.VALID
        is_ready = all(item.status is Status.VALID for item in self.authorizations)
        return Status.READY if is_ready else Status.PENDING


@dataclass(slots=True)
class _Fault:
    error: Exception
    is_after: bool
    times: int
    not_before: int = 0


@dataclass(slots=True)
class FakeCa:
    """A `Ca` for one account, and what a test may set of it.

    `reads_until_valid` is how often a finalized order still reads as processing, `retry_after_seconds` what the CA then
    asks for. `reuses_orders` hands out the same pending or ready order again, as Boulder does;
    `alternates` are the roots that sign its root too, each making another chain.
    `shares_authorizations` puts the pending authorization of an earlier order into a new one. `calls` counts requests.
    """

    clock: Clock
    validator: Validator = lambda _authorization, _challenge: None
    challenge_types: tuple[str, ...] = (ChallengeType.HTTP_01, ChallengeType.DNS_01)
    lifetime: int = 90 * DAY
    reads_until_valid: int = 0
    retry_after_seconds: int = 0
    reuses_orders: bool = False
    shares_authorizations: bool = False
    alternates: list[Signer] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    replaced: set[str] = field(default_factory=set)
    revoked: dict[str, Reason] = field(default_factory=dict)
    _orders: dict[str, _Ordered] = field(default_factory=dict)
    _faults: dict[str, _Fault] = field(default_factory=dict)
    _tokens: int = 0
    _signer: Signer = field(default_factory=Signer)

    def fail(self, operation: str, error: Exception, *, times: int = 1, is_after: bool = False, at: int = 1) -> None:
        """Raise an error at the `at`-th next call of `place_order`, `fetch_order`, … and the calls after it.

        `is_after`: when the effect is done.
        """
        self._faults[operation] = _Fault(error, is_after, times, self.calls[operation] + at)

    def recover(self) -> None:
        """Forget all errors that were set."""
        self._faults.clear()

    def spoil(self, order_url: str, problem: Problem) -> None:
        """End an order as invalid, for a reason of the CA's own."""
        self._orders[order_url].problem = problem

    @property
    def placed(self) -> list[tuple[str, ...]]:
        """The names of every order that was made."""
        return [order.names for order in self._orders.values()]

    def place_order(self, names: Sequence[str], profile: str, replaces: str) -> Order:
        self._begin("place_order")
        if replaces and replaces in self.replaced:
            raise CaRefusal("It was replaced before.", type="alreadyReplaced", status=409)
        ordered = self._find_open(tuple(names), profile) if self.reuses_orders else None
        if ordered is None:
            ordered = self._open(tuple(names), profile, replaces)
        return self._end("place_order", ordered)

    def fetch_order(self, url: str) -> Order:
        self._begin("fetch_order")
        ordered = self._orders.get(url)
        if ordered is None or (not ordered.is_finalized and self.clock.now() >= ordered.expires_at):
            raise CaRefusal("There is no such order.", type="malformed", status=404)
        ordered.authorizations = [self._validate(item) for item in ordered.authorizations]
        if ordered.status is Status.PROCESSING:
            ordered.reads_until_valid -= 1
        return self._end("fetch_order", ordered)

    def fetch_authorization(self, url: str) -> Authorization:
        self._begin("fetch_authorization")
        for ordered in self._orders.values():
            found = next((item for item in ordered.authorizations if item.url == url), None)
            if found:
                self._fault("fetch_authorization", is_after=True)
                return found
        raise CaRefusal("There is no such authorization.", type="malformed", status=404)

    def answer(self, challenge_url: str) -> None:
        self._begin("answer")
        for ordered in self._orders.values():
            ordered.authorizations = [_answered(item, challenge_url) for item in ordered.authorizations]
        self._fault("answer", is_after=True)

    def finalize(self, order: Order, csr: bytes) -> Order:
        self._begin("finalize")
        ordered = self._orders[order.url]
        if ordered.status is not Status.READY:
            raise CaRefusal(f"The order is {ordered.status.value}.", type="orderNotReady", status=403)
        if self._signer.names(csr) != set(ordered.names):
            raise CaRefusal("The CSR names other names than the order.", type="badCSR", status=400)
        ordered.chain = self._signer.sign(csr, self.clock.now(), self.lifetime)
        ordered.is_finalized, ordered.reads_until_valid = True, self.reads_until_valid
        if ordered.replaces:
            self.replaced.add(ordered.replaces)
        return self._end("finalize", ordered)

    def download(self, order: Order) -> bytes:
        self._begin("download")
        ordered = self._orders[order.url]
        if ordered.status is not Status.VALID:
            raise CaRefusal("There is no certificate yet.", type="malformed", status=404)
        self._fault("download", is_after=True)
        return ordered.chain

    def download_alternates(self, order: Order) -> Iterator[bytes]:
        for signer in self.alternates:
            self._begin("download_alternates")
            yield self._signer.cross_sign(self._orders[order.url].chain, signer)

    def revoke(self, chain: bytes, reason: Reason) -> None:
        self._begin("revoke")
        serial = Signer.serial(chain)
        if serial not in self.revoked:
            self.revoked[serial] = reason
        self._fault("revoke", is_after=True)

    def _begin(self, operation: str) -> None:
        self.calls[operation] += 1
        self._fault(operation, is_after=False)

    def _end(self, operation: str, ordered: _Ordered) -> Order:
        self._fault(operation, is_after=True)
        return self._shown(ordered)

    def _fault(self, operation: str, *, is_after: bool) -> None:
        fault = self._faults.get(operation)
        if fault and fault.is_after is is_after and self.calls[operation] >= fault.not_before:
            fault.times -= 1
            if fault.times <= 0:
                del self._faults[operation]
            raise fault.error

    def _open(self, names: tuple[str, ...], profile: str, replaces: str) -> _Ordered:
        url = f"https://ca.test/order/{len(self._orders) + 1}"
        authorizations = [self._share(name) or self._authorize(name, f"{url}/{at}") for at, name in enumerate(names)]
        ordered = _Ordered(url, names, profile, replaces, authorizations, self.clock.now() + 7 * DAY)
        self._orders[url] = ordered
        return ordered

    def _find_open(self, names: tuple[str, ...], profile: str) -> _Ordered | None:
        for ordered in self._orders.values():
            is_same = set(ordered.names) == set(names) and ordered.profile == profile
            if is_same and ordered.status in (Status.PENDING, Status.READY) and self.clock.now() < ordered.expires_at:
                return ordered
        return None

    def _share(self, name: str) -> Authorization | None:
        """Find a pending authorization of the account (RFC 8555 §7.1.3 lets a CA do so)."""
        known = (item for ordered in self._orders.values() for item in ordered.authorizations if item.name == name)
        pending = (item for item in known if item.status is Status.PENDING)
        return next(pending, None) if self.shares_authorizations else None

    def _authorize(self, name: str, url: str) -> Authorization:
        """Offer every type, but no HTTP-01 for a wildcard."""
        challenges = []
        for challenge_type in self.challenge_types:
            if is_wildcard(name) and challenge_type == ChallengeType.HTTP_01:
                continue
            self._tokens += 1
            token = f"token-{self._tokens:037}"
            challenges.append(Challenge(challenge_type, f"{url}/{challenge_type}", token, Status.PENDING))
        return Authorization(url, identifier(name), is_wildcard(name), Status.PENDING, tuple(challenges))

    def _validate(self, authorization: Authorization) -> Authorization:
        """Look at the challenge that was answered, if any (RFC 8555 §7.1.6: one decides the authorization)."""
        asked = next((item for item in authorization.challenges if item.status is Status.PROCESSING), None)
        if asked is None:
            return authorization
        problem = self.validator(authorization, asked)
        status = Status.INVALID if problem else Status.VALID
        return replace(_with(authorization, replace(asked, status=status, problem=problem)), status=status)

    def _shown(self, ordered: _Ordered) -> Order:
        status = ordered.status
        waits = status in (Status.PROCESSING, Status.PENDING) and self.retry_after_seconds
        return Order(
            url=ordered.url,
            status=status,
            names=ordered.names,
            finalize_url=f"{ordered.url}/finalize",
            authorization_urls=tuple(item.url for item in ordered.authorizations),
            authorizations=tuple(ordered.authorizations) if status is Status.INVALID else (),
            certificate_url=f"{ordered.url}/certificate" if status is Status.VALID else "",
            expires_at=ordered.expires_at,
            retry_at=self.clock.now() + self.retry_after_seconds * 1000 if waits else 0,
            problem=ordered.problem or _first_problem(ordered.authorizations),
        )


@dataclass(slots=True)
class FakeRenewalInformation:
    """A `RenewalInformation`; set `windows` by ARI id, `window` for all others."""

    window: RenewalWindow | None = None
    windows: dict[str, RenewalWindow] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def fetch_window(self, ari_id: str) -> RenewalWindow | None:
        self.asked.append(ari_id)
        return self.windows.get(ari_id, self.window)


@dataclass(slots=True)
class FakeRegistration:
    """An `AccountRegistration` of one key; the same URL each time, as RFC 8555 §7.3 has it.

    `told` hears of everything that was asked; `external` is the binding it wants, if any.
    """

    key: bytes
    urls: dict[bytes, str]
    told: list[tuple[str, ...]] = field(default_factory=list)
    external: ExternalAccount | None = None
    faults: list[Exception] = field(default_factory=list)

    def register(self, contact: str, terms_agreed: bool, external: ExternalAccount | None = None) -> str:
        self._be_asked("register", contact)
        if not terms_agreed:
            raise CaRefusal("The terms must be agreed to.", type="userActionRequired", status=403)
        if self.external and external != self.external:
            raise CaRefusal("Bind the account.", type="externalAccountRequired", status=403)
        return self.urls.setdefault(self.key, f"https://ca.test/account/{len(self.urls) + 1}")

    def find(self) -> str:
        return self.urls.get(self.key, "")

    def thumbprint(self) -> str:
        return f"thumbprint-of-{self.key.decode()}"

    def change_contact(self, url: str, contact: str) -> None:
        self._be_asked("contact", url, contact)

    def change_key(self, url: str, new_key: bytes) -> None:
        self._be_asked("rollover", url)
        assert self.urls.pop(self.key) == url
        self.urls[new_key] = url

    def deactivate(self, url: str) -> None:
        self._be_asked("deactivate", url)

    def _be_asked(self, *what: str) -> None:
        self.told.append(what)
        if self.faults:
            raise self.faults.pop()


@dataclass(slots=True)
class FakeCas:
    """A `Cas` that knows one CA."""

    ca: FakeCa
    information: FakeRenewalInformation = field(default_factory=FakeRenewalInformation)
    registered: dict[bytes, str] = field(default_factory=dict)
    revoked_by_key: list[str] = field(default_factory=list)
    told: list[tuple[str, ...]] = field(default_factory=list)
    external: ExternalAccount | None = None
    faults: list[Exception] = field(default_factory=list)

    def registration(self, directory: str, account_key: bytes) -> FakeRegistration:
        return FakeRegistration(account_key, self.registered, self.told, self.external, self.faults)

    def account(self, directory: str, account_key: bytes, account_url: str) -> FakeCa:
        if self.registered.get(account_key) != account_url:
            raise CaRefusal("There is no such account.", type="accountDoesNotExist", status=400)
        return self.ca

    def renewal_information(self, directory: str) -> FakeRenewalInformation:
        return self.information

    def revoke_by_key(self, directory: str, private_key: bytes, chain: bytes, reason: Reason) -> None:
        if not Signer.is_pair(private_key, chain):
            raise InvalidRequest("The private key is not the certificate's.", field="private_key", code="key-mismatch")
        self.ca.revoke(chain, reason)
        self.revoked_by_key.append(Signer.serial(chain))


def refuse(_authorization: Authorization, _challenge: Challenge) -> Problem | None:
    """A `Validator` that never finds what it looks for."""
    return Problem("ca-unauthorized", "The CA found another value.", Actor.USER)


def _answered(authorization: Authorization, challenge_url: str) -> Authorization:
    asked = next((item for item in authorization.challenges if item.url == challenge_url), None)
    if asked is None or asked.status is not Status.PENDING or authorization.status is not Status.PENDING:
        return authorization
    return _with(authorization, replace(asked, status=Status.PROCESSING))


def _with(authorization: Authorization, challenge: Challenge) -> Authorization:
    challenges = tuple(challenge if item.url == challenge.url else item for item in authorization.challenges)
    return replace(authorization, challenges=challenges)


def _first_problem(authorizations: Sequence[Authorization]) -> Problem | None:
    problems = (challenge.problem for item in authorizations for challenge in item.challenges)
    return next((problem for problem in problems if problem), None)
