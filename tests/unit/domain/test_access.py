"""Access: a token is checked without telling which part was wrong, and a role may only what it is granted."""

from hashlib import sha256
from unittest.mock import Mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certwright.domain import access
from certwright.domain.access import Action, Caller, Role, authenticate, authorize, digest, split_bearer
from certwright.domain.errors import NotAllowed, NotAuthenticated
from certwright.domain.owner import Token

NOW = 1_000_000


def token(role: Role = Role.VIEWER, expires_at: int = 0, text: str = "right") -> Token:
    """Build a kept token."""
    return Token("tok1", "own_1", role.value, digest(text), created_at=0, expires_at=expires_at)


def test_the_right_secret_makes_a_caller_with_the_tokens_owner_and_role() -> None:
    """Nothing else of the token reaches the flows."""
    assert authenticate(token(Role.OPERATOR), "right", NOW) == Caller("tok1", "own_1", Role.OPERATOR)


def test_only_the_hash_of_a_secret_is_kept() -> None:
    """SHA-256 of 256 random bits needs no salt."""
    assert token(text="s").secret_sha256 == sha256(b"s").hexdigest()


def test_an_unknown_token_and_a_wrong_secret_look_the_same() -> None:
    """Nobody learns which ids exist."""
    with pytest.raises(NotAuthenticated) as unknown:
        authenticate(None, "right", NOW)
    with pytest.raises(NotAuthenticated) as wrong:
        authenticate(token(), "wrong", NOW)
    assert (unknown.value.sentence, unknown.value.code) == (wrong.value.sentence, wrong.value.code)


@pytest.mark.parametrize("kept", [token(), None])
def test_a_secret_is_compared_in_constant_time_also_where_there_is_no_token(
    kept: Token | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One digest is compared with another, both of full length, whatever was sent."""
    compare = Mock(return_value=False)
    monkeypatch.setattr(access, "compare_digest", compare)
    with pytest.raises(NotAuthenticated):
        authenticate(kept, "wrong", NOW)
    assert [len(text) for text in compare.call_args.args] == [64, 64]


def test_an_empty_secret_never_matches_a_token_that_is_not_there() -> None:
    """The stand-in for a missing token is nobody's."""
    with pytest.raises(NotAuthenticated):
        authenticate(None, "", NOW)


@pytest.mark.parametrize(("expires_at", "is_valid"), [(0, True), (NOW + 1, True), (NOW, False), (NOW - 1, False)])
def test_a_token_is_valid_until_it_expires(expires_at: int, is_valid: bool) -> None:
    """0 means never."""
    if is_valid:
        assert authenticate(token(expires_at=expires_at), "right", NOW).token_id == "tok1"
        return
    with pytest.raises(NotAuthenticated) as refused:
        authenticate(token(expires_at=expires_at), "right", NOW)
    assert refused.value.code == "token-expired"


def test_that_a_token_has_expired_is_told_only_to_who_has_its_secret() -> None:
    """To all others it is not known."""
    with pytest.raises(NotAuthenticated) as refused:
        authenticate(token(expires_at=1), "wrong", NOW)
    assert refused.value.code == "not-authenticated"


GRANTED = {
    Role.VIEWER: {Action.READ},
    Role.REQUESTER: {Action.READ, Action.REQUEST},
    Role.OPERATOR: {Action.READ, Action.REQUEST, Action.OPERATE},
    Role.KEY_READER: {Action.READ, Action.READ_KEYS},
    Role.ADMIN: set(Action),
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("action", list(Action))
def test_a_role_may_what_it_is_granted_and_nothing_else(role: Role, action: Action) -> None:
    """Every role against every action; the refusal names both."""
    caller = Caller("tok1", "own_1", role)
    if action in GRANTED[role]:
        authorize(caller, action)
        return
    with pytest.raises(NotAllowed) as refused:
        authorize(caller, action)
    assert role.value in refused.value.sentence
    assert refused.value.code == "role-not-sufficient"


@pytest.mark.parametrize("role", list(Role))
def test_only_operators_and_admins_touch_what_is_not_their_owners(role: Role) -> None:
    """Everyone else stays with their own."""
    caller = Caller("tok1", "own_1", role)
    assert caller.may_touch("own_1")
    assert caller.may_touch("own_2") is (role in (Role.OPERATOR, Role.ADMIN))


def test_a_bearer_token_is_split_into_id_and_secret() -> None:
    """The id may hold underscores; the secret holds none."""
    assert split_bearer("Bearer cw_tok_1_secret") == ("tok_1", "secret")
    assert split_bearer("bearer  cw_admin_s") == ("admin", "s")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic cw_a_b", "Bearer xx_a_b", "Bearer cw_a", "Bearer cw__b", "Bearer cw_a_"]
)
def test_another_header_is_refused_with_what_to_send(header: str) -> None:
    """RFC 6750 §2.1."""
    with pytest.raises(NotAuthenticated) as refused:
        split_bearer(header)
    assert "Authorization: Bearer cw_" in refused.value.sentence


anything = st.text(st.characters(exclude_categories=()), max_size=40)


@given(anything | anything.map("Bearer cw_a_".__add__))
@example("Bearer cw_a_\ud800")
def test_whatever_is_sent_as_a_token_is_refused_as_not_authenticated(header: str) -> None:
    """Also what can't be encoded."""
    with pytest.raises(NotAuthenticated):
        authenticate(token(text="not to be found by chance"), split_bearer(header)[1], NOW)
