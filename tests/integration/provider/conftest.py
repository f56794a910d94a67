"""One stand-in provider for all tests here, empty at the start of each."""

from collections.abc import Iterator

import pytest

from tests.support.provider_process import Provider, free_port, running_provider

ADDRESS, RESOLVER, CHILD = "127.0.42.2", "127.0.42.53", "127.0.42.9"


@pytest.fixture(scope="package")
def running() -> Iterator[Provider]:
    port = free_port([ADDRESS, RESOLVER, CHILD])
    with running_provider(
        "example.test", "shop.example", address=ADDRESS, resolver=RESOLVER, dns_port=port
    ) as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Iterator[Provider]:
    """A provider with no records of its user."""
    yield running
    for record in running.records():
        running.delete(record["type"], record["name"], record["value"])
