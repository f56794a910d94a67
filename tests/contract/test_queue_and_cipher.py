"""The work queue and encryption at rest, the same in memory and at AWS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from certwright.adapters.kms_cipher import KmsCipher
from certwright.adapters.sqs_queue import SqsQueue
from certwright.domain.errors import CertwrightError
from certwright.ports import Cipher, Queue
from tests.fakes.cipher import FakeCipher
from tests.fakes.clock import FakeClock
from tests.fakes.queue import FakeQueue


@dataclass(frozen=True, slots=True)
class Posted:
    queue: Queue
    receive: Callable[[], list[str]]


@pytest.fixture(params=["fake", "moto"])
def posted(request: pytest.FixtureRequest) -> Posted:
    if request.param == "fake":
        fake = FakeQueue(FakeClock())
        return Posted(fake, fake.receive)
    stack = request.getfixturevalue("stack")
    client, url = stack.client("sqs"), stack.name("WorkQueue")
    return Posted(SqsQueue(client, url), lambda: _receive_all(client, url))


@pytest.fixture(params=["fake", "moto"])
def cipher(request: pytest.FixtureRequest) -> Cipher:
    if request.param == "fake":
        return FakeCipher()
    stack = request.getfixturevalue("stack")
    return KmsCipher(stack.client("kms"), stack.name("DataKey"))


def _receive_all(client: Any, url: str) -> list[str]:
    received: list[str] = []
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        received += [message["Body"] for message in messages]
    return received


def test_a_message_is_the_certificates_id(posted: Posted) -> None:
    """Nothing else needs to be said: the store knows the rest."""
    posted.queue.send("crt_1")
    assert posted.receive() == ["crt_1"]


@pytest.mark.parametrize("delay", [1, 900, 5000])
def test_a_delayed_message_is_not_there_yet(posted: Posted, delay: int) -> None:
    """More than SQS can delay is cut, and nothing fails; delayed ones don't wait for a worker."""
    posted.queue.send("crt_1", delay)
    assert posted.queue.depth() == 0
    assert posted.receive() == []


def test_a_due_time_in_the_past_means_at_once(posted: Posted) -> None:
    """A negative delay is none."""
    posted.queue.send("crt_1", -3)
    assert posted.receive() == ["crt_1"]


def test_many_messages_go_in_batches(posted: Posted) -> None:
    """Each arrives once, and the depth counts them."""
    ids = [f"crt_{at}" for at in range(23)]
    posted.queue.send_all(ids)
    assert posted.queue.depth() == 23
    assert sorted(posted.receive()) == sorted(ids)
    posted.queue.send_all([])
    assert posted.receive() == []


def test_what_was_encrypted_is_decrypted(cipher: Cipher) -> None:
    """For the purpose it was encrypted for, and it does not show."""
    encrypted = cipher.encrypt(b"account key", "account:pebble")
    assert b"account key" not in encrypted
    assert cipher.decrypt(encrypted, "account:pebble") == b"account key"


def test_another_purpose_decrypts_nothing(cipher: Cipher) -> None:
    """The error does not hold what was stored."""
    encrypted = cipher.encrypt(b"account key", "account:pebble")
    with pytest.raises(CertwrightError) as refused:
        cipher.decrypt(encrypted, "account:other")
    assert refused.value.code == "not-decryptable"
    assert "account key" not in str(refused.value)
