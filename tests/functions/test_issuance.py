"""The function that works on certificates, called with messages as SQS sends them."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from certwright.domain.certificate import Attempt, Desired, Work
from certwright.flows.advance_certificate import Outcome
from certwright.flows.job import Job
from functions.issuance import handler as issuance


def event(*bodies: str) -> dict[str, Any]:
    """Build the event of messages m0, m1 and so on."""
    records = [
        {
            "messageId": f"m{at}",
            "receiptHandle": f"r{at}",
            "body": body,
            "attributes": {},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:work",
            "awsRegion": "eu-central-1",
        }
        for at, body in enumerate(bodies)
    ]
    return {"Records": records}


class Context:
    """What Lambda gives beside the event."""

    def get_remaining_time_in_millis(self) -> int:
        """Tell what is left of 60 seconds."""
        return 60_000


def job_of(attempt: Attempt) -> Job:
    """Build what is worked on, for a certificate that `request-7` asked for."""
    desired = Desired("crt_bad", "own_a", ("a.test",), (), "", "ca", 0, correlation_id="request-7")
    work = Work("crt_bad", 0, attempt=attempt)
    return Job(desired, work, work, None)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What the function logs."""
    written = StringIO()
    monkeypatch.setattr(issuance.logger.registered_handler, "stream", written)
    monkeypatch.setattr(issuance, "workshop", lambda: None)
    return written


def test_each_message_has_its_certificate_advanced(monkeypatch: pytest.MonkeyPatch, log: StringIO) -> None:
    """The body is the certificate's id; work ends well before the time limit; nothing comes back to the queue."""
    seen: list[str] = []

    def advance(_: object, certificate_id: str, worker: str, lasts: int, tell: object) -> Outcome:
        seen.append(f"{certificate_id} by {worker} for {lasts} ms")
        return Outcome("issued", 7)

    monkeypatch.setattr(issuance, "advance_certificate", advance)
    assert issuance.handler(event("crt_1"), Context()) == {"batchItemFailures": []}
    assert seen == ["crt_1 by m0 for 45000 ms"]
    assert json.loads(log.getvalue())["outcome"] == "issued"


def test_a_message_that_failed_is_reported_alone_and_logged_with_its_certificate(
    monkeypatch: pytest.MonkeyPatch, log: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are done; the failure is counted too."""

    def advance(_: object, certificate_id: str, worker: str, lasts: int, tell: Callable[[Job], None]) -> Outcome:
        if certificate_id == "crt_bad":
            tell(job_of(Attempt("att_1", 0, "ca", "", order_url="https://ca.test/order/1")))
            raise RuntimeError("bug")
        return Outcome("issued", 7)

    monkeypatch.setattr(issuance, "advance_certificate", advance)
    answer = issuance.handler(event("crt_bad", "crt_good"), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    first, second = [json.loads(line) for line in log.getvalue().splitlines()]
    assert (first["level"], first["certificate"]) == ("ERROR", "crt_bad")
    assert (second["level"], second["certificate"]) == ("INFO", "crt_good")
    named = {name: first[name] for name in ("correlation_id", "attempt", "order")}
    assert named == {"correlation_id": "request-7", "attempt": "att_1", "order": "https://ca.test/order/1"}
    assert not any(second.get(name) for name in named), "what is known of one certificate is said of no other"
    counted = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (counted["Failed"], counted["Advanced"]) == ([1.0], [1.0])


def test_a_message_about_a_ca_account_settles_it(monkeypatch: pytest.MonkeyPatch, log: StringIO) -> None:
    """What fails goes back to the queue; certificates in the same invocation are none the worse."""
    seen: list[str] = []

    def settle(_: object, name: str) -> None:
        seen.append(name)
        if name == "broken":
            raise RuntimeError("no")

    monkeypatch.setattr(issuance, "settle_account", settle)
    monkeypatch.setattr(issuance, "advance_certificate", lambda *_: Outcome("issued", 0))
    answer = issuance.handler(event("ca:backup", "ca:broken", "crt_1"), Context())
    assert (seen, answer) == (["backup", "broken"], {"batchItemFailures": [{"itemIdentifier": "m1"}]})
