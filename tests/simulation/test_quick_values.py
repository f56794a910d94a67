"""Values made quickly are the values that are made slowly."""

from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from certwright.domain.certificate import Work
from certwright.flows.job import Effect, Job
from tests.simulation.quick_values import quick_replace, quick_values

DUE = Work("crt_1", 7, reason="issued", window=(1, 2))


@dataclass(frozen=True, slots=True)
class Checked:
    """A value that is more than its slots."""

    number: int
    parts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("Count from 0.")


def test_a_quick_copy_is_equal_frozen_and_of_its_class() -> None:
    """Nobody can tell which way a value was made."""
    plain, quick = replace(DUE, due_at=9, revision=3), quick_replace(DUE, due_at=9, revision=3)
    assert (quick, hash(quick), repr(quick), type(quick)) == (plain, hash(plain), repr(plain), Work)
    assert quick_replace(DUE) == DUE
    with pytest.raises(FrozenInstanceError):
        quick.due_at = 1


def test_a_quick_value_takes_its_arguments_as_before() -> None:
    """By place and by name, with the defaults; what is missing or unknown is refused."""
    plain = Work("crt_1", 7), Effect(job=None, is_gone=True)  # type: ignore[arg-type]  # any value will do
    with quick_values():
        assert (Work("crt_1", 7), Effect(job=None, is_gone=True)) == plain  # type: ignore[arg-type]  # as above
        with pytest.raises(TypeError):
            Work("crt_1")  # type: ignore[call-arg]  # that is what is tested
        with pytest.raises(TypeError):
            quick_replace(DUE, nothing=1)
        with pytest.raises(FrozenInstanceError):
            Job(None, DUE, DUE, None).work = DUE  # type: ignore[arg-type, misc]  # that is what is tested


def test_a_value_that_checks_itself_still_does() -> None:
    """What has more to its making than its slots is left as it is."""
    assert quick_replace(Checked(1), number=2) == Checked(2)
    with pytest.raises(ValueError, match="from 0"):
        quick_replace(Checked(1), number=-1)


def test_afterwards_all_is_as_before() -> None:
    """The rest of the tests runs what production runs."""
    init = Work.__init__
    with quick_values():
        assert Work.__init__ is not init
    assert Work.__init__ is init
