"""Make the two tables at a URL, and publish a zone with answers: `python -m bench.dns.published URL ANSWERS NODES`."""

import sys
from typing import Final

from bench.dns.mix import ADDRESS, FEW, NAME_SERVER, ORIGIN, VALUE, make_labels
from certwright.domain.answer import ServedZone, TxtAnswer
from tests.support.table_writer import TableWriter

_NEVER: Final = 2**40


def main() -> None:
    """Publish, and end."""
    endpoint, answers_table, nodes_table = sys.argv[1:]
    writer = TableWriter(endpoint, answers_table, nodes_table)
    writer.make_tables()
    writer.publish_zone(ServedZone(ORIGIN, (NAME_SERVER,), (ADDRESS,)))
    writer.publish(*(TxtAnswer(f"{label}.{ORIGIN}", VALUE, "bench", _NEVER) for label in make_labels(FEW)))


if __name__ == "__main__":
    main()
