"""The codec that issuer and nodes share: what one writes the other reads, and nothing malformed gets through."""

from dataclasses import replace
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.domain.answer import (
    SHARDS,
    BadItem,
    Counter,
    Generations,
    HttpAnswer,
    NodeRow,
    ServedZone,
    TxtAnswer,
    build_answer_key,
    build_zone_key,
    decode_answer,
    decode_generations,
    decode_node,
    decode_zone,
    encode_answer,
    encode_generations,
    encode_node,
    encode_zone,
    is_visible,
    shard,
)

NAME = "0b3c7a52-5b1f-4f6e-9d3e-2f6a1c7d8e90.acme.example.test"
VALUE = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
TXT = TxtAnswer(NAME, VALUE, "att_1f", 1_800_000_000)
HTTP = HttpAnswer("t0ken_-", "www.example.test", "t0ken_-.thumb", "att_1f", 1_800_000_000)
ZONE = ServedZone("acme.example.test", ("ns.example.test",), ("127.0.0.9", "2001:db8::9"))
ROW = NodeRow("9f0e", Generations(tuple(range(SHARDS)), 7), 1_000_000, ("item x: attribute y is missing",), 900_000)

LABEL = st.from_regex(r"[a-z0-9_][a-z0-9_-]{0,30}", fullmatch=True)
NAMES = st.lists(LABEL, min_size=1, max_size=5).map(".".join)
WORD = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
TIME = st.integers(0, 2**40)
ANSWERS = st.one_of(
    st.builds(TxtAnswer, NAMES, st.from_regex(r"[!-\"$-~]{1,255}", fullmatch=True), WORD, TIME),
    st.builds(HttpAnswer, WORD, NAMES, st.from_regex(r"[!-~]{1,127}", fullmatch=True), WORD, TIME),
)


def test_the_shard_is_the_first_hex_digit_of_the_keys_digest() -> None:
    """The shard is part of what is stored: it never changes."""
    for key in (NAME, "t0ken_-", ""):
        assert f"{shard(key):x}" == sha256(key.encode()).hexdigest()[0]


@given(ANSWERS)
def test_an_answer_survives_its_item(answer: TxtAnswer | HttpAnswer) -> None:
    """What the issuer encodes, the node decodes to the same value."""
    assert decode_answer(encode_answer(answer)) == answer


def test_numbers_may_come_back_as_decimals() -> None:
    """DynamoDB's resource level returns Decimal; the codec takes it for the integer it is."""
    assert decode_answer(encode_answer(TXT) | {"expires_at": Decimal(TXT.expires_at)}) == TXT


def test_keys_are_as_documented() -> None:
    """The stored layout: partition by shard, the attempt inside the sort key."""
    assert build_answer_key(TXT) == {"pk": f"shard#{shard(NAME):x}", "sk": f"txt#{NAME}#att_1f#{VALUE}"}
    assert build_answer_key(HTTP) == {"pk": f"shard#{shard('t0ken_-'):x}", "sk": "http#t0ken_-#att_1f"}
    assert build_zone_key("acme.example.test") == {"pk": "zones", "sk": "acme.example.test"}


@pytest.mark.parametrize("answer", [TXT, HTTP])
def test_two_attempts_with_one_answer_have_two_keys(answer: TxtAnswer | HttpAnswer) -> None:
    """Withdrawing one attempt's answer can't delete another's."""
    assert build_answer_key(answer) != build_answer_key(replace(answer, attempt="att_2f"))


def test_a_body_that_an_earlier_version_keyed_by_its_token_alone_is_read() -> None:
    """Nodes that are replaced first acknowledge what older issuers have just put."""
    assert decode_answer({**encode_answer(HTTP), "sk": "http#t0ken_-"}) == HTTP
    with pytest.raises(BadItem, match="attribute sk "):
        decode_answer({**encode_answer(HTTP), "sk": "http#other"})
    with pytest.raises(BadItem, match="attribute sk "):
        decode_answer({**encode_answer(TXT), "sk": f"txt#{NAME}"})


