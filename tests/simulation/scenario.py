"""What a seed stands for: who asks for what, what goes wrong when, and how often the small things fail.

A scenario is a value. Parts can be taken out of it, and what is left happens as before: each certificate has a stream
of chance of its own.
"""

from dataclasses import dataclass, field, replace
from random import Random

from certwright.domain.renewal import DAY, HOUR, MINUTE, SECOND

START = 1_800_000_000_000
"""When every run begins, in epoch milliseconds: 2027-01-15."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One certificate: who asks when, and when the records are there; `number` names its stream of chance.

    `is_calm`: nothing fails between its workers and the world, so that it must be prompt whatever becomes of others.
    `is_theft`: the names are another owner's, whose records never point at this one. `is_dry_run`: nothing is to come
    of it. Renewals are rehearsed `rehearse_days` before.
    """

    number: int
    owner: str
    names: tuple[str, ...]
    challenge: str
    profile: str
    asked_at: int
    records_at: int
    deleted_at: int = 0
    is_calm: bool = False
    is_theft: bool = False
    is_dry_run: bool = False
    rehearse_days: int = 0

    @property
    def asked(self) -> int:
        """When it is asked for, in epoch milliseconds."""
        return START + self.asked_at

    @property
    def has_records_from(self) -> int:
        """When the records are there, in epoch milliseconds."""
        return START + self.records_at


