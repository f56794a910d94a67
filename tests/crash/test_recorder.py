"""What the recorder takes for an effect, and what a crash is."""

import json
import socket
from collections.abc import Callable

import pytest

from certwright.adapters.acme_network import Reply
from certwright.domain.errors import CaRefusal, Unavailable
from tests.crash.recorder import Crash, Effect, Point, Recorder, recording

URL = "https://ca.test/order/1"


def reply(status: int = 200, problem: str = "") -> Callable[[], Reply]:
    """Build what the CA replies."""
    body = json.dumps({"type": f"urn:ietf:params:acme:error:{problem}"} if problem else {}).encode()
    return lambda: Reply(URL, status, {}, body, 0)


def signed(payload: str) -> bytes:
    """Build the body of a POST; an empty payload makes it a POST-as-GET."""
    return json.dumps({"payload": payload}).encode()


@pytest.mark.parametrize(("is_after", "happened"), [(False, ["first"]), (True, ["first", "second"])])
def test_a_crash_before_an_effect_prevents_it_and_one_after_does_not(is_after: bool, happened: list[str]) -> None:
    """And the dead worker gets nothing more done, not even in what it does to tidy up."""
    recorder, sent = Recorder(), list[str]()
    recorder.begin(Point(2, is_after))
    recorder.send(lambda: sent.append("first"), "sqs", "SendMessage", {})
    with pytest.raises(Crash):
        recorder.send(lambda: sent.append("second"), "sqs", "SendMessage", {})
    with pytest.raises(Crash):
        recorder.send(lambda: sent.append("third"), "sqs", "ReceiveMessage", {})
    with pytest.raises(Crash):
        recorder.post(reply(), URL, signed("x"))
    assert sent == happened


def test_what_is_not_known_to_read_is_an_effect() -> None:
    """An operation that nobody has thought of is numbered."""
    recorder = Recorder()
    recorder.begin(None)
    for operation in ("GetItem", "Query", "ExecuteStatement"):
        recorder.send(lambda: None, "dynamodb", operation, {})
    assert recorder.effects == [Effect("", "", "DynamoDB ExecuteStatement")]


def test_a_post_that_is_repeated_for_its_nonce_is_one_effect() -> None:
    """The crash after it comes when it was taken, not when it was refused."""
    recorder = Recorder()
    recorder.begin(Point(1, is_after=True))
    recorder.post(reply(400, "badNonce"), URL, signed("x"))
    recorder.post(reply(400, "badNonce"), URL, signed("x"))
    with pytest.raises(Crash):
        recorder.post(reply(), URL, signed("x"))
    assert recorder.effects == [Effect("", "", "ACME POST")]


def test_a_resource_that_is_read_over_and_over_is_one_effect() -> None:
    """How often an order is read depends on how fast the CA is; once something else happened, it counts again."""
    recorder = Recorder()
    recorder.begin(None)
    for _ in range(3):
        recorder.post(reply(), URL, signed(""))
    recorder.send(lambda: None, "sqs", "SendMessage", {})
    recorder.post(reply(), URL, signed(""))
    assert [effect.call for effect in recorder.effects] == ["ACME POST-as-GET", "SQS SendMessage", "ACME POST-as-GET"]


def test_datagrams_in_a_row_are_one_effect() -> None:
    """However many copies are sent; what no port sends is nobody's effect."""
    recorder = Recorder()
    recorder.begin(None)
    recorder.send_datagram(lambda: 1)
    with recorder.through("answers.publish"):
        recorder.send_datagram(lambda: 1)
        recorder.send_datagram(lambda: 1)
    with recorder.through("checks.check_address"):
        recorder.send_datagram(lambda: 1)
    assert recorder.effects == [Effect("", "answers.publish", "UDP datagrams")]


@pytest.mark.parametrize("error", [Unavailable("Silent."), CaRefusal("No.", type="serverInternal", status=500)])
def test_what_does_not_answer_and_what_is_refused_disturbs(error: Exception) -> None:
    """A run in which either happened tells nothing of crashes."""
    recorder = Recorder()
    with pytest.raises(type(error)), recorder.through("ca.place_order"):
        raise error
    assert recorder.disturbances == 1


def test_a_connection_that_nobody_numbers_is_noted() -> None:
    """By the port that opened it; one to look at the Internet's servers is not."""
    with socket.create_server(("127.0.0.1", 0)) as server, recording(Recorder()) as recorder:
        recorder.begin(None)
        for port in ("webhooks.send", "checks.check_address"):
            with recorder.through(port):
                socket.create_connection(server.getsockname()).close()
    assert recorder.unknown == {"webhooks.send"}
