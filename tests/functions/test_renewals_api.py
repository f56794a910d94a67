"""Renewals ahead of their time over HTTP."""

from dataclasses import replace

import pytest

from certwright.domain.asked_renewal import AskedRenewal
from tests.contract.samples import CURRENT, NOW, event, managed
from tests.functions.conftest import Callers

RENEW = "POST /v1/certificates/{id}/renew"
ID = "crt_1"


def store(callers: Callers, *, is_issued: bool = True) -> None:
    """Have a certificate of the requester's."""
    new = managed(ID, owner="own_a", due_at=NOW)
    work = replace(new.work, current=replace(CURRENT, public_key="00ff") if is_issued else None)
    callers.desk.certificates.create(replace(new, work=work), event(NOW), None)


def asked(callers: Callers) -> AskedRenewal | None:
    """Look at what is stored."""
    found = callers.desk.certificates.read(ID)
    assert found is not None
    return found.desired.renewal


@pytest.mark.parametrize("body", [None, {}, {"new_key": False}])
def test_a_renewal_is_accepted_and_shown(callers: Callers, body: object) -> None:
    """202 with the certificate, which says that it was asked for; the body may be left out."""
    store(callers)
    reply = callers.call(RENEW, "requester", body, id=ID)
    assert (reply.status, reply.json["reason"]) == (202, "renewal-requested")
    assert reply.json["renewal_requested_at"] is not None
    assert reply.json["current"]["version"] == 1


def test_a_new_key_can_be_wished_for(callers: Callers) -> None:
    """What is not wanted any more is noted with the wish."""
    store(callers)
    assert callers.call(RENEW, "requester", {"new_key": True}, id=ID).status == 202
    wish = asked(callers)
    assert wish is not None
    assert wish.unwanted_key == "00ff"


@pytest.mark.parametrize(
    ("token", "body", "status", "code"),
    [
        ("viewer", None, 403, "role-not-sufficient"),
        ("other", None, 404, "not-found"),
        ("requester", {"new_key": "yes"}, 422, "invalid-field"),
        ("requester", {"version": 1}, 422, "unknown-field"),
        ("requester", [], 422, "invalid-field"),
    ],
)
def test_what_is_not_right_is_refused(callers: Callers, token: str, body: object, status: int, code: str) -> None:
    """Nothing is stored."""
    store(callers)
    reply = callers.call(RENEW, token, body, id=ID)
    assert (reply.status, reply.json["code"]) == (status, code)
    assert asked(callers) is None


def test_what_was_never_issued_is_a_conflict(callers: Callers) -> None:
    """409 with the reason, since it may be issued soon."""
    store(callers, is_issued=False)
    reply = callers.call(RENEW, "requester", id=ID)
    assert (reply.status, reply.json["code"]) == (409, "not-issued-yet")
