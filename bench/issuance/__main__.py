"""Measure issuance beside other clients: `python -m bench.issuance`, as root, with NSD and Unbound installed.

The time from “the records are there” to “stored”, for a domain and its wildcard by DNS-01. All use one Pebble (no
pauses before validations, Retry-After 1 s, a twentieth of nonces refused) and one real delegation: NSD from the root
on, Unbound as the CA's resolver. Ours is the whole system with an emulated AWS; the others are given hooks that add TXT
records at NSD. They take turns, each time with a domain never seen before; the first round of each is not counted.

With --fleet each issues for many domains at once, one client after the other. With --timeline ours issues alone, and
each step, wait and call of the last certificate is shown.

lego is skipped where it is not installed (Debian: apt-get install lego); certbot is installed into .tools/certbot.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.issuance import fleet, timeline
from bench.issuance.contestants import BareLoop, Certwright, Contestant, certbot, install_certbot, lego
from bench.issuance.records import Hook, serving_hooks
from local.dynamodb_local import DynamoDbMissingError, find_command
from local.system import LocalSystem, Options
from tests.support.world import NODE, PORT, Internet, private_internet
from tests.support.world_user import User

OURS, FLOOR = "certwright", "bare loop on acme"


@dataclass(frozen=True, slots=True)
class Venue:
    """Where all of them issue."""

    system: LocalSystem
    user: User
    internet: Internet
    hook: Hook
    folder: Path

    def commands(self) -> Mapping[str, Callable[[Path], Contestant]]:
        """The clients that are programs, made with a folder for their files."""
        clients: dict[str, Callable[[Path], Contestant]] = {
            "certbot": lambda folder: certbot(self.system, self.hook, folder)
        }
        if lego(self.system, self.internet, self.hook, self.folder):
            clients["lego"] = lambda folder: _present(lego(self.system, self.internet, self.hook, folder))
        else:
            print("lego is not installed: skipped")
        return clients


def main() -> int:
    """Run what the options ask for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default: 5)")
    parser.add_argument("--without", action="append", default=[], metavar="CLIENT", help="leave a client out")
    parser.add_argument("--fleet", type=int, default=0, metavar="N", help="N certificates at once for each client")
    parser.add_argument("--workers", type=int, default=8, help="how many of a fleet are worked on at once (default: 8)")
    parser.add_argument("--timeline", action="store_true", help="show where the time of one certificate of ours goes")
    options = parser.parse_args()
    install_certbot()
    with _venue(options.workers if options.fleet else 2) as venue:
        if options.timeline:
            timeline.show(venue.user, venue.internet, options.rounds)
        elif options.fleet:
            _run_fleets(venue, options)
        else:
            _run_rounds(venue, options)
    return 0


@contextmanager
def _venue(workers: int) -> Iterator[Venue]:
    """Bring everything up, with our zone delegated and an account made."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # servers may give up root before they read
        with (
            private_internet(folder / "internet") as internet,
            LocalSystem(_options(internet, workers)) as system,
            serving_hooks(internet, folder) as hook,
        ):
            user = User.of(system)
            _delegate_zone(user, internet)
            yield Venue(system, user, internet, hook, folder)


def _options(internet: Internet, workers: int) -> Options:
    return Options(
        has_provider=False,
        root_hints=internet.root_hints,
        check_dns_port=PORT,
        node_listen=f"{NODE}:{PORT}",
        node_address=NODE,
        ca_resolver=internet.resolver,
        workers=workers,
        has_dynamodb_local=_has_dynamodb_local(),
    )


def _has_dynamodb_local() -> bool:
    try:
        find_command()
    except DynamoDbMissingError as error:
        print(f"The tables are in moto. {error}")
        return False
    return True


def _delegate_zone(user: User, internet: Internet) -> None:
    waiting = user.api.ask_for(("zone.example.test", "*.zone.example.test"))
    for record in (item for item in waiting["records"] if item["type"] != "CNAME"):
        internet.add(record["type"], record["name"], record["value"])
    user.api.delete(waiting["id"])


def _present(contestant: Contestant | None) -> Contestant:
    if contestant is None:
        raise RuntimeError("A client that was there is gone.")
    return contestant


def _run_rounds(venue: Venue, options: argparse.Namespace) -> None:
    contestants: dict[str, Contestant] = {OURS: Certwright(venue.user, venue.internet)}
    contestants |= {name: make(venue.folder) for name, make in venue.commands().items()}
    contestants[FLOOR] = BareLoop(venue.system, venue.internet)
    taking_part = {name: one for name, one in contestants.items() if name not in options.without}
    _print(_take_turns(taking_part, options.rounds))


def _take_turns(contestants: Mapping[str, Contestant], rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for at, (name, issue) in enumerate(contestants.items()):
            took = issue(f"r{turn}-{at}.example.test")
            if turn:
                times[name].append(took)
            print(f"round {turn}: {name} {took:.2f} s", file=sys.stderr, flush=True)
    return times


def _print(times: Mapping[str, list[float]]) -> None:
    ours = median(times[OURS])
    print(f"{'client':<20}{'median s':>10}{'fastest':>10}{'slowest':>10}{'ours / it':>12}")
    for name, took in times.items():
        row = f"{median(took):>10.2f}{min(took):>10.2f}{max(took):>10.2f}{ours / median(took):>12.2f}"
        print(f"{name:<20}{row}")
    if FLOOR in times:
        print(f"ours is {ours - median(times[FLOOR]):+.2f} s beside the {FLOOR}")


def _run_fleets(venue: Venue, options: argparse.Namespace) -> None:
    fleets: dict[str, fleet.Fleet] = {OURS: fleet.Ours(venue.user, venue.internet)}
    for name, make in venue.commands().items():
        fleets[name] = fleet.run_at_once(make, venue.folder / name, options.workers)
    runs = {
        name: fleet.measure(name, issue, options.fleet, options.workers)
        for name, issue in fleets.items()
        if name not in options.without
    }
    fleet.print_fleet(runs, options.fleet)


if __name__ == "__main__":
    sys.exit(main())
