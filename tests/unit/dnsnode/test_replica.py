"""The generation protocol's decisions, one rule at a time; the search in tests/interleavings puts them together."""

from dataclasses import replace

from certwright.domain.answer import SHARDS, Counter, Generations
from dnsnode.lease import Sight
from dnsnode.replica import COUNTERS, Heartbeat, Instant, Replica, Terms


def at(second: float) -> Instant:
    return Instant(int((1_700_000_000 + second) * 1000), second)


def generations(**moved: int) -> Generations:
    return Generations(tuple(moved.get(f"g{number}", 0) for number in range(SHARDS)), moved.get("zones", 0))


def poll(replica: Replica, second: float, read: Generations, number: int = 0) -> tuple[Counter, ...]:
    """Read, and load all that moved."""
    counters = replica.on_generations(read, second)
    for counter in counters:
        replica.on_loaded(counter, number, ())
    replica.on_lease_sent(number)
    return counters


def beat(replica: Replica, second: float) -> Heartbeat | None:
    heartbeat = replica.build_heartbeat(at(second))
    if heartbeat:
        replica.on_landed(heartbeat, second)
    return heartbeat


def started() -> Replica:
    """A node that has joined at second 2, and whose workers serve all of it."""
    replica = Replica("task", 0)
    poll(replica, 0, generations(g1=5))
    beat(replica, 1)
    poll(replica, 2, generations(g1=5))
    replica.on_applied(0)
    beat(replica, 2)
    return replica


def test_everything_is_loaded_first_and_then_only_what_moved() -> None:
    """A counter at 0 is loaded too, once; a counter that went back, after a restore, is loaded again."""
    replica = Replica("task", 0)
    assert poll(replica, 0, generations(g1=5)) == COUNTERS
    assert poll(replica, 1, generations(g1=5)) == ()
    assert poll(replica, 2, generations(g1=6, zones=1)) == (1, "zones")
    assert poll(replica, 3, generations(g1=4, zones=1)) == (1,)


def test_no_row_before_all_is_loaded() -> None:
    """A node that can't load never registers."""
    replica = Replica("task", 0)
    assert replica.build_heartbeat(at(0)) is None
    replica.on_generations(generations(), 0)
    replica.on_loaded(0, 0, ())
    assert replica.build_heartbeat(at(1)) is None


def test_the_first_row_acknowledges_nothing_and_permits_nothing() -> None:
    """Acknowledged means served; and a second read must come before serving."""
    replica = Replica("task", 0)
    poll(replica, 0, generations(g1=5))
    heartbeat = beat(replica, 1)
    assert heartbeat
    assert heartbeat.row.acks == Generations()
    states = [(replica.is_joined, replica.lease.sight(1))]
    poll(replica, 2, generations(g1=5))
    states.append((replica.is_joined, replica.lease.sight(2)))
    assert states == [(False, Sight.ENDED), (True, Sight.CLEAR)]


def test_what_the_workers_have_not_applied_is_not_acknowledged() -> None:
    """The acknowledgement follows the swap, and the row follows at once."""
    replica = started()
    poll(replica, 3, generations(g1=6), number=7)
    assert beat(replica, 3) is None
    replica.on_applied(6)
    assert beat(replica, 3) is None
    replica.on_applied(7)
    heartbeat = beat(replica, 3)
    assert heartbeat
    assert heartbeat.row.acks[1] == 6


def test_what_moves_between_read_and_load_is_loaded_again() -> None:
    """Acknowledged is the generation read before the partition was."""
    replica = started()
    replica.on_generations(generations(g1=6), 3)
    replica.on_loaded(1, 1, ())
    replica.on_applied(1)
    heartbeat = beat(replica, 3)
    assert heartbeat
    assert heartbeat.row.acks[1] == 6
    assert poll(replica, 4, generations(g1=7)) == (1,)


def test_a_row_is_written_every_ten_seconds_without_news() -> None:
    """The lease is 60 seconds from the start of the last complete read."""
    replica = started()
    poll(replica, 11, generations(g1=5))
    assert beat(replica, 11.9) is None
    heartbeat = beat(replica, 12)
    assert heartbeat
    assert heartbeat.row.lease_until == at(11 + 60).epoch_ms
    assert replica.lease.answers_until == 11 + 60
    assert replica.lease.denials_until == 11 + 5


def test_a_read_without_a_written_row_extends_nothing() -> None:
    """Only the denials' five seconds follow the reads."""
    replica = started()
    poll(replica, 50, generations(g1=5))
    assert replica.lease.answers_until == 2 + 60
    assert replica.lease.sight(54.9) is Sight.CLEAR
    assert replica.lease.sight(62) is Sight.ENDED


