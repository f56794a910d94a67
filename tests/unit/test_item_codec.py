"""Values survive being stored, shapes may grow, and what is wrong is named."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.adapters.dynamodb_values import marshal, unmarshal
from certwright.adapters.item_codec import decode, encode
from certwright.domain.answer import BadItem, HttpAnswer, TxtAnswer
from certwright.domain.certificate import ClosedAttempt, Desired, Event, Publication, Work
from certwright.domain.owner import Owner, Token, Zone
from certwright.domain.problem import Actor, Problem
from certwright.domain.shown import Summary
from certwright.ports import StoredAccount

STORED = (ClosedAttempt, Desired, Event, Owner, StoredAccount, Summary, Token, Work, Zone)


@st.composite
def stored_values(draw: st.DrawFn) -> Any:
    """Any value of any class that is stored, unions, options and tuples filled in by their hints."""
    return draw(st.from_type(draw(st.sampled_from(STORED))))


@given(stored_values())
def test_every_stored_value_comes_back_equal(value: Any) -> None:
    """Through plain values and through DynamoDB's own, whatever its fields hold."""
    plain = encode(value)
    assert decode(type(value), plain, "x") == value
    assert unmarshal(marshal(plain)) == plain


@given(stored_values(), st.dictionaries(st.text(min_size=1).map(lambda name: f"new {name}"), st.integers()))
def test_unknown_attributes_are_ignored(value: Any, more: dict[str, int]) -> None:
    """An older version reads what a newer one wrote."""
    assert decode(type(value), {**encode(value), **more}, "x") == value


def test_a_missing_attribute_gets_its_default() -> None:
    """A newer version reads what an older one wrote."""
    plain = encode(Work("crt_1", due_at=5, failures=3))
    del plain["failures"], plain["window"], plain["attempt"]
    assert decode(Work, plain, "x") == Work("crt_1", due_at=5)


def test_what_is_stored_looks_like_this() -> None:
    """The stored form is a contract: renaming a class or field would lose what is there."""
    answer = TxtAnswer("name.test", "value", "att_1", 7)
    assert encode(Publication(answer, 3)) == {
        "answer": {"kind": "TxtAnswer", "name": "name.test", "value": "value", "attempt": "att_1", "expires_at": 7},
        "shard": 3,
        "generation": 0,
        "challenge_url": "",
    }
    assert encode(Problem("code", "Sentence.", Actor.US))["actor"] == "us"
    work = encode(Work("crt_1", due_at=5))
    assert set(work) == {field.name for field in fields(Work)}
    assert (work["attempt"], work["window"], work["checks"]) == (None, [0, 0], [])


ATTEMPT = {"id": "att_1", "started_at": 1, "account": "a", "public_key": "00"}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (None, "item crt_1/work: attribute as a whole is not a map"),
        ({}, "attribute id is missing"),
        ({"id": 5}, "attribute id is not of type str"),
        ({"due_at": "5"}, "attribute due_at is not of type int"),
        ({"due_at": True}, "attribute due_at is not of type int"),
        ({"due_at": None}, "attribute due_at is not of type int"),
        ({"checks": {}}, "attribute checks is not a list"),
        ({"window": [1, 2, 3]}, "attribute window is not a list of 2"),
        ({"window": [1, "2"]}, "attribute window.1 is not of type int"),
        ({"attempt": {**ATTEMPT, "id": 1}}, "attribute attempt.id is not of type str"),
        ({"attempt": {"id": "att_1"}}, "attribute attempt.started_at is missing"),
        (
            {"problem": {"code": "c", "sentence": "s", "actor": "nobody"}},
            "attribute problem.actor is none of user, operator, ca, us",
        ),
        (
            {"attempt": {**ATTEMPT, "publications": [{"answer": {"kind": "Other"}, "shard": 1}]}},
            "attribute attempt.publications.0.answer.kind is none of TxtAnswer, HttpAnswer",
        ),
        (
            {"attempt": {**ATTEMPT, "publications": [{"answer": "text", "shard": 1}]}},
            "attribute attempt.publications.0.answer.kind is none of",
        ),
    ],
)
def test_an_error_names_the_item_and_the_attribute(state: Any, message: str) -> None:
    """So that one look at the table finds it."""
    whole = {"id": "crt_1", "due_at": 1, **state} if state else state
    with pytest.raises(BadItem) as refused:
        decode(Work, whole, "crt_1/work")
    assert message in str(refused.value)
    assert "crt_1/work" in str(refused.value)


def test_an_error_never_shows_what_was_stored() -> None:
    """It may be a secret."""
    with pytest.raises(BadItem) as refused:
        decode(Token, {"id": ["secret text"]}, "x")
    assert "secret text" not in str(refused.value)


class Size(StrEnum):
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class Square:
    side: int


@dataclass(frozen=True, slots=True)
class Circle:
    radius: int
    size: Size = Size.SMALL


@dataclass(frozen=True, slots=True)
class Drawing:
    shape: Square | Circle | None
    shapes: tuple[Square | Circle, ...] = ()
    content: bytes = b""


@pytest.mark.parametrize("shape", [None, Square(1), Circle(1)])
def test_members_of_a_union_are_told_apart_and_may_be_missing(shape: Square | Circle | None) -> None:
    """Two classes with equal fields stay different."""
    drawing = Drawing(shape, (Square(2), Circle(2)), b"\x00\xff")
    assert decode(Drawing, encode(drawing), "x") == drawing


@dataclass(frozen=True, slots=True)
class WithFloat:
    share: float


@dataclass(frozen=True, slots=True)
class WithMixedUnion:
    value: int | str


@dataclass(frozen=True, slots=True)
class WithKind:
    kind: str


@dataclass(frozen=True, slots=True)
class WithList:
    names: list[str]


@pytest.mark.parametrize("value", [WithFloat(0.5), WithMixedUnion(1), WithKind("x"), WithList([])])
def test_what_can_not_be_stored_faithfully_is_refused(value: object) -> None:
    """When the code is first tried, not when the item is read."""
    with pytest.raises(TypeError):
        encode(value)


@given(st.integers(min_value=-(10**37), max_value=10**37))
def test_numbers_stay_whole_and_exact(number: int) -> None:
    """DynamoDB keeps 38 digits; none is lost to floating point."""
    back = unmarshal(marshal({"n": number}))["n"]
    assert (back, type(back)) == (number, int)


def test_sets_and_truth_values_keep_their_types() -> None:
    """True is no 1, and a set no list."""
    item = {"a": True, "b": 1, "c": frozenset({"x", "y"}), "d": None, "e": {"f": [b"\x00"]}}
    assert unmarshal(marshal(item)) == item
    assert type(unmarshal(marshal(item))["a"]) is bool
    with pytest.raises(TypeError):
        marshal({"a": 0.5})


def test_a_newer_field_is_written_even_at_its_default() -> None:
    """A default that changes later must not change what was stored."""
    assert encode(replace(HttpAnswer("t", "h", "b", "a", 1)))["expires_at"] == 1
    assert encode(Circle(1)) == {"radius": 1, "size": "small"}
