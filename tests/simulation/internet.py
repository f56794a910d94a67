"""The Internet as far as it matters: users' records, and what the nodes answer to a CA that looks."""

from collections.abc import Callable, Iterable

from certwright.domain.answer import Answer, HttpAnswer, NodeRow, TxtAnswer
from certwright.domain.order import ChallengeType, key_authorization, txt_value
from certwright.domain.problem import Actor, Problem
from certwright.domain.records import NameCheck, Record, WantedAddress, WantedDelegation
from certwright.ports import Clock
from tests.fakes.answers import FakeAnswers, FakeNodes
from tests.fakes.record_checks import FakeRecordChecks

PREFIX = "_acme-challenge."


class SimulatedNodes(FakeNodes):
    """Nodes that, while they lag, answer what they knew before."""

    def __init__(self, answers: FakeAnswers, clock: Clock, count: Callable[[str], None]) -> None:
        super().__init__(answers, clock)
        self._table = answers
        self._count = count
        self._remembered: dict[str, frozenset[Answer]] = {}
        self._dead: set[str] = set()

    def list_rows(self) -> tuple[NodeRow, ...]:
        for task in self._remembered:
            self._count("spell: node-dies" if task in self._dead else "spell: node-lags")
        return super().list_rows()

    def lag(self, task: str) -> None:
        self._remembered[task] = self._table.served
        super().lag(task)

    def catch_up(self, task: str) -> None:
        self._remembered.pop(task, None)
        self._dead.discard(task)
        super().catch_up(task)

    def crash(self, task: str) -> None:
        super().crash(task)
        self._dead.add(task)

    def recover(self, task: str) -> None:
        """Be as if nothing had happened."""
        self.catch_up(task)
        self._ended.pop(task, None)

    def answers_of_each(self, now: int) -> list[list[Answer]]:
        """List what each node that runs answers; what has expired is answered by none."""
        served = [self._remembered.get(task, self._table.served) for task in self.tasks if task not in self._dead]
        return [[answer for answer in answers if answer.expires_at * 1000 > now] for answers in served]


class SimulatedDns(FakeRecordChecks):
    """A `RecordChecks` over records that users add and remove.

    `cnames` are by identifier, `addresses` are the names that point at us, `hidden` the identifiers whose records can't
    be seen, each with the kind of spell it is under.
    """

    def __init__(self, count: Callable[[str], None]) -> None:
        super().__init__()
        self._count = count
        self.cnames: dict[str, str] = {}
        self.addresses: set[str] = set()
        self.hidden: dict[str, str] = {}

    def add(self, record: Record) -> None:
        """Add a record as a user's provider does."""
        if record.type == "CNAME":
            self.cnames[record.name.removeprefix(PREFIX)] = record.value
        elif record.type == "TXT":
            self.txt[record.name] = (record.value,)
        elif record.type == "A":
            self.addresses.add(record.name)

    def target(self, name: str) -> str:
        """Follow the CNAME of an identifier, empty where there is none."""
        return "" if self._is_hidden(name) else self.cnames.get(name, "")

    def points_here(self, name: str) -> bool:
        """Tell whether an identifier's address is ours."""
        return name in self.addresses and not self._is_hidden(name)

    def _is_hidden(self, name: str) -> bool:
        kind = self.hidden.get(name)
        if kind is not None:
            self._count(f"spell: {kind}")
        return kind is not None

    def check_delegation(self, wanted: WantedDelegation) -> NameCheck:
        target = self.target(wanted.identifier)
        if target in wanted.targets:
            return NameCheck(wanted.identifier, None, target)
        code = "delegated-elsewhere" if target else "cname-missing"
        return NameCheck(wanted.identifier, Problem(code, "Add the CNAME.", Actor.USER, subject=wanted.identifier))

    def check_address(self, wanted: WantedAddress) -> NameCheck:
        if self.points_here(wanted.identifier):
            return NameCheck(wanted.identifier, None)
        problem = Problem("address-missing", "Add the A record.", Actor.USER, subject=wanted.identifier)
        return NameCheck(wanted.identifier, problem)

    def read_txt(self, name: str) -> tuple[str, ...]:
        return () if name in self.hidden else super().read_txt(name)


type Expected = tuple[str, ...]


def expected(dns: SimulatedDns, kind: str, name: str, token: str, thumbprint: str) -> Expected | None:
    """Tell what nodes must answer for a challenge to be met; None where the records do not lead to them."""
    if kind == ChallengeType.HTTP_01:
        return (token, name, key_authorization(token, thumbprint)) if dns.points_here(name) else None
    target = dns.target(name)
    return (target, txt_value(token, thumbprint)) if target else None


def is_answered(answers: Iterable[Answer], wanted: Expected) -> bool:
    """Tell whether one of the answers is the one that is expected."""
    return any(
        wanted == ((answer.name, answer.value) if isinstance(answer, TxtAnswer) else _http(answer))
        for answer in answers
    )


def _http(answer: HttpAnswer) -> Expected:
    return answer.token, answer.host, answer.body
