"""All that a node has loaded, in the parent: from it come the changes its workers are sent.

Answers come in partitions (a shard, or a whole file). An answer is served from its loading until it expires or its
partition comes without it; expiry is the node's own, whatever the table still holds. A partition that is loaded again
costs little more than looking whether each of its answers was there: only names that moved are looked at.
"""

from collections.abc import Hashable, Iterable, Sequence
from heapq import heappop, heappush
from itertools import chain
from math import inf

from certwright.domain.answer import Answer, HttpAnswer, ServedZone, TxtAnswer
from dnsnode.changes import Change, RemoveBody, RemoveZone, SetBody, SetTxt, SetZone

type _Name = tuple[str, str]
"""What is served as one: ("txt", name) or ("http", token)."""


class Snapshot:
    """Answers and zones as loaded; each method returns the changes that bring the workers up to it."""

    def __init__(self) -> None:
        self._partitions: dict[Hashable, _Partition] = {}
        self._zones: dict[str, ServedZone] = {}
        self._looked_at = -inf

    @property
    def zones(self) -> tuple[ServedZone, ...]:
        """The zones served."""
        return tuple(self._zones.values())

    @property
    def size(self) -> int:
        """How many names with TXT and HTTP-01 tokens are served."""
        return sum(len(partition.served) for partition in self._partitions.values())

    def replace_zones(self, zones: Iterable[ServedZone]) -> list[Change]:
        """Serve exactly these zones."""
        new = {zone.origin: zone for zone in zones}
        changes: list[Change] = [SetZone(zone) for origin, zone in new.items() if self._zones.get(origin) != zone]
        changes += [RemoveZone(origin) for origin in self._zones if origin not in new]
        self._zones = new
        return changes

    def replace_answers(self, partition: Hashable, answers: Iterable[Answer], now_s: float) -> list[Change]:
        """Serve exactly these answers of a partition, but for those expired at `now_s` (epoch seconds)."""
        return self._partitions.setdefault(partition, _Partition()).replace(frozenset(answers), now_s)

    def expire(self, now_s: float) -> list[Change]:
        """Drop what has expired at `now_s`; should the clock have been set back, take up again what has not."""
        went_back = now_s < self._looked_at
        self._looked_at = now_s
        look = _Partition.look_again if went_back else _Partition.expire
        return list(chain.from_iterable(look(partition, now_s) for partition in self._partitions.values()))

    def everything(self) -> list[Change]:
        """List all that is served, for a worker that starts."""
        served = chain.from_iterable(partition.served.values() for partition in self._partitions.values())
        return [*(SetZone(zone) for zone in self._zones.values()), *served]


class _Partition:
    """The answers of one partition, by name and by the second in which they expire."""

    def __init__(self) -> None:
        self.served: dict[_Name, SetTxt | SetBody] = {}
        self._loaded: frozenset[Answer] = frozenset()
        self._by_name: dict[_Name, tuple[Answer, ...]] = {}
        self._expiring: dict[int, set[Answer]] = {}
        self._seconds: list[int] = []

    def replace(self, answers: frozenset[Answer], now_s: float) -> list[Change]:
        """Take these in place of all that was loaded."""
        gone, come = self._loaded - answers, answers - self._loaded
        self._loaded = answers
        for answer in gone:
            self._forget(answer)
        for answer in come:
            self._by_name[_name(answer)] = (*self._by_name.get(_name(answer), ()), answer)
            self._await_expiry(answer, now_s)
        return self._serve({_name(answer) for answer in chain(gone, come)}, now_s)

    def expire(self, now_s: float) -> list[Change]:
        """Drop what has expired."""
        names: set[_Name] = set()
        while self._seconds and self._seconds[0] <= now_s:
            names.update(map(_name, self._expiring.pop(heappop(self._seconds))))
        return self._serve(names, now_s)

    def look_again(self, now_s: float) -> list[Change]:
        """Look at every answer: the time is earlier than it was."""
        self._expiring, self._seconds = {}, []
        for answer in self._loaded:
            self._await_expiry(answer, now_s)
        return self._serve(set(self._by_name), now_s)

    def _await_expiry(self, answer: Answer, now_s: float) -> None:
        if answer.expires_at <= now_s:
            return
        if answer.expires_at not in self._expiring:
            self._expiring[answer.expires_at] = set()
            heappush(self._seconds, answer.expires_at)
        self._expiring[answer.expires_at].add(answer)

    def _forget(self, answer: Answer) -> None:
        rest = tuple(other for other in self._by_name.pop(_name(answer)) if other != answer)
        if rest:
            self._by_name[_name(answer)] = rest
        self._expiring.get(answer.expires_at, set()).discard(answer)

    def _serve(self, names: set[_Name], now_s: float) -> list[Change]:
        """Bring what is served of some names up to what is loaded; names come in an order of their own."""
        changes: list[Change] = []
        for name in sorted(names):
            old = self.served.pop(name, None)
            live = [answer for answer in self._by_name.get(name, ()) if answer.expires_at > now_s]
            if live:
                self.served[name] = new = _build(live)
                changes += [new] if new != old else []
            elif old:
                changes.append(_withdraw(old))
        return changes


def _name(answer: Answer) -> _Name:
    return ("txt", answer.name) if isinstance(answer, TxtAnswer) else ("http", answer.token)


def _build(answers: Sequence[Answer]) -> SetTxt | SetBody:
    """Bring the live answers of one name together: values sorted, one of several bodies."""
    bodies = [answer for answer in answers if isinstance(answer, HttpAnswer)]
    if bodies:
        body = max(bodies, key=lambda answer: answer.attempt)
        return SetBody(body.token, body.host, body.body)
    values = [answer for answer in answers if isinstance(answer, TxtAnswer)]
    return SetTxt(values[0].name, tuple(sorted({answer.value for answer in values})))


def _withdraw(change: SetTxt | SetBody) -> Change:
    return SetTxt(change.name, ()) if isinstance(change, SetTxt) else RemoveBody(change.token)
