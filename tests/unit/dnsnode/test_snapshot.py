"""What is loaded becomes changes, name by name."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from certwright.domain.answer import HttpAnswer, ServedZone, TxtAnswer
from dnsnode.changes import RemoveBody, RemoveZone, SetBody, SetTxt, SetZone
from dnsnode.snapshot import Snapshot

ONE = TxtAnswer("u.acme.test", "one", "att_1", 200)
TWO = TxtAnswer("u.acme.test", "two", "att_2", 300)
OTHER = TxtAnswer("v.acme.test", "other", "att_1", 300)
BODY = HttpAnswer("token", "www.test", "body", "att_1", 300)
ZONE = ServedZone("acme.test", ("ns.test",), ("192.0.2.1",))


def test_only_names_that_changed_are_told() -> None:
    """Values of a name come together, sorted, whatever attempt they are of."""
    snapshot = Snapshot()
    assert snapshot.replace_answers(1, [TWO, ONE, OTHER, BODY], 100) == [
        SetBody("token", "www.test", "body"),
        SetTxt("u.acme.test", ("one", "two")),
        SetTxt("v.acme.test", ("other",)),
    ]
    assert snapshot.replace_answers(1, [TWO, OTHER, BODY], 100) == [SetTxt("u.acme.test", ("two",))]
    assert snapshot.replace_answers(1, [TWO], 100) == [RemoveBody("token"), SetTxt("v.acme.test", ())]


def test_an_answer_of_two_attempts_is_served_until_both_withdraw_it() -> None:
    """Two certificates may share an authorization of their CA, and with it token and value."""
    snapshot = Snapshot()
    shared = (replace(ONE, attempt="att_2"), replace(BODY, attempt="att_2"))
    assert snapshot.replace_answers(1, (ONE, BODY, *shared), 100) == snapshot.everything()
    assert len(snapshot.everything()) == 2
    assert snapshot.replace_answers(1, shared, 100) == []
    assert snapshot.replace_answers(1, [], 100) == [RemoveBody("token"), SetTxt("u.acme.test", ())]


def test_partitions_do_not_touch_each_other() -> None:
    """A shard that is loaded anew withdraws its own names only."""
    snapshot = Snapshot()
    snapshot.replace_answers(1, [ONE], 100)
    snapshot.replace_answers(2, [OTHER], 100)
    assert snapshot.replace_answers(1, [], 100) == [SetTxt("u.acme.test", ())]
    assert snapshot.everything() == [SetTxt("v.acme.test", ("other",))]


def test_answers_expire_at_their_second_and_a_clock_set_back_brings_them_again() -> None:
    """Expiry follows the clock both ways while the answer is loaded."""
    snapshot = Snapshot()
    snapshot.replace_answers(1, [ONE, TWO], 100)
    assert snapshot.expire(199.9) == []
    assert snapshot.expire(200) == [SetTxt("u.acme.test", ("two",))]
    assert snapshot.expire(10_000) == [SetTxt("u.acme.test", ())]
    assert snapshot.expire(10_001) == []
    assert snapshot.expire(150) == [SetTxt("u.acme.test", ("one", "two"))]


def test_what_has_expired_is_not_loaded() -> None:
    """The table may still hold it."""
    assert Snapshot().replace_answers(1, [ONE], 250) == []


def test_zones_come_change_and_go() -> None:
    """Only the difference is told; a worker that starts is told all."""
    snapshot = Snapshot()
    assert snapshot.replace_zones([ZONE]) == [SetZone(ZONE)]
    assert snapshot.replace_zones([ZONE]) == []
    changed = replace(ZONE, name_servers=("ns2.test",))
    assert snapshot.replace_zones([changed]) == [SetZone(changed)]
    assert snapshot.everything() == [SetZone(changed)]
    assert snapshot.replace_zones([]) == [RemoveZone("acme.test")]


LIVES = st.builds(
    TxtAnswer,
    st.sampled_from(["u.acme.test", "v.acme.test"]),
    st.sampled_from(["one", "two"]),
    st.sampled_from(["att_1", "att_2"]),
    st.integers(0, 4),
)
STEPS = st.one_of(st.tuples(st.integers(1, 2), st.frozensets(LIVES)), st.integers(-1, 2))
"""A partition is loaded, or time passes, backwards too."""


@settings(deadline=None)
@given(st.lists(STEPS, max_size=12))
def test_the_changes_add_up_to_what_is_loaded_and_has_not_expired(
    steps: list[tuple[int, frozenset[TxtAnswer]] | int],
) -> None:
    """Whatever is loaded in whatever order, and however the clock is set; and what did not change is not told."""
    snapshot, now = Snapshot(), 2
    loaded: dict[int, frozenset[TxtAnswer]] = {}
    served: dict[str, tuple[str, ...]] = {}
    for step in steps:
        if isinstance(step, int):
            now += step
            changes = snapshot.expire(now)
        else:
            number, answers = step
            loaded[number] = frozenset(replace(answer, name=f"{number}.{answer.name}") for answer in answers)
            changes = snapshot.replace_answers(number, loaded[number], now) + snapshot.expire(now)
        for change in changes:
            assert isinstance(change, SetTxt)
            assert served.pop(change.name, ()) != change.values
            served |= {change.name: change.values} if change.values else {}
        live = [answer for answers in loaded.values() for answer in answers if answer.expires_at > now]
        assert served == {one.name: tuple(sorted({a.value for a in live if a.name == one.name})) for one in live}
        assert {c.name: c.values for c in snapshot.everything() if isinstance(c, SetTxt)} == served
        assert snapshot.size == len(served)
