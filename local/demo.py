"""Play a user's part against the whole system on this machine: `make demo`, or `python -m local.demo`."""

import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from local.demo_proof import CaManagement, Proven, prove
from local.demo_report import Report
from local.demo_user import DemoError, Json, User
from local.errors import LocalError
from local.interrupts import interrupt_when_told
from local.system import LocalSystem, Options

WILDCARD = ["example.test", "*.example.test"]
PLAIN = ["www.example.test"]
ORIGIN, NAME_SERVER = "acme.example.test", "ns.example.test"
TIME_SCALE = 30.0
"""The schedule runs every two seconds instead of every minute."""

HOPS: Mapping[str, str] = {"A": "zone-address-missing", "NS": "zone-ns-missing", "CNAME": "cname-missing"}
"""The problem shown while a record of the type is the next one missing."""


def main() -> int:
    """Run the demo; returns 0, 1 after saying where it failed, or 130 when it was interrupted."""
    interrupt_when_told()
    report = Report()
    try:
        with ExitStack() as running:
            with report.timed("start the system"):
                system = running.enter_context(LocalSystem(Options(time_scale=TIME_SCALE)))
                report.say(f"API {system.api_url}, DNS provider {system.provider_url}")
            try:
                Demo(system, report).play()
            except DemoError:
                print(f"\nThe functions' last words:\n{system.recent_log('functions')}", file=sys.stderr)
                raise
    except (LocalError, OSError) as error:
        print(f"\n✗ The demo failed at “{report.stage}”: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n✗ Interrupted at “{report.stage}”; nothing is left running.", file=sys.stderr)
        return 130
    print(
        f"\nWhat happened, and how long it took:\n\n{report.table()}\n\n✓ Everything worked; nothing is left running."
    )
    return 0


class Demo:
    """The story, one method a chapter."""

    def __init__(self, system: LocalSystem, report: Report) -> None:
        self._report = report
        self._user = User(system.api_url, system.admin_token, system.provider_url, system.check)
        self._ca = CaManagement(system.pebble_management_url, system.ca_bundle)
        self._root = self._ca.fetch_root()

    def play(self) -> None:
        """Tell the story from the first request to the renewal."""
        wildcard = self._request_wildcard()
        wildcard = self._rename_zone(wildcard)
        self._add_records(wildcard)
        first = self._receive(wildcard, WILDCARD)
        self._issue_plain()
        self._renew(wildcard, first)

    def _request_wildcard(self) -> Json:
        with self._report.timed("request example.test and *.example.test"):
            certificate = self._user.request(WILDCARD)
            self._report.say(f"{certificate['id']}: {certificate['challenge_reason']} Records to add:")
            self._report.show_records(certificate["records"])
            certificate = self._user.wait_until(certificate, "a warning", lambda seen: seen["problem"] is not None)
            self._report.say(f"⚠ {certificate['message']}")
        self._report.note(certificate["reason"])
        return certificate

    def _rename_zone(self, certificate: Json) -> Json:
        with self._report.timed("choose other names for the DNS service"):
            zone = self._user.rename_zone(self._user.zones()[0], ORIGIN, NAME_SERVER)
            certificate = self._user.look(certificate)
            self._report.show_records(certificate["records"])
        self._report.note(f"{zone['name_server']}, {zone['origin']}")
        return certificate

    def _add_records(self, certificate: Json) -> None:
        """Add one record at a time; before each, the status names just that one."""
        for record in certificate["records"]:
            with self._report.timed(f"add the {record['type']} record"):
                self._user.check_now(certificate)
                expected = HOPS[record["type"]]
                seen = self._user.wait_until(certificate, f"“{expected}”", _is_missing(expected, record["name"]))
                self._report.say(f"⚠ {seen['message']}")
                self._user.add_record(record)
                self._report.say("added at the DNS provider:")
                self._report.show_records([record])
            self._report.note(f"was named: {expected}")
        self._user.check_now(certificate)

    def _receive(self, certificate: Json, names: list[str], version: int = 1) -> Proven:
        with self._report.timed(f"receive version {version} of {names[-1]}"):
            certificate = self._user.wait_until(
                certificate,
                f"version {version}",
                lambda seen: bool(seen["current"] and seen["current"]["version"] == version and not seen["attempt"]),
            )
            proven = prove(self._user.download(certificate), self._root, set(names))
            self._report.say(f"chain, names and key are right; renewal is planned for {certificate['renew_at']}")
        self._report.note(f"serial {proven.serial}")
        return proven

    def _issue_plain(self) -> None:
        with self._report.timed("request www.example.test"):
            certificate = self._user.request(PLAIN)
            self._report.say(f"{certificate['id']}: {certificate['challenge_reason']} Record to add:")
            self._report.show_records(certificate["records"])
            seen = self._user.wait_until(certificate, "a warning", lambda seen: seen["problem"] is not None)
            self._report.say(f"⚠ {seen['message']}")
            self._user.add_record(certificate["records"][0])
            self._user.check_now(certificate)
        self._report.note(seen["reason"])
        self._receive(certificate, PLAIN)

    def _renew(self, certificate: Json, first: Proven) -> None:
        before = self._user.look(certificate)["current"]
        with self._report.timed("renew, because the CA suggests it"):
            self._ca.suggest_renewal_now(first.leaf)
            self._user.check_now(certificate)
        second = self._receive(certificate, WILDCARD, version=2)
        if second.public_key == first.public_key:
            raise DemoError("the renewed certificate has the old key")
        current = self._user.look(certificate)["current"]
        if current["replaces"] != before["ari_id"]:
            raise DemoError("the CA was not told which certificate is replaced")
        self._report.say(f"new key; replaces serial {before['serial']}, accepted by the CA")


def _is_missing(reason: str, name: str) -> Callable[[Json], bool]:
    return lambda seen: bool(seen["reason"] == reason and seen["problem"]["subject"] == name)


if __name__ == "__main__":
    sys.exit(main())
