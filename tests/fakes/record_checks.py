"""A look at DNS that sees what it is told; without being told, every record stands."""

from collections import Counter

from certwright.domain.hop import Hop
from certwright.domain.problem import Problem
from certwright.domain.records import Lock, NameCheck, WantedAddress, WantedCaa, WantedDelegation, WantedZone


class FakeRecordChecks:
    """An `EveryCheck`; set `problems`, `caa_problems` and `targets` by identifier, `zone_problems` by origin.

    `txt` and `aliases` are by name; `hops` and `lock` are told of every name.
    """

    def __init__(self) -> None:
        self.problems: dict[str, Problem] = {}
        self.caa_problems: dict[str, Problem] = {}
        self.hops: tuple[Hop, ...] = ()
        self.lock = Lock(is_closed=False, records=())
        self.caa_wanted: list[WantedCaa] = []
        self.targets: dict[str, str] = {}
        self.zone_problems: dict[str, Problem] = {}
        self.txt: dict[str, tuple[str, ...]] = {}
        self.aliases: dict[str, tuple[str, ...]] = {}
        self.calls: Counter[str] = Counter()

    def check_delegation(self, wanted: WantedDelegation) -> NameCheck:
        self.calls["check_delegation"] += 1
        problem = self.problems.get(wanted.identifier)
        seen = self.targets.get(wanted.identifier, "" if problem else wanted.targets[0])
        return NameCheck(wanted.identifier, problem, seen, hops=self.hops)

    def check_address(self, wanted: WantedAddress) -> NameCheck:
        self.calls["check_address"] += 1
        return NameCheck(wanted.identifier, self.problems.get(wanted.identifier))

    def check_caa(self, wanted: WantedCaa) -> NameCheck:
        self.calls["check_caa"] += 1
        self.caa_wanted.append(wanted)
        return NameCheck(wanted.identifier, self.caa_problems.get(wanted.identifier), lock=self.lock)

    def check_zone(self, wanted: WantedZone) -> Problem | None:
        self.calls["check_zone"] += 1
        return self.zone_problems.get(wanted.origin)

    def find_aliases(self, name: str, last_label: str) -> tuple[str, ...]:
        self.calls["find_aliases"] += 1
        return self.aliases.get(name, ())

    def read_txt(self, name: str) -> tuple[str, ...]:
        self.calls["read_txt"] += 1
        return self.txt.get(name, ())