@dataclass(frozen=True, slots=True)
class Spell:
    """Something that is wrong for a while; `target` is an identifier, a node, an owner, or empty."""

    kind: str
    start: int
    end: int
    target: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole run; times are milliseconds after its start.

    `calendar_ahead` is how much later the CA's calendar is than ours: which of its announced changes fall into the run.
    """

    seed: int
    days: int
    wishes: tuple[Wish, ...]
    spells: tuple[Spell, ...] = ()
    fault_rate: float = 0.0
    message_fault_rate: float = 0.0
    skews: tuple[int, ...] = (0,)
    renewal_info_every: int = 6 * HOUR
    deployed_at: int = 0
    is_tight: bool = False
    calendar_ahead: int = 0
    allowed_faults: frozenset[str] | None = field(default=None)
    """The faults that may happen, by name; None for all that chance has in store."""


CA_SPELLS = (
    "ca-outage",
    "ca-overload",
    "ca-huge-retry-after",
    "ca-slow-validation",
    "ca-failing-validation",
    "ca-slow-issuance",
    "ca-forgets-orders",
    "ca-already-replaced",
    "ca-internal-errors",
    "ca-expired-authorizations",
    "ca-revoked-authorizations",
    "ari-outage",
    "ari-revoked",
)
WORLD_SPELLS = (
    "record-missing",
    "record-missing",
    "record-flapping",
    "tables-throttled",
    "calls-slow",
    "queue-down",
    "node-lags",
    "node-dies",
    "owner-inactive",
    "zone-renamed",
    "checked-now",
    "version-revoked",
)
SHORT_SPELLS = frozenset({"ari-revoked", "checked-now", "version-revoked", "zone-renamed"})
OWNERS = ("own_a", "own_b")


def draw(seed: int) -> Scenario:
    """Draw the scenario of a seed."""
    random = Random(f"scenario {seed}")
    is_short = random.random() < 0.7
    days = random.randint(7, 12) if is_short else random.randint(40, 90)
    wishes = _draw_wishes(random, is_short, days)
    return Scenario(
        seed=seed,
        days=days,
        wishes=_draw_trials(Random(f"trials {seed}"), wishes, days),
        spells=tuple(_draw_spell(random, wishes, days) for _ in range(random.randint(0, 8))),
        fault_rate=random.choice((0.0, 0.003, 0.01, 0.03)),
        message_fault_rate=random.choice((0.0, 0.1, 0.5)),
        skews=random.choice(((0,), (-2 * SECOND, 0, 2 * SECOND), (-5 * SECOND, 5 * SECOND))),
        renewal_info_every=6 * HOUR if is_short else DAY,
        deployed_at=random.choice((0, random.choice(wishes).records_at + random.randint(1, 40) * SECOND)),
        is_tight=random.random() < 0.1,
        calendar_ahead=random.choice((0, random.randrange(450) * DAY)),
    )


def _draw_wishes(random: Random, is_short: bool, days: int) -> tuple[Wish, ...]:
    wishes: list[Wish] = []
    for number in range(random.randint(3, 6) if is_short else random.randint(2, 4)):
        earlier = random.choice(wishes) if wishes else None
        wishes.append(_draw_wish(random, number, is_short, days, earlier))
    return tuple(wishes)


def _draw_trials(random: Random, wishes: tuple[Wish, ...], days: int) -> tuple[Wish, ...]:
    """Have some renewals rehearsed, and some names asked for as a dry run too; from a stream of their own."""
    trials: list[Wish] = []
    for wish in wishes:
        number = len(wishes) + len(trials)
        if not wish.is_theft and random.random() < 0.06:
            asked_at = random.randrange(days * DAY // 2)
            records_at = max(asked_at, wish.records_at)
            trial = replace(wish, number=number, asked_at=asked_at, records_at=records_at, deleted_at=0)
            trials.append(replace(trial, is_calm=False, is_dry_run=True))
    rehearsed = (replace(wish, rehearse_days=random.choice((0, 0, 0, 0, 0, 0, 1, 7))) for wish in wishes)
    return (*rehearsed, *trials)


def _draw_wish(random: Random, number: int, is_short: bool, days: int, earlier: Wish | None) -> Wish:
    asked_at = random.choice((random.randrange(HOUR), random.randrange(days * DAY // 3)))
    patience = random.choice((0, 0, MINUTE, 20 * MINUTE, 20 * MINUTE, 5 * HOUR, 2 * DAY))
    owner, names, challenge = random.choice(OWNERS), *_draw_names(random, number)
    fate = random.random()
    is_theft = earlier is not None and fate < 0.08 and not earlier.is_theft
    if earlier and is_theft:
        owner = next(other for other in OWNERS if other != earlier.owner)
        names, asked_at = earlier.names, max(asked_at, earlier.asked_at + MINUTE)
        challenge = "dns-01"
    elif earlier and not earlier.is_theft and fate < 0.4:
        owner, names, challenge = earlier.owner, earlier.names[: 1 if fate > 0.3 else None], earlier.challenge
    return Wish(
        number=number,
        owner=owner,
        names=names,
        challenge=challenge,
        profile=("shortlived" if is_short else random.choice(("", "tlsserver"))),
        asked_at=asked_at,
        records_at=asked_at + patience,
        deleted_at=asked_at + random.randrange(days * DAY) if random.random() < 0.15 else 0,
        is_calm=random.random() < 0.4,
        is_theft=is_theft,
    )


def _draw_names(random: Random, number: int) -> tuple[tuple[str, ...], str]:
    apex = f"d{number}.test" if random.random() < 0.8 else f"d{number}.shared.test"
    return random.choice(
        (
            ((apex, f"*.{apex}"), ""),
            ((apex,), ""),
            ((apex, f"www.{apex}"), ""),
            ((apex, f"www.{apex}", f"api.{apex}"), "dns-01"),
        )
    )


def _draw_spell(random: Random, wishes: tuple[Wish, ...], days: int) -> Spell:
    kind = random.choice(CA_SPELLS + WORLD_SPELLS)
    lasts = random.choice((5 * MINUTE, HOUR, 10 * HOUR, 2 * DAY))
    wish = random.choice(wishes)
    # Half of them come when a certificate is issued: at any other time most find nobody at work.
    start = random.choice((random.randrange(days * DAY), max(0, wish.records_at + random.randint(-120, 60) * SECOND)))
    target = ""
    if kind.startswith("record") or kind in ("checked-now", "version-revoked"):
        target = wish.names[0]
    elif kind.startswith(("owner", "zone")):
        target = wish.owner
    elif kind.startswith("node"):
        target = random.choice(("node-a", "node-b"))
    return Spell(kind, start, start + (MINUTE if kind in SHORT_SPELLS else lasts), target)
