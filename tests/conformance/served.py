"""What the node under test serves: several zones, with names and answers of every size that matters."""

from tests.support.dns_client import build_opt, encode_name

ZONE = "acme.example.test"
"""Its name server lies outside."""
INSIDE = "dns.other.test"
"""Its two name servers lie inside, two labels below the apex."""
LOWER = f"lower.{ZONE}"
"""Right below another zone's apex; its name server's name holds values too."""
DEEPER = f"one.two.{INSIDE}"
"""Two labels below another zone's apex."""
APEX = "apex.test"
"""Its name server is the apex itself."""
LONG = f"{'a' * 63}.{'b' * 63}.{'c' * 63}.test"
"""Its labels are as long as labels get."""
ORIGINS = (ZONE, INSIDE, LOWER, DEEPER, APEX, LONG)

UUID = "0b3c7a52-5b1f-4f6e-9d3e-2f6a1c7d8e90"
EMPTY = "11111111-2222-4333-8444-555555555555"
"""A UUID that was never given out."""
NAME = f"{UUID}.{ZONE}"
VALUES = ["another", "value"]

MANY = f"99999999-2222-4333-8444-555555555555.{ZONE}"
MANY_VALUES = [f"{number:02d}-{'x' * 40}" for number in range(30)]
WIDE = f"77777777-2222-4333-8444-555555555555.{ZONE}"
WIDEST_VALUE = "v" * 255
LONGEST_NAME = f"{'d' * 56}.{LONG}"
"""255 bytes on the wire, the most there can be."""
MOST_AMPLIFIED_NAME = f"88888888-2222-4333-8444-555555555555.{ZONE}"
MOST_AMPLIFIED_VALUES = [f"{number:02d}-{'y' * 40}" for number in range(14)]

HEADER, RECORD, OPT = 12, 12, len(build_opt())
"""Sizes: of a header, of a record without its data and with a pointer for its owner, of an OPT without options."""


def size_of_question(name: str) -> int:
    """Count the bytes of a question."""
    return len(encode_name(name)) + 4


def size_of_answer(name: str, values: list[str]) -> int:
    """Count the bytes of a whole response with these TXT values, without OPT."""
    return HEADER + size_of_question(name) + sum(RECORD + 1 + len(value) for value in values)


def sized(number: int, size: int) -> tuple[str, list[str]]:
    """Make a name, and values at it whose whole response without OPT has exactly this many bytes."""
    name = f"{number:08d}-aaaa-4aaa-8aaa-aaaaaaaaaaaa.{LONG}"
    values: list[str] = []
    while (left := size - size_of_answer(name, values)) > 0:
        room = min(left - RECORD - 1, 200)
        if 0 < left - room - RECORD - 1 <= RECORD + 3:  # the last value needs room for its own head
            room -= RECORD + 3
        values.append(f"{len(values):02d}".ljust(room, "z"))
    assert size_of_answer(name, values) == size
    return name, values


SIZES = (*range(500, 515), *range(1219, 1235))
SIZED = {size: sized(number, size) for number, size in enumerate(SIZES)}
"""Names by the size of their response without OPT: all sizes around the limits of 512 and 1232 bytes."""

RECORDS = {
    "zones": [
        {"origin": f"{ZONE}.", "name_servers": ["ns.example.test."], "addresses": ["127.0.0.9"]},
        {
            "origin": f"{INSIDE}.",
            "name_servers": [f"a.ns.{INSIDE}.", f"b.ns.{INSIDE}."],
            "addresses": ["192.0.2.1", "192.0.2.2", "2001:db8::1"],
        },
        {"origin": LOWER, "name_servers": [f"ns.{LOWER}"], "addresses": ["192.0.2.3"]},
        {"origin": DEEPER, "name_servers": ["ns.deeper.test"], "addresses": ["192.0.2.4"]},
        {"origin": APEX, "name_servers": [APEX], "addresses": ["192.0.2.5"]},
        {"origin": LONG, "name_servers": ["ns.example.test"], "addresses": ["192.0.2.6"]},
    ],
    "txt": {
        f"{NAME}.": ["value", "another"],
        f"{UUID}.{INSIDE}": ["elsewhere"],
        f"{UUID}.{LOWER}": ["below"],
        f"{UUID}.{DEEPER}": ["far-below"],
        f"{UUID}.{APEX}": ["apex"],
        f"imported.{ZONE}": ["old"],
        f"ns.{LOWER}": ["beside-addresses"],
        LOWER: ["hidden-by-the-lower-zone"],
        MANY: MANY_VALUES,
        WIDE: [WIDEST_VALUE],
        LONGEST_NAME: ["longest"],
        MOST_AMPLIFIED_NAME: MOST_AMPLIFIED_VALUES,
        **dict(SIZED.values()),
    },
}
