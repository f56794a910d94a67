"""DynamoDB takes items of up to 400 KB: a certificate of 100 long names stays far below, whatever strangers answer."""

from typing import Any

import pytest

from certwright.adapters.dynamodb_certificate_items import attempt_item, work_item
from certwright.adapters.dynamodb_values import marshal
from certwright.domain.certificate import ClosedAttempt
from certwright.domain.hop import Part, judge
from certwright.domain.problem import LONGEST_EVIDENCE, LONGEST_SENTENCE, Actor, Problem, shorten
from certwright.domain.records import Lock, Record
from tests.support.deployment import Deployment

LIMIT = 400 * 1024
LONG = ".".join(("a" * 60, "b" * 60, "c" * 60, "d" * 50, "example.test"))
NAMES = tuple(f"n{at:03}.{LONG}" for at in range(100))


def measure(value: Any) -> int:
    """Count as DynamoDB does: names and values in UTF-8, one byte for each value and three for each list or map."""
    ((kind, content),) = value.items()
    if kind == "M":
        return 3 + sum(len(name.encode()) + 1 + measure(each) for name, each in content.items())
    if kind == "L":
        return 3 + sum(1 + measure(each) for each in content)
    return len(str(content).encode())


def size_of(item: dict[str, Any]) -> int:
    return measure({"M": marshal(item)})


@pytest.mark.parametrize("letter", ["x", "ü", "\N{REPLACEMENT CHARACTER}"])
def test_the_problems_of_all_names_fit_into_one_item(town: Deployment, letter: str) -> None:
    """TXT records, chains of CNAMEs and redirects are strangers' and may be very long."""
    endless = letter * 60_000
    for name in NAMES:
        town.checks.problems[name] = Problem("txt-in-the-way", endless, Actor.USER, f"_x.{name}", endless, endless)
    certificate_id = town.request(*NAMES, challenge="dns-01")
    assert town.advance(certificate_id).code == "txt-in-the-way"
    assert size_of(work_item(town.work(certificate_id))) < LIMIT * 0.9


def test_the_hops_of_all_names_fit_beside_their_problems(town: Deployment) -> None:
    """What is wrong goes before what is in order, where there is no room for both; the lock is left out before."""
    town.issue()
    endless = "ü" * 60_000
    right, wrong = (
        judge(Part.ALIAS, LONG, None, found=endless),
        judge(Part.NODE, "192.0.2.1", Problem("x", "", Actor.US)),
    )
    town.checks.hops = (*[right] * 8, wrong)
    town.checks.lock = Lock(is_closed=False, records=(Record("CAA", LONG, "x" * 300),) * 2)
    for name in NAMES:
        town.checks.problems[name] = Problem("txt-in-the-way", endless, Actor.USER, f"_x.{name}", endless, endless)
    certificate_id = town.request(*NAMES, challenge="dns-01")
    town.run_until(certificate_id, "txt-in-the-way")
    work = town.work(certificate_id)
    assert size_of(work_item(work)) < LIMIT * 0.95
    assert all(check.hops[-1] == wrong for check in work.checks)
    assert [len(check.hops) for check in work.checks[:2]] == [9, 9]
    assert [len(check.hops) for check in work.checks[-2:]] == [1, 1]
    assert work.checks[0].lock == town.checks.lock
    assert work.checks[-1].lock is None


def test_an_attempt_for_all_names_fits_into_one_item(town: Deployment) -> None:
    """With its answers and what the CA was told."""
    certificate_id = town.request(*NAMES, challenge="dns-01")
    town.nodes.lag("node-a")
    town.run_until(certificate_id, "awaiting-nodes")
    work = town.work(certificate_id)
    assert work.attempt is not None
    assert len(work.attempt.publications) == len(NAMES)
    assert size_of(work_item(work)) < LIMIT / 2
    assert size_of(attempt_item(certificate_id, ClosedAttempt(work.attempt, 0))) < LIMIT / 2


def test_a_problem_is_cut_between_letters_and_only_where_it_is_long() -> None:
    """The cut shows."""
    short = Problem("code", "A sentence.", Actor.USER, "subject", "wanted", "found", "{}")
    assert shorten(short) == short
    cut = shorten(Problem("code", "ü" * 2000, Actor.USER, found="ü" * 2000))
    assert (cut.sentence[-2:], cut.found[-2:]) == ("ü…", "ü…")
    assert LONGEST_SENTENCE - 2 < len(cut.sentence.encode()) <= LONGEST_SENTENCE
    assert LONGEST_EVIDENCE - 2 < len(cut.found.encode()) <= LONGEST_EVIDENCE
