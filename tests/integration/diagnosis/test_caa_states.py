"""Every state of a domain's CAA records at a real server, and the sentence for it."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from certwright.domain.caa import Applicant
from certwright.domain.problem import Actor
from certwright.domain.records import NameCheck, Record, WantedCaa
from tests.support.zone_world import GLUE, Zones, ZoneWorld, running_zones

CA = "ca.test"
ACCOUNT = "https://ca.test/acct/7"
LOCKED = f'0 issue "{CA}; accounturi={ACCOUNT}; validationmethods=dns-01"'


class State(NamedTuple):
    """A zone `<slug>.test`, the names asked for, the sentence, empty where they may be issued; `{0}` is the domain."""

    slug: str
    lines: list[str]
    names: tuple[str, ...]
    sentence: str = ""
    identifier: str = "{0}"


BOTH = ("{0}", "*.{0}")

ALLOWED = [
    State("none", [], BOTH),
    State("ours", [f'@ CAA 0 issue "{CA}"'], BOTH),
    State("second", ['@ CAA 0 issue "other.test"', f'@ CAA 0 issue "{CA}"'], BOTH),
    State("shouted", ['@ CAA 0 issue " CA.Test ; "'], BOTH),
    State("critical-known", [f'@ CAA 128 issue "{CA}"', '@ CAA 128 iodef "mailto:x@example.test"'], BOTH),
    State("mail-only", ['@ CAA 0 iodef "mailto:x@example.test"'], BOTH),
    State("unknown", ['@ CAA 0 future "x"'], BOTH),
    State("wild-only-for-others", ['@ CAA 0 issuewild "other.test"'], ("{0}",)),
    State("wild-ours", ['@ CAA 0 issue ";"', f'@ CAA 0 issuewild "{CA}"'], ("*.{0}",)),
    State("locked", [f"@ CAA {LOCKED}"], BOTH),
    State("methods", [f'@ CAA 0 issue "{CA}; validationmethods=http-01,dns-01"'], BOTH),
    State("nearest", ['@ CAA 0 issue "other.test"', f'a.b CAA 0 issue "{CA}"'], ("a.b.{0}",), identifier="a.b.{0}"),
    State("unknown-parameter", [f'@ CAA 0 issue "{CA}; policy=ev"'], BOTH),
    State("trailing", [f'@ CAA 0 issue "{CA};"'], BOTH),
    State("alias-to-nothing", ["www CNAME nothing.friend.test."], ("www.{0}",), "", "www.{0}"),
    State("alias-to-ours", ["www CNAME site.friend.test.", '@ CAA 0 issue "other.test"'], ("www.{0}",), "", "www.{0}"),
]

FORBIDDEN = [
    State(
        "other",
        ['@ CAA 0 issue "other.test"'],
        BOTH,
        'The CAA records at {0} do not let ca.test issue {0}. Add CAA {0} → 0 issue "ca.test".',
    ),
    State(
        "nobody",
        ['@ CAA 0 issue ";"'],
        BOTH,
        'The CAA records at {0} do not let ca.test issue {0}. Add CAA {0} → 0 issue "ca.test".',
    ),
    State(
        "malformed",
        [f'@ CAA 0 issue "{CA}; accounturi"'],
        BOTH,
        'The CAA records at {0} do not let ca.test issue {0}. Add CAA {0} → 0 issue "ca.test".',
    ),
    State(
        "wild",
        [f'@ CAA 0 issue "{CA}"', '@ CAA 0 issuewild ";"'],
        BOTH,
        'The CAA records at {0} do not let ca.test issue *.{0}. Add CAA {0} → 0 issuewild "ca.test".',
    ),
    State(
        "above",
        ['@ CAA 0 issue "other.test"'],
        ("a.b.{0}",),
        'The CAA records at {0} do not let ca.test issue a.b.{0}. Add CAA {0} → 0 issue "ca.test".',
        "a.b.{0}",
    ),
    State(
        "alias",
        ["www CNAME site.foe.test."],
        ("www.{0}",),
        "The CAA records at site.foe.test, of which www.{0} is an alias, do not let ca.test issue www.{0}. "
        'Add CAA site.foe.test → 0 issue "ca.test".',
        "www.{0}",
    ),
    State(
        "account",
        [f'@ CAA 0 issue "{CA}; accounturi=https://ca.test/acct/8"'],
        BOTH,
        "The CAA record at {0} lets ca.test issue {0} for another account only. "
        f"Change it to CAA {{0}} → {LOCKED}.",
    ),
    State(
        "method",
        [f'@ CAA 0 issue "{CA}; validationmethods=http-01"'],
        BOTH,
        f"The CAA record at {{0}} lets ca.test issue {{0}} by other methods only. Change it to CAA {{0}} → {LOCKED}.",
    ),
    State(
        "twice",
        [f'@ CAA 0 issue "{CA}; accounturi={ACCOUNT}; accounturi={ACCOUNT}"'],
        BOTH,
        "The CAA record at {0} lets ca.test issue {0} for nobody, since it has a parameter twice. "
        f"Change it to CAA {{0}} → {LOCKED}.",
    ),
    State(
        "critical",
        [f'@ CAA 0 issue "{CA}"', '@ CAA 128 future "x"'],
        BOTH,
        'A CAA record at {0} has the critical flag and a tag that CAs do not know: 128 future "x". They issue nothing '
        'as long as it is there: delete CAA {0} → 128 future "x".',
    ),
    State(
        "critical-as-one",
        ['@ CAA 1 future "x"'],
        BOTH,
        'A CAA record at {0} has the critical flag and a tag that CAs do not know: 1 future "x". They issue nothing '
        'as long as it is there: delete CAA {0} → 1 future "x".',
    ),
]

UNREADABLE = [
    State(
        "loop",
        ["www CNAME w2.loop.test.", "w2 CNAME www.loop.test."],
        ("www.{0}",),
        "The CNAME records run in a circle: www.{0} → w2.{0} → www.{0}. Delete or correct one of them.",
        "www.{0}",
    ),
    State(
        "failing-alias",
        ["www CNAME site.expired.test."],
        ("www.{0}",),
        "The CAA records of site.expired.test can't be read: no name server of expired.test answered "
        "(ns.elsewhere.test (127.0.44.10): SERVFAIL). A CA issues nothing as long as that is so. It is tried again; "
        "if it lasts, ask the DNS provider: some servers do not know the type.",
        "www.{0}",
    ),
]

EVERY = [*ALLOWED, *FORBIDDEN, *UNREADABLE]
ZONES = Zones(
    {
        "": GLUE,
        "test": GLUE,
        "friend.test": [f'site CAA 0 issue "{CA}"'],
        "foe.test": ['site CAA 0 issue "other.test"'],
        "expired.test": None,
        **{f"{state.slug}.test": state.lines for state in EVERY},
    },
    elsewhere=frozenset({"expired.test", "foe.test"}),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZoneWorld]:
    """All zones, at two servers."""
    with running_zones(tmp_path_factory.mktemp("zones"), ZONES) as world:
        yield world


def check(world: ZoneWorld, state: State) -> NameCheck:
    """Look at CAA for the names of a state, for our account at `ca.test` and DNS-01."""
    domain = f"{state.slug}.test"
    names = tuple(name.format(domain) for name in state.names)
    applicant = Applicant((CA,), ACCOUNT, "dns-01")
    wanted = WantedCaa(state.identifier.format(domain), names, applicant, ("dns-01",))
    return world.checks().check_caa(wanted)


@pytest.mark.parametrize("state", ALLOWED, ids=[state.slug for state in ALLOWED])
def test_a_set_that_lets_the_ca_issue_is_no_problem(world: ZoneWorld, state: State) -> None:
    """No record, one of ours beside others', the nearest of several sets, and what CAs ignore (RFC 8659 §3, §4)."""
    assert check(world, state).problem is None


