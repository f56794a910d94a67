"""Orders that fail: the name, the reason and who must act reach the caller."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dnslib import QTYPE, RCODE, RR, TXT, DNSRecord

from certwright.domain.order import Order, Status
from certwright.domain.problem import Actor, Problem
from tests.support.acme_client import Client, answer_all, poll, register
from tests.support.acme_server import Answer, ScriptedCa
from tests.support.pebble_process import PebbleOptions, running_pebble


def test_a_wrong_txt_record_names_the_identifier_and_the_user(folder: Path) -> None:
    """The problem is the failed challenge's: its type, the wildcard's name, the CA's own document."""
    order = _failed(folder, RCODE.NOERROR, "*.wrong.test")
    problem = _problem(order)
    assert (problem.code, problem.actor, problem.subject) == ("ca-unauthorized", Actor.USER, "*.wrong.test")
    assert problem.sentence.startswith("The CA could not validate *.wrong.test: ")
    assert json.loads(problem.ca_problem)["type"] == "urn:ietf:params:acme:error:unauthorized"
    assert order.authorizations[0].status is Status.INVALID


def test_a_dns_that_fails_is_a_problem_of_its_own(folder: Path) -> None:
    """A resolver's failure is not taken for a wrong record."""
    problem = _problem(_failed(folder, RCODE.SERVFAIL, "broken.test"))
    assert problem.actor is Actor.USER
    assert problem.subject == "broken.test"


def test_the_failed_one_of_several_names_is_the_one_told(scripted: ScriptedCa, scripted_client: Client) -> None:
    """A valid authorization beside the failed one does not hide it."""
    _script_order(
        scripted,
        _authorization("good.test", "valid", {"type": "dns-01", "status": "valid"}),
        _authorization("bad.test", "invalid", {"type": "dns-01", "status": "invalid", "error": _error("caa")}),
    )
    problem = _problem(scripted_client.ca.fetch_order(f"{scripted.url}/order/1"))
    assert (problem.code, problem.subject) == ("ca-caa", "bad.test")


def test_a_slow_ca_is_not_asked_for_all_authorizations_to_explain_an_invalid_order(
    scripted: ScriptedCa, scripted_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read in some seconds, or the order's own error, has to do."""
    minutes = iter(range(0, 60_000 * 1000, 11_000))
    monkeypatch.setattr(scripted_client.clock, "now", lambda: next(minutes))
    _script_order(scripted, *[_authorization(f"n{at}.test", "valid") for at in range(9)], error=_error("caa"))
    assert _problem(scripted_client.ca.fetch_order(f"{scripted.url}/order/1")).code == "ca-caa"
    assert len([each for each in scripted.received if "/authorization/" in each.path]) == 1


def test_an_expired_authorization_explains_an_invalid_order(scripted: ScriptedCa, scripted_client: Client) -> None:
    """The status `expired`, of which the library knows nothing, is the CA's, not the user's."""
    _script_order(scripted, _authorization("slow.test", "expired", {"type": "dns-01", "status": "pending"}))
    problem = _problem(scripted_client.ca.fetch_order(f"{scripted.url}/order/1"))
    assert (problem.code, problem.actor, problem.subject) == ("ca-authorization-expired", Actor.CA, "slow.test")


def test_an_invalid_order_whose_authorizations_are_gone_tells_its_own_error(
    scripted: ScriptedCa, scripted_client: Client
) -> None:
    """What the CA threw away does not hide what it said; of subproblems the first says who must act."""
    error = {**_error("compound"), "subproblems": [{**_error("caa"), "identifier": {"value": "b.test"}}]}
    _script_order(scripted, Answer(404, b"gone"), error=error)
    problem = _problem(scripted_client.ca.fetch_order(f"{scripted.url}/order/1"))
    assert (problem.code, problem.actor, problem.subject) == ("ca-caa", Actor.USER, "b.test")
    assert "b.test: No." in problem.sentence
    assert json.loads(problem.ca_problem) == error


def test_an_order_that_ended_without_a_word_is_explained_all_the_same(
    scripted: ScriptedCa, scripted_client: Client
) -> None:
    """A CA may compute `invalid` from an expiry and say nothing."""
    _script_order(scripted, Answer(404, b"gone"))
    problem = _problem(scripted_client.ca.fetch_order(f"{scripted.url}/order/1"))
    assert (problem.code, problem.actor) == ("ca-order-ended", Actor.CA)


@pytest.mark.parametrize("status", ["pre-approved", ""])
def test_a_challenge_with_a_status_of_its_own_is_left_out(
    scripted: ScriptedCa, scripted_client: Client, status: str
) -> None:
    """One odd challenge does not take the others away."""
    authorization = _authorization("odd.test", "pending", {"type": "odd-01", "status": status}, _pending("dns-01"))
    scripted.add("/authorization/1", authorization)
    read = scripted_client.ca.fetch_authorization(f"{scripted.url}/authorization/1")
    assert [challenge.type for challenge in read.challenges] == ["dns-01"]


def _failed(folder: Path, rcode: int, name: str) -> Order:
    with _dns_server(rcode) as address, running_pebble(folder, PebbleOptions(dns_server=address)) as pebble:
        client = register(pebble)
        order = client.ca.place_order([name], "default", "")
        answer_all(client, order)
        return poll(lambda: client.ca.fetch_order(order.url), Status.INVALID)


@contextmanager
def _dns_server(rcode: int) -> Iterator[str]:
    """Answer every question over TCP with a TXT record that is wrong, under the given code."""

    class Handler(socketserver.StreamRequestHandler):
        timeout = 5

        def handle(self) -> None:
            length = int.from_bytes(self.rfile.read(2))
            question = DNSRecord.parse(self.rfile.read(length))
            reply = question.reply()
            reply.header.rcode = rcode
            if rcode == RCODE.NOERROR and question.q.qtype == QTYPE.TXT:
                reply.add_answer(RR(str(question.q.qname), QTYPE.TXT, rdata=TXT("wrong"), ttl=1))
            packed = reply.pack()
            self.wfile.write(len(packed).to_bytes(2) + packed)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def _problem(order: Order) -> Problem:
    assert order.problem is not None
    return order.problem


def _script_order(scripted: ScriptedCa, *authorizations: Answer, error: object = None) -> None:
    urls = [f"{scripted.url}/authorization/{number}" for number in range(len(authorizations))]
    order = {"status": "invalid", "identifiers": [], "finalize": f"{scripted.url}/finalize", "authorizations": urls}
    scripted.add("/order/1", Answer(body={**order, "error": error} if error else order))
    for number, answer in enumerate(authorizations):
        scripted.add(f"/authorization/{number}", answer)


def _authorization(identifier: str, status: str, *challenges: object) -> Answer:
    value = {"type": "dns", "value": identifier}
    return Answer(body={"status": status, "identifier": value, "challenges": challenges})


def _pending(type: str) -> dict[str, str]:
    return {"type": type, "status": "pending", "token": "token", "url": "http://127.0.0.1/challenge"}


def _error(type: str) -> dict[str, object]:
    return {"type": f"urn:ietf:params:acme:error:{type}", "detail": "No."}
