"""Moves of CA accounts over HTTP."""

import pytest

from tests.contract.samples import NOW, event, managed
from tests.functions.conftest import Callers
from tests.functions.test_cas_api import BACKUP

MOVE = "/v1/cas/{name}/move"
TO_BACKUP = {"to": "backup"}


def test_a_move_is_asked_for_shown_and_ended(callers: Callers) -> None:
    """202 with how far it is; the same again is the same; then requests go to the old account again."""
    callers.call("POST /v1/cas", body=BACKUP)
    asked = callers.call(f"POST {MOVE}", body=TO_BACKUP, name="custom-1")
    assert asked.status == 202
    assert asked.json == {
        "from": "custom-1", "to": "backup", "reissue": True, "per_minute": 60, "started_at": asked.json["started_at"],
        "handed_over_at": None, "complete": True, "total": 0, "left": 0, "under_way": 0, "done": 0,
        "next_expiry": None, "held_up": 0, "held_up_items": [],
    }  # fmt: skip
    assert callers.call(f"GET {MOVE}", name="custom-1").json == asked.json
    assert callers.call(f"POST {MOVE}", body=TO_BACKUP, name="custom-1").json == asked.json
    body = {"names": ["www.example.com"]}
    assert callers.call("POST /v1/certificates", "requester", body).json["ca"] == "backup"
    assert callers.call(f"DELETE {MOVE}", name="custom-1").status == 204
    assert callers.call("POST /v1/certificates", "requester", body).json["ca"] == "custom-1"
    assert callers.call(f"GET {MOVE}", name="custom-1").json["code"] == "not-found"


def test_what_is_to_be_moved_is_counted(callers: Callers) -> None:
    """Of every owner."""
    for at, owner in enumerate(("own_a", "own_b")):
        callers.desk.certificates.create(managed(f"crt_{at}", owner=owner, due_at=NOW), event(NOW), None)
    for name in ("pebble", "backup"):
        callers.call("POST /v1/cas", body={**BACKUP, "name": name})
    shown = callers.call(f"POST {MOVE}", body={**TO_BACKUP, "reissue": False}, name="pebble").json
    assert [shown[name] for name in ("total", "left", "complete", "reissue")] == [2, 2, False, False]


@pytest.mark.parametrize(
    ("token", "name", "body", "refusal"),
    [
        ("requester", "custom-1", TO_BACKUP, (403, "role-not-sufficient")),
        ("admin", "nowhere", TO_BACKUP, (404, "not-found")),
        ("admin", "custom-1", {"to": "nowhere"}, (422, "ca-unknown")),
        ("admin", "custom-1", {}, (422, "field-missing")),
        ("admin", "custom-1", {**TO_BACKUP, "per_minute": 0}, (422, "invalid-field")),
        ("admin", "custom-1", {**TO_BACKUP, "from": "x"}, (422, "unknown-field")),
    ],
)
def test_a_move_that_can_not_be_is_refused(
    callers: Callers, token: str, name: str, body: dict[str, object], refusal: tuple[int, str]
) -> None:
    """Nothing is stored."""
    callers.call("POST /v1/cas", body=BACKUP)
    reply = callers.call(f"POST {MOVE}", token, body, name=name)
    assert (reply.status, reply.json["code"]) == refusal
    assert callers.call(f"GET {MOVE}", name="custom-1").status == 404
