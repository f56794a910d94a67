"""What the dashboard says of states and reasons."""

from dataclasses import replace

import pytest

from certwright.domain import codes
from certwright.domain.problem import Actor
from certwright.domain.shown import Summary
from certwright.web.dashboard.words import REASONS, is_under_way, needs_someone, pill

SUMMARY = Summary("crt_1", "own_1", ("example.com",), 1, "waiting", "requested", "dns-01", "letsencrypt", 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("state", "reason", "words", "needs", "moves"),
    [
        ("waiting", "requested", "Just requested", False, True),
        ("waiting", "waiting-for-budget", "In line at the CA", False, False),
        ("waiting", "cname-missing", "Waiting", True, False),
        ("issuing", "ca-at-work", "Being issued", False, True),
        ("issued", "issued", "Issued", False, False),
        ("issued", "revoking", "Issued", False, False),
        ("issued", "caa-forbids", "Renewal held up", True, False),
        ("issued", "waiting-for-budget", "Issued", False, False),
        ("revoked", "revoked", "Revoked", False, False),
        ("failing", "ca-dns", "Failing", True, False),
    ],
)
def test_a_state_says_whether_somebody_must_act(state: str, reason: str, words: str, needs: bool, moves: bool) -> None:
    """Who stands in line at a CA needs nobody, and its page does not ask for itself for days."""
    summary = replace(SUMMARY, state=state, reason=reason)
    assert (pill(state, reason)[0], needs_someone(summary), is_under_way(summary)) == (words, needs, moves)


def test_what_a_user_must_mend_has_words_of_its_own() -> None:
    """Every code of records that is a user's alone is said as people would say it."""
    users = {code.code for code in codes.CODES if code.where is codes.Where.RECORDS and code.actors == (Actor.USER,)}
    assert users
    assert users <= REASONS.keys()
