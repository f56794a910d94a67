"""Sockets are off: a unit test needs no network, not even loopback."""

from collections.abc import Iterator

import pytest
import pytest_socket


@pytest.fixture(autouse=True)
def sockets_are_off() -> Iterator[None]:
    """Make every use of a socket an error; asyncio's own pair of Unix sockets stays."""
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()