@pytest.mark.parametrize("state", FORBIDDEN, ids=[state.slug for state in FORBIDDEN])
def test_a_set_that_forbids_is_answered_with_the_record_to_add(world: ZoneWorld, state: State) -> None:
    """Whatever keeps the CA from issuing: the sentence has the exact record, at the name where the set is."""
    problem = check(world, state).problem
    assert problem is not None
    assert (problem.code, problem.sentence) == ("caa-forbids", state.sentence.format(f"{state.slug}.test"))
    assert (problem.actor, problem.found.startswith("CAA ")) == (Actor.USER, True)


@pytest.mark.parametrize("state", UNREADABLE, ids=[state.slug for state in UNREADABLE])
def test_records_that_cant_be_read_forbid_too(world: ZoneWorld, state: State) -> None:
    """A CA that gets no answer refuses: the hop that fails is named before it is asked."""
    problem = check(world, state).problem
    assert problem is not None
    assert problem.sentence == state.sentence.format(f"{state.slug}.test")


def test_the_lock_is_closed_when_only_named_accounts_may_issue(world: ZoneWorld) -> None:
    """A right account URI in every record that lets somebody issue: nothing is advised that is not there."""
    lock = check(world, find("locked")).lock
    assert lock is not None
    assert lock.is_closed
    assert lock.records == (Record("CAA", "locked.test", LOCKED),)


@pytest.mark.parametrize("slug", ["none", "ours", "second", "methods", "account", "other"])
def test_an_open_lock_is_advice_and_no_problem_of_its_own(world: ZoneWorld, slug: str) -> None:
    """Whoever may issue for any account, or not for ours, has the lock open; the record that closes it is told."""
    lock = check(world, find(slug)).lock
    assert lock is not None
    assert not lock.is_closed
    assert lock.records == (Record("CAA", f"{slug}.test", LOCKED),)


def test_a_wildcards_own_record_needs_the_lock_too(world: ZoneWorld) -> None:
    """Where `issuewild` stands, `issue` does not count for wildcards: both are advised."""
    lock = check(world, find("wild-ours")).lock
    assert lock is not None
    assert [record.value.split()[1] for record in lock.records] == ["issue", "issuewild"]


def test_beside_an_alias_the_lock_has_no_room(world: ZoneWorld) -> None:
    """Nothing stands beside a CNAME: the lock is advised where the alias leads to records, else at the name above."""
    lead, bare = check(world, find("alias-to-ours")).lock, check(world, find("alias-to-nothing")).lock
    assert lead is not None
    assert bare is not None
    assert (lead.records[0].name, bare.records[0].name) == ("site.friend.test", "alias-to-nothing.test")


def find(slug: str) -> State:
    """Find a state by its zone."""
    return next(state for state in EVERY if state.slug == slug)