def test_an_incomplete_read_extends_nothing() -> None:
    """A shard that can't be loaded leaves the node blind, though the counters can be read."""
    replica = started()
    replica.on_generations(generations(g1=6), 20)
    heartbeat = beat(replica, 20)
    assert heartbeat
    assert heartbeat.row.lease_until == at(2 + 60).epoch_ms
    assert replica.lease.sight(20) is Sight.BLIND


def test_after_its_lease_a_node_starts_over_before_it_answers() -> None:
    """Row, then a read begun after it, then the workers; only then is anything acknowledged again."""
    replica = started()
    poll(replica, 100, generations(g1=6), number=1)
    replica.on_applied(1)
    heartbeat = beat(replica, 100.5)
    assert heartbeat
    assert heartbeat.row.acks == Generations()
    assert replica.lease.sight(100.6) is Sight.ENDED
    poll(replica, 101, generations(g1=6), number=2)
    assert replica.lease.sight(101) is Sight.CLEAR
    replica.on_applied(2)
    heartbeat = beat(replica, 101)
    assert heartbeat
    assert heartbeat.row.acks[1] == 6


def test_a_row_that_was_under_way_when_the_lease_ended_is_no_registration() -> None:
    """It acknowledges what is no longer served: one that acknowledges nothing must follow."""
    replica = started()
    poll(replica, 50, generations(g1=5))
    late = replica.build_heartbeat(at(50))
    assert late
    replica.on_landed(late, 63)
    poll(replica, 64, generations(g1=5))
    assert replica.lease.sight(64) is Sight.ENDED
    heartbeat = beat(replica, 64)
    assert heartbeat
    assert heartbeat.row == replace(
        late.row, acks=Generations(), lease_until=at(64 + 60).epoch_ms, beat=late.row.beat + 1
    )


def test_a_bad_item_keeps_its_shard_unacknowledged_until_it_is_gone() -> None:
    """The row tells it; the shard is looked at again after ten seconds without a bump."""
    replica = started()
    replica.on_generations(generations(g1=6), 3)
    replica.on_loaded(1, 1, ("item x: attribute y is missing",))
    replica.on_applied(1)
    heartbeat = beat(replica, 3)
    assert heartbeat
    assert (heartbeat.row.acks[1], heartbeat.row.problems) == (5, ("item x: attribute y is missing",))
    assert poll(replica, 12.9, generations(g1=6)) == ()
    assert poll(replica, 13, generations(g1=6)) == (1,)
    replica.on_applied(1)
    heartbeat = beat(replica, 13)
    assert heartbeat
    assert (heartbeat.row.acks[1], heartbeat.row.problems) == (6, ())


def test_a_row_tells_no_more_than_twenty_problems() -> None:
    """A shard full of rubbish must not outgrow the item."""
    replica = started()
    replica.on_generations(generations(g1=6), 3)
    replica.on_loaded(1, 1, [f"problem {number}" for number in range(1000)])
    heartbeat = beat(replica, 3)
    assert heartbeat
    assert len(heartbeat.row.problems) == 21
    assert heartbeat.row.problems[-1] == "980 more"


def test_the_lease_in_the_row_follows_the_clock_and_the_lease_served_under_does_not() -> None:
    """Should the tables' clock be set right by an hour, the next row is in its time, and the node serves as long."""
    replica = started()
    poll(replica, 11, generations(g1=5))
    hour = 3_600_000
    heartbeat = replica.build_heartbeat(Instant(at(12).epoch_ms - hour, 12))
    assert heartbeat
    assert heartbeat.row.lease_until == at(11 + 60).epoch_ms - hour
    assert heartbeat.answers_until == 11 + 60
    assert replica.landed
    assert heartbeat.row.beat > replica.landed.row.beat


def test_other_problems_are_told_with_those_of_the_items() -> None:
    """News is written at once, and not again while it stays the same."""
    replica = started()
    heartbeat = replica.build_heartbeat(at(3), ["clock: wrong"])
    assert heartbeat
    assert heartbeat.row.problems == ("clock: wrong",)
    replica.on_landed(heartbeat, 3)
    assert replica.build_heartbeat(at(4), ["clock: wrong"]) is None


def test_the_terms_are_those_given() -> None:
    """Lease, blindness, heartbeat and the look at a bad item, each in seconds."""
    replica = Replica("task", 0, terms=Terms(lease_seconds=4, blind_seconds=1, heartbeat_seconds=2))
    poll(replica, 0, generations())
    beat(replica, 1)
    poll(replica, 2, generations())
    assert (replica.lease.denials_until, replica.lease.answers_until) == (3, 4)
    assert beat(replica, 2.9) is None
    assert beat(replica, 3)
