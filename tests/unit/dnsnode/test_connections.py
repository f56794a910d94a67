"""Who has to go when a port is full."""

from random import Random

import pytest

from dnsnode.connections import Client, Connections, client_of

HOG, GUEST, OTHER = b"hog", b"guest", b"other"


def full_house(*clients: Client) -> Connections[int]:
    """Connections 0, 1, 2 … of these clients, opened in this order; there is room for no more."""
    connections = Connections[int](len(clients))
    for number, client in enumerate(clients):
        connections.add(number, client, number)
    assert connections.is_full
    return connections


def test_who_holds_the_most_loses_the_one_idle_longest() -> None:
    """One address takes nothing that another needs, however long the other was idle."""
    assert full_house(GUEST, HOG, HOG, HOG).most_dispensable() == 1


def test_activity_protects_a_connection_among_its_clients_own() -> None:
    """Of one client's connections the one in use stays."""
    connections = full_house(HOG, HOG, GUEST)
    connections.touch(0, 10)
    assert connections.most_dispensable() == 1


def test_among_equals_the_client_idle_longest_loses() -> None:
    """Where all hold as many, activity decides."""
    connections = full_house(GUEST, OTHER, HOG)
    connections.touch(0, 10)
    assert connections.most_dispensable() == 1


def test_what_is_removed_no_longer_counts() -> None:
    """A client that closed its connections is as good as any other."""
    connections = full_house(HOG, HOG, HOG, GUEST, GUEST)
    connections.remove(0)
    connections.remove(1)
    assert not connections.is_full
    assert connections.most_dispensable() == 3


def test_the_longest_idle_of_all_is_known_with_its_time() -> None:
    """So that the time of each runs out in turn; none when nobody is connected."""
    connections = full_house(HOG, GUEST)
    connections.touch(0, 7)
    assert connections.idlest() == (1, 1)
    connections.remove(1)
    connections.remove(0)
    assert connections.idlest() is None


def test_any_order_of_events_agrees_with_counting() -> None:
    """Against a list that is searched from the start each time."""
    random = Random(5)
    connections = Connections[int](8)
    expected: list[tuple[int, Client]] = []
    for number in range(5000):
        event = random.randrange(3)
        if event == 0 and not connections.is_full:
            client = random.choice((HOG, HOG, GUEST, OTHER))
            connections.add(number, client, number)
            expected.append((number, client))
        elif event == 1 and expected:
            chosen = random.choice(expected)
            connections.touch(chosen[0], number)
            expected.remove(chosen)
            expected.append(chosen)
        elif event == 2 and expected and random.random() < 0.8:
            chosen = random.choice(expected)
            connections.remove(chosen[0])
            expected.remove(chosen)
        assert connections.everyone() == [connection for connection, _ in expected]
        if expected:
            held = [client for _, client in expected]
            dispensable = connections.most_dispensable()
            client = dict(expected)[dispensable]
            assert held.count(client) == max(map(held.count, held))
            assert dispensable == next(connection for connection, holder in expected if holder == client)


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        (("192.0.2.1", 1), ("192.0.2.1", 2), True),
        (("192.0.2.1", 1), ("192.0.2.2", 1), False),
        (("2001:db8::1", 1, 0, 0), ("2001:db8::ffff:1:2:3", 1, 0, 0), True),
        (("2001:db8::1", 1, 0, 0), ("2001:db8:0:1::1", 1, 0, 0), False),
        (("::ffff:192.0.2.1", 1, 0, 0), ("::ffff:192.0.2.2", 1, 0, 0), False),
        (("::ffff:192.0.2.1", 1, 0, 0), ("192.0.2.1", 1), True),
        (("fe80::1%eth0", 1, 0, 2), ("fe80::2", 1, 0, 2), True),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_network(
    first: tuple[str, int], second: tuple[str, int], *, are_one: bool
) -> None:
    """A /64 is one customer's to fill; IPv4 seen through an IPv6 socket stays IPv4."""
    assert (client_of(first) == client_of(second)) is are_one