@pytest.mark.parametrize(
    ("answer", "change", "named"),
    [
        (TXT, {"value": ""}, "value"),
        (TXT, {"value": "with space"}, "value"),
        (TXT, {"value": "x" * 256}, "value"),
        (TXT, {"value": 5}, "value"),
        (TXT, {"value": None}, "value"),
        (TXT, {"name": "UPPER.example.test"}, "name"),
        (TXT, {"name": "dot.example.test."}, "name"),
        (TXT, {"name": "a..test"}, "name"),
        (TXT, {"name": "other.example.test"}, "pk"),
        (TXT, {"attempt": "att_other"}, "sk"),
        (TXT, {"attempt": "with#hash"}, "attempt"),
        (TXT, {"expires_at": "soon"}, "expires_at"),
        (TXT, {"expires_at": True}, "expires_at"),
        (TXT, {"expires_at": -1}, "expires_at"),
        (TXT, {"expires_at": Decimal("1.5")}, "expires_at"),
        (TXT, {"pk": "shard#99"}, "pk"),
        (TXT, {"sk": "a#b"}, "sk"),
        (HTTP, {"token": "../etc/passwd"}, "token"),
        (HTTP, {"host": "www.example.test:80"}, "host"),
        (HTTP, {"body": "two\nlines"}, "body"),
        (HTTP, {"body": "x" * 128}, "body"),
    ],
)
def test_a_malformed_answer_is_refused_by_name(
    answer: TxtAnswer | HttpAnswer, change: dict[str, object], named: str
) -> None:
    """A malformed item raises `BadItem`, whose message names the attribute."""
    with pytest.raises(BadItem, match=rf"attribute {named} "):
        decode_answer(dict(encode_answer(answer)) | change)


def test_the_encoder_refuses_what_the_node_would_refuse() -> None:
    """A bad answer fails at its writer, not on the nodes."""
    with pytest.raises(BadItem, match="attribute name"):
        encode_answer(replace(TXT, name="Not.Lower.test"))
    with pytest.raises(BadItem, match="name_servers"):
        encode_zone(replace(ZONE, name_servers=()))


def test_a_zone_survives_its_item() -> None:
    """What is encoded is decoded to the same zone."""
    assert decode_zone(encode_zone(ZONE)) == ZONE


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"origin": "Acme.test"}, "origin"),
        ({"origin": (long := ".".join(["a" * 60] * 4)), "sk": long}, "origin"),
        ({"sk": "other.test"}, "sk"),
        ({"name_servers": "ns.example.test"}, "name_servers"),
        ({"addresses": ["1.2.3"]}, "addresses"),
        ({"addresses": None}, "addresses"),
    ],
)
def test_a_malformed_zone_is_refused_by_name(change: dict[str, object], named: str) -> None:
    """A malformed zone raises `BadItem`, whose message names the attribute."""
    with pytest.raises(BadItem, match=rf"attribute {named} "):
        decode_zone(dict(encode_zone(ZONE)) | change)


def test_a_node_row_survives_its_item() -> None:
    """What a node writes, the issuer reads."""
    assert decode_node(encode_node(ROW)) == ROW


def test_missing_counters_are_zero() -> None:
    """Before anything was published there is no generations item, and every counter is 0."""
    assert decode_generations(None) == Generations()
    assert decode_generations({"pk": "meta", "sk": "generations", "g3": Decimal(4)})[3] == 4
    assert decode_generations(encode_generations(ROW.acks)) == ROW.acks


NOW = 1_000_000
LIVE = NOW + 30_000


def node(g1: int, zones: int, lease_until: int) -> NodeRow:
    shards = tuple(g1 if number == 1 else 0 for number in range(SHARDS))
    return NodeRow("n", Generations(shards, zones), lease_until, (), 0)


@pytest.mark.parametrize(
    ("rows", "wanted", "expected"),
    [
        ([], {1: 1}, False),
        ([node(1, 0, LIVE)], {1: 1}, True),
        ([node(2, 0, LIVE)], {1: 1}, True),
        ([node(0, 0, LIVE)], {1: 1}, False),
        ([node(1, 0, LIVE), node(0, 0, LIVE)], {1: 1}, False),
        ([node(1, 0, LIVE), node(0, 0, NOW - 5001)], {1: 1}, True),
        ([node(1, 0, LIVE), node(0, 0, NOW - 5000)], {1: 1}, False),
        ([node(1, 0, NOW)], {1: 1}, False),
        ([node(1, 0, NOW - 6000)], {1: 1}, False),
        ([node(1, 0, LIVE)], {1: 1, "zones": 1}, False),
        ([node(1, 1, LIVE)], {1: 1, "zones": 1}, True),
        ([node(1, 1, LIVE)], {}, True),
    ],
)
def test_visible_means_served_by_every_node_that_may_serve(
    rows: list[NodeRow], wanted: dict[Counter, int], expected: bool
) -> None:
    """At least one live node, and every row has acknowledged or its lease ended more than five seconds ago."""
    assert is_visible(rows, wanted, NOW) is expected
