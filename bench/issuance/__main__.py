"""Measure issuance beside other clients: `python -m bench.issuance`, as root, with NSD and Unbound installed.

The time from “the records are there” to “stored”, for a domain and its wildcard by DNS-01. All use one Pebble (no
pauses before validations, Retry-After 1 s, a twentieth of nonces refused) and one real delegation: NSD from the root
on, Unbound as the CA's resolver. Ours is the whole system with an emulated AWS; the others are given hooks that add TXT
records at NSD. They take turns, each time with a domain never seen before; the first round of each is not counted.

lego is skipped where it is not installed (Debian: apt-get install lego); certbot is installed into .tools/certbot.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from bench.issuance.contestants import BareLoop, Certwright, Contestant, certbot, install_certbot, lego
from bench.issuance.records import Hook, serving_hooks
from local.system import LocalSystem, Options
from tests.support.world import NODE, PORT, Internet, private_internet
from tests.support.world_user import User

FLOOR = "bare loop on acme"


def main() -> int:
    """Run all rounds and print medians, and their ratio to ours."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default: 5)")
    parser.add_argument("--without", action="append", default=[], metavar="CLIENT", help="leave a client out")
    options = parser.parse_args()
    install_certbot()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # servers may give up root before they read
        with (
            private_internet(folder / "internet") as internet,
            LocalSystem(_options(internet)) as system,
            serving_hooks(internet, folder) as hook,
        ):
            entered = _enter(system, internet, hook, folder)
            taking_part = {name: one for name, one in entered.items() if name not in options.without}
            times = _take_turns(taking_part, options.rounds)
    _print(times)
    return 0


def _options(internet: Internet) -> Options:
    return Options(
        has_provider=False,
        root_hints=internet.root_hints,
        check_dns_port=PORT,
        node_listen=f"{NODE}:{PORT}",
        node_address=NODE,
        ca_resolver=internet.resolver,
    )


def _enter(system: LocalSystem, internet: Internet, hook: Hook, folder: Path) -> Mapping[str, Contestant]:
    """Bring all to the start: accounts are made, our zone is delegated."""
    user = User.of(system)
    waiting = user.api.ask_for(("zone.example.test", "*.zone.example.test"))
    for record in (item for item in waiting["records"] if item["type"] != "CNAME"):
        internet.add(record["type"], record["name"], record["value"])
    user.api.delete(waiting["id"])
    entered: dict[str, Contestant | None] = {
        "certwright": Certwright(user, internet),
        "certbot": certbot(system, hook, folder),
        "lego": lego(system, internet, hook, folder),
        FLOOR: BareLoop(system, internet),
    }
    for name in (name for name, contestant in entered.items() if contestant is None):
        print(f"{name} is not installed: skipped")
    return {name: contestant for name, contestant in entered.items() if contestant}


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
    ours, floor = median(times["certwright"]), median(times[FLOOR])
    print(f"{'client':<20}{'median s':>10}{'fastest':>10}{'slowest':>10}{'ours / it':>12}")
    for name, took in times.items():
        row = f"{median(took):>10.2f}{min(took):>10.2f}{max(took):>10.2f}{ours / median(took):>12.2f}"
        print(f"{name:<20}{row}")
    print(f"ours is {ours - floor:+.2f} s beside the {FLOOR}")


if __name__ == "__main__":
    sys.exit(main())
