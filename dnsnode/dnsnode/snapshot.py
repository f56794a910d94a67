"""All that a node has loaded, in the parent: from it come the changes its workers are sent.

Answers come in partitions (a shard, or a whole file). An answer is served from its loading until it expires or its
partition comes without it; expiry is the node's own, whatever the table still holds.
"""

from collections.abc import Hashable, Iterable
from itertools import chain
from math import inf

from certwright.domain.answer import Answer, HttpAnswer, ServedZone, TxtAnswer
from dnsnode.changes import Change, RemoveBody, RemoveZone, SetBody, SetTxt, SetZone

type _Served = dict[tuple[str, str], SetTxt | SetBody]
"""What is served, by (kind, name or token)."""


class Snapshot:
    """Answers and zones as loaded; each method returns the changes that bring the workers up to it."""

    def __init__(self) -> None:
        self._loaded: dict[Hashable, tuple[Answer, ...]] = {}
        self._served: dict[Hashable, _Served] = {}
        self._zones: dict[str, ServedZone] = {}
        self._next_expiry: dict[Hashable, float] = {}
        self._looked_at = -inf

    @property
    def zones(self) -> tuple[ServedZone, ...]:
        """The zones served."""
        return tuple(self._zones.values())

    @property
    def size(self) -> int:
        """How many names with TXT and HTTP-01 tokens are served."""
        return sum(map(len, self._served.values()))

    def replace_zones(self, zones: Iterable[ServedZone]) -> list[Change]:
        """Serve exactly these zones."""
        new = {zone.origin: zone for zone in zones}
        changes: list[Change] = [SetZone(zone) for origin, zone in new.items() if self._zones.get(origin) != zone]
        changes += [RemoveZone(origin) for origin in self._zones if origin not in new]
        self._zones = new
        return changes

    def replace_answers(self, partition: Hashable, answers: Iterable[Answer], now_s: float) -> list[Change]:
        """Serve exactly these answers of a partition, but for those expired at `now_s` (epoch seconds)."""
        self._loaded[partition] = tuple(answers)
        return self._serve(partition, now_s)

    def expire(self, now_s: float) -> list[Change]:
        """Drop what has expired at `now_s`; should the clock have been set back, take up again what has not."""
        went_back = now_s < self._looked_at
        self._looked_at = now_s
        due = [partition for partition, expiry in self._next_expiry.items() if went_back or expiry <= now_s]
        return list(chain.from_iterable(self._serve(partition, now_s) for partition in due))

    def everything(self) -> list[Change]:
        """List all that is served, for a worker that starts."""
        served = chain.from_iterable(served.values() for served in self._served.values())
        return [*(SetZone(zone) for zone in self._zones.values()), *served]

    def _serve(self, partition: Hashable, now_s: float) -> list[Change]:
        live = [answer for answer in self._loaded[partition] if answer.expires_at > now_s]
        self._next_expiry[partition] = min((answer.expires_at for answer in live), default=inf)
        old, new = self._served.get(partition, {}), _collect(live)
        self._served[partition] = new
        changes: list[Change] = [change for key, change in new.items() if old.get(key) != change]
        return changes + [_withdraw(change) for key, change in old.items() if key not in new]


def _collect(answers: Iterable[Answer]) -> _Served:
    """Bring the values of each name together: each once, in an order that is the same on every node."""
    values: dict[str, set[str]] = {}
    served: _Served = {}
    for answer in answers:
        match answer:
            case TxtAnswer(name, value):
                values.setdefault(name, set()).add(value)
            case HttpAnswer(token, host, body):
                served["http", token] = SetBody(token, host, body)
    for name, found in values.items():
        served["txt", name] = SetTxt(name, tuple(sorted(found)))
    return served


def _withdraw(change: SetTxt | SetBody) -> Change:
    return SetTxt(change.name, ()) if isinstance(change, SetTxt) else RemoveBody(change.token)
