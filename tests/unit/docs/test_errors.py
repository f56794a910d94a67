"""The registry of codes against the code that uses them, and docs/errors.md against the registry."""

import re
from collections import Counter

import pytest

from certwright.domain.ca_refusals import REFUSALS
from certwright.domain.codes import CODES, Where
from certwright.domain.problem import Actor
from tests.support.used_codes import SOURCES, Use, all_uses
from tools.errors import PAGE, build_page

USES = all_uses()


def test_the_search_finds_codes_of_every_kind() -> None:
    """The guarantees below do not hold by finding nothing."""
    found = {use.pattern for use in USES}
    plain = {"not\\-found", "too\\-many\\-names", "cname\\-missing", "same\\-names\\-in\\-flight", "lame"}
    assert plain <= found
    assert {"unreachable\\-[A-Za-z0-9-]+", "[A-Za-z0-9-]+\\-unavailable", "ca\\-[A-Za-z0-9-]+"} <= found
    assert {use.actor for use in USES} == {"", "user", "operator", "ca", "us"}


@pytest.mark.parametrize("use", USES, ids=[f"{use.place} {use.pattern}" for use in USES])
def test_every_code_that_is_used_is_registered(use: Use) -> None:
    """With who must act, where that stands beside it; add it to `certwright.domain.codes`, then run `make errors`."""
    registered = [code for code in CODES if re.fullmatch(use.pattern, code.code)]
    assert registered, f"{use.place} uses a code that is not registered"
    if use.actor:
        assert any(Actor(use.actor) in code.actors for code in registered), (
            f"{use.place}: {use.actor} is not among them"
        )


def test_every_registered_code_is_used() -> None:
    """Nothing is explained that can't be met."""
    text = "\n".join(path.read_text("utf-8") for path in SOURCES if path.name != "codes.py")
    patterns = [use.pattern for use in USES]
    unused = [
        code.code
        for code in CODES
        if f'"{code.code}"' not in text and not any(re.fullmatch(pattern, code.code) for pattern in patterns)
    ]
    assert unused == ["ca-<type>"]


def test_a_code_has_one_meaning() -> None:
    """Each is registered once."""
    assert [code for code, times in Counter(item.code for item in CODES).items() if times > 1] == []


def test_somebody_must_act_upon_all_but_mere_reasons() -> None:
    """Every failure maps to who must act, and says how."""
    for code in CODES:
        is_reason = code.where is Where.REASON
        assert (not code.actors, not code.remedy) == (is_reason, is_reason), code.code
        assert code.meaning


def test_every_type_that_acme_defines_is_explained() -> None:
    """The list of RFC 8555 §6.7, without `compound`, which only wraps others, and what later RFCs added."""
    defined = {
        "accountDoesNotExist alreadyRevoked badCSR badNonce badPublicKey badRevocationReason badSignatureAlgorithm",
        "caa connection dns externalAccountRequired incorrectResponse invalidContact malformed orderNotReady",
        "rateLimited rejectedIdentifier serverInternal tls unauthorized unsupportedContact unsupportedIdentifier",
        "userActionRequired alreadyReplaced invalidProfile",
    }
    assert {name for line in defined for name in line.split()} == set(REFUSALS)


def test_the_page_is_what_the_registry_says() -> None:
    """Run `make errors` after a change of the registry."""
    assert PAGE.read_text(encoding="utf-8") == build_page()


def test_the_page_has_every_code() -> None:
    """Whoever meets a code finds it."""
    page = build_page()
    assert [code.code for code in CODES if f"| `{code.code}` |" not in page] == []
