"""The matrix as a page: what the runs showed, in words that are the same each time."""

from collections.abc import Mapping
from pathlib import Path

from tests.crash.journeys import Journey
from tests.crash.matrix import Crashed, Plain
from tests.crash.recorder import Point

PAGE = Path(__file__).parents[2] / "docs" / "crash-matrix.md"
COMMAND = "make crash-matrix"
HEAD = f"""\
# Crash matrix

Written by `{COMMAND}`; the tests compare it with what they see.

A worker is crashed right before and right after every effect that it has on the world: each write to DynamoDB, each
object put into S3, each message, each encryption, each POST to the CA, each NOTIFY. It dies on the spot, the reply of
the effect and the message in its hand are lost, and the next worker knows only what is stored. Then time passes: the
lease of 90 seconds runs out, the sweep finds the certificate due, and from now on every message is delivered twice, and
once more in the middle of the work.

Real are the flows, the adapters, and Pebble, which refuses 15 % of all nonces and validates through DNS and HTTP. AWS
is moto, in memory. Effects are numbered by a proxy as they leave the process ([`tests/crash`](../tests/crash)), so that
none can be left out. A POST that is sent again for its nonce is one effect, and so are an order that is read until it
has moved on and datagrams in a row.

Of a rehearsal the effects of the worker that has the certificate in hand are numbered; its dry run, a journey of its
own above, is worked on in between.

Each issuance and each renewal ended with exactly one current certificate: signed by the CA, with the names asked for,
its private key readable and matching; a renewal's previous version is still stored. Each dry run ended with the verdict
that a certificate was issued, and with no object of it stored but the private key of its attempt; it goes by itself.
Each rehearsal ended well, by a single dry run, and left its certificate as it was. No answer was left in the table, no
hold, no open attempt; the certificate was at rest, with a due time and a reason. No log held a private key. What was
begun and saved before the crash was brought to its end: the same attempt, the same order where its URL was saved, and
the same rehearsal.

**Orders.** The only place where a second order is made lies between the CA's taking of the first and the save of its
URL: nobody knows it then. Pebble makes a new one; a CA that hands out the pending order it has for the same account and
names, as Let's Encrypt does, gives the first again. The second takes the place of the first, which the CA lets expire.
What was reserved of the CA's limits before a crash and not saved is reserved once more; the first reservation lapses.
"""


def render(runs: Mapping[Journey, tuple[Plain, Mapping[Point, Crashed]]]) -> str:
    """Write the whole page."""
    sections = [_section(journey, plain, crashed) for journey, (plain, crashed) in runs.items()]
    return "\n".join((HEAD, *sections))


def _section(journey: Journey, plain: Plain, crashed: Mapping[Point, Crashed]) -> str:
    lines = [
        f"## {journey.title}",
        "",
        f"{len(plain.effects)} effects; {_orders(plain.cost.orders)} without a crash.",
        "",
    ]
    lines += ["| # | step | through | effect | crash before it | crash after it |", "|---|---|---|---|---|---|"]
    for number, effect in enumerate(plain.effects, 1):
        cells = [str(number), effect.step, f"`{effect.port}`", effect.call]
        cells += [tell(crashed[Point(number, is_after)]) for is_after in (False, True)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join((*lines, ""))


def read_cells(page: str, journey: Journey) -> list[list[str]]:
    """Read the rows of one journey from a page; empty where it is not there."""
    _, _, section = page.partition(f"## {journey.title}\n")
    rows = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    return [row.strip("| ").split(" | ") for row in rows[1:]]


def tell(crashed: Crashed) -> str:
    """Say how many orders it took, and how the work went on."""
    return f"{_orders(crashed.cost.orders)}: {_way(crashed)}"


def _way(crashed: Crashed) -> str:
    work = crashed.left.work
    if crashed.is_done:
        return "all was done and saved"
    when = "after the lease" if work.claimed_by else "at the next sweep"
    return f"{when}, {_what(crashed)}{_stray(crashed)}"


def _what(crashed: Crashed) -> str:
    attempt = crashed.left.work.attempt
    if crashed.left.work.rehearsal:
        return "same rehearsal"
    if attempt is None:
        return "from the beginning"
    return "same attempt, same order" if attempt.order_url else "same attempt"


def _stray(crashed: Crashed) -> str:
    return "; a key that nothing names goes after 30 days" if crashed.cost.stray_keys else ""


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count} orders"
