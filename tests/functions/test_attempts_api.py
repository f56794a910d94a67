"""What was tried for a certificate, over HTTP."""

from dataclasses import replace

import pytest

from certwright.domain.certificate import Attempt, ClosedAttempt, Stage
from certwright.domain.problem import Actor, Problem
from functions.api import handler as api
from tests.fakes.certificates import CertificateStore, FakeAttempts
from tests.functions.conftest import Callers

REFUSED = Problem("ca-dns", "The CA's look-up failed.", Actor.USER, "a.test", ca_problem='{"detail":"SERVFAIL"}')


def test_closed_attempts_are_listed_with_their_stages_and_the_cas_words(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Newest first; nothing of the answers and keys that an attempt is stored with."""
    made = callers.call("POST /v1/certificates", "requester", {"names": ["a.test"]}).json["id"]
    failed = Attempt("att_1", 1_000, "letsencrypt", "0" * 64, problem=REFUSED, stages=(Stage("begun", 1_000),))
    stored = replace(failed, id="att_2", started_at=61_000, problem=None, is_stored=True)
    store = CertificateStore(attempts={made: [ClosedAttempt(failed, 9_000), ClosedAttempt(stored, 70_000)]})
    monkeypatch.setattr(api, "desk", lambda: replace(callers.desk, attempts=FakeAttempts(store)))
    newest, oldest = callers.call("GET /v1/certificates/{id}/attempts", "viewer", id=made).json["items"]
    assert (newest["id"], newest["issued"], newest["problem"]) == ("att_2", True, None)
    assert newest["closed_at"] == "1970-01-01T00:01:10Z"
    assert (oldest["issued"], oldest["ca"], oldest["problem"]["code"]) == (False, "letsencrypt", "ca-dns")
    assert oldest["problem"]["ca_problem"] == '{"detail":"SERVFAIL"}'
    assert oldest["stages"] == [{"name": "begun", "at": "1970-01-01T00:00:01Z"}]
    assert set(oldest) == {"id", "ca", "started_at", "closed_at", "issued", "stages", "problem"}
