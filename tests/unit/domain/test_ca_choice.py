"""Which of several CAs is asked: decided by what went wrong, and at whom."""

import pytest

from certwright.domain.ca_choice import (
    CaTrouble,
    CaWish,
    choose_ca_account,
    find_trouble,
    has_another,
    note_trouble,
)
from certwright.domain.renewal import DAY, HOUR, MINUTE

NOW = 1_800_000_000_000
FIRST, SECOND = CaWish("first"), CaWish("second", "shortlived")
BOTH = (FIRST, SECOND)

FAILURES: list[tuple[str, int, int]] = [
    ("ca-rejectedIdentifier", 0, DAY),
    ("ca-accountDoesNotExist", 0, DAY),
    ("ca-invalidProfile", 0, DAY),
    ("challenge-not-offered", 0, DAY),
    ("order-not-placed", 0, HOUR),
    ("ca-serverInternal", 0, HOUR),
    ("ca-rateLimited", 2 * HOUR, 2 * HOUR),
    ("ca-rateLimited", MINUTE, 0),
    ("ca-rateLimited", 0, 0),
    ("ca-unauthorized", 0, 0),
    ("ca-dns", DAY, 0),
    ("ca-caa", 0, 0),
    ("ca-connection", 0, 0),
    ("ca-incorrectResponse", 0, 0),
    ("ca-tls", 0, 0),
    ("caa-forbids", 0, 0),
    ("key-compromised", 0, 0),
    ("deleted", 0, 0),
]


@pytest.mark.parametrize(("code", "comes_back_in", "passed_over_for"), FAILURES)
def test_only_what_is_the_cas_own_doing_has_another_asked(code: str, comes_back_in: int, passed_over_for: int) -> None:
    """A user's DNS is as wrong at every CA, and each failed validation counts there too."""
    trouble = find_trouble("first", code, NOW + comes_back_in, NOW)
    assert (trouble.until - NOW if trouble else 0) == passed_over_for


def test_the_first_is_asked_again_as_soon_as_its_trouble_is_over() -> None:
    """The order of the request is what its user prefers."""
    troubles = (CaTrouble("first", NOW + HOUR, "order-not-placed"),)
    assert choose_ca_account(BOTH, (), NOW) is FIRST
    assert choose_ca_account(BOTH, troubles, NOW) is SECOND
    assert choose_ca_account(BOTH, troubles, NOW + HOUR) is FIRST


def test_where_all_are_of_no_use_the_one_is_asked_that_will_be_soonest() -> None:
    """Somebody has to be asked."""
    troubles = (CaTrouble("first", NOW + DAY, "x"), CaTrouble("second", NOW + HOUR, "y"))
    assert choose_ca_account(BOTH, troubles, NOW) is SECOND
    assert not has_another(BOTH, troubles, NOW)
    assert has_another(BOTH, troubles, NOW + HOUR)


def test_an_account_has_one_trouble_at_a_time_and_old_ones_are_forgotten() -> None:
    """They are stored with the certificate."""
    old, other = CaTrouble("first", NOW + HOUR, "x"), CaTrouble("third", NOW, "y")
    new = CaTrouble("first", NOW + DAY, "z")
    assert note_trouble((old, other), new, NOW) == (new,)
