"""A CA's limits: as they are known, as an operator writes them, and as refusals name them."""

import pytest

from certwright.domain.errors import InvalidRequest
from certwright.domain.limited_ca import limited_ca
from certwright.domain.limits import LETS_ENCRYPT, Kind, Limit, Limits, Named, named_limit, parse_limits, unpause_link
from certwright.domain.renewal import HOUR, MINUTE, SECOND

DOCS = "https://letsencrypt.org/docs/rate-limits/"
PRODUCTION = "https://acme-v02.api.letsencrypt.org/directory"


def test_lets_encrypts_limits_are_known_and_no_others() -> None:
    """By the directory's URL, whatever the account is called."""
    assert limited_ca(PRODUCTION).limits == LETS_ENCRYPT
    assert limited_ca("https://ca.test/dir").limits == Limits()


def test_an_operator_sets_limits_over_those_that_are_known() -> None:
    """An override that the CA has granted, or limits of a CA that we know nothing of."""
    limits = limited_ca(PRODUCTION, "orders=3000/3h domain=none").limits
    assert (limits.orders, limits.domain, limits.set) == (Limit(3000, 3600), None, LETS_ENCRYPT.set)
    limits = limited_ca("https://ca.test/dir", "failures=5/1h renewals=spared").limits
    assert limits == Limits(failures=Limit(5, 12 * MINUTE), spares_renewals=True)


def test_an_interval_is_rather_too_long_than_too_short() -> None:
    """Rounded down, many of them would add up to more than the CA lets through."""
    assert parse_limits("set=7/1s", Limits()).set == Limit(7, 143)


@pytest.mark.parametrize("text", ["orders", "orders=3", "orders=0/3h", "orders=3/3w", "names=3/3h", "renewals=free"])
def test_what_is_no_limit_is_named(text: str) -> None:
    """With the way to write it."""
    with pytest.raises(InvalidRequest, match=text):
        parse_limits(f"set=5/7d {text}", Limits())


@pytest.mark.parametrize(
    ("detail", "named"),
    [
        (
            f"too many new orders (300) from this account in the last 3h0m0s: see {DOCS}#new-orders-per-account",
            Named(Kind.ORDERS),
        ),
        (
            'too many certificates (50) already issued for "Example.com" in the last 168h0m0s, retry after …',
            Named(Kind.DOMAIN, "example.com"),
        ),
        (
            "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s",
            Named(Kind.SET),
        ),
        (
            'too many failed authorizations (5) for "a.test": #authorization-failures-per-identifier-per-account',
            Named(Kind.FAILURES, "a.test"),
        ),
        ("Slow down.", None),
    ],
)
def test_a_refusal_names_its_limit(detail: str, named: Named | None) -> None:
    """By Boulder's wording, or the anchor of its documentation."""
    assert named_limit(detail) == named


def test_a_pause_is_known_by_its_link() -> None:
    """And by nothing else."""
    link = "https://portal.letsencrypt.org/sfe/v1/unpause?jwt=a.b.c"
    assert unpause_link(f"You are paused. Please visit: {link}.") == link
    assert unpause_link(f"Slow down: see {DOCS}") == ""


def test_the_numbers_are_the_cas_own() -> None:
    """As documented on 2026-08-05."""
    assert LETS_ENCRYPT.orders == Limit(300, 36 * SECOND)
    assert LETS_ENCRYPT.set == Limit(5, 34 * HOUR)
