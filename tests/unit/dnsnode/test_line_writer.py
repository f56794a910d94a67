"""Lines that nobody waits for."""

import os
from collections.abc import Iterator

import pytest

from dnsnode.line_writer import LineWriter


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe's reading end, which the test closes, and its writing end."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(writing)


def test_lines_come_whole_and_in_order(pipe: tuple[int, int]) -> None:
    """All that waits is written before the writer is closed."""
    reading, writing = pipe
    writer = LineWriter(writing)
    assert all(writer.write(f"line {number}") for number in range(100))
    writer.close(20)
    assert os.read(reading, 65_536).decode().splitlines() == [f"line {number}" for number in range(100)]
    os.close(reading)


def test_a_stuck_reader_costs_lines_and_no_time(pipe: tuple[int, int]) -> None:
    """So many lines wait, further ones are refused at once, and closing gives up; with the reader the thread goes."""
    reading, writing = pipe
    writer = LineWriter(writing)
    taken = sum(writer.write("x" * 4095) for _ in range(3000))
    assert 1000 <= taken < 1100
    writer.close(0)
    os.close(reading)
    writer.close(20)
