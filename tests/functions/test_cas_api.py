"""CA accounts over HTTP."""

from tests.functions.conftest import Callers

BACKUP = {
    "name": "backup",
    "directory": "zerossl",
    "contact": "a@example.com",
    "terms_agreed": True,
    "eab_kid": "kid-1",
    "eab_hmac": "c2VjcmV0",
}


def test_an_account_is_defined_shown_and_changed_without_its_secret(callers: Callers) -> None:
    """The secret goes in and never comes out."""
    made = callers.call("POST /v1/cas", body=BACKUP)
    assert (made.status, made.json["settled"], made.json["eab_kid"]) == (202, False, "kid-1")
    changed = callers.call("PATCH /v1/cas/{name}", body={"contact": "b@example.com"}, name="backup")
    shown = callers.call("GET /v1/cas/{name}", name="backup")
    assert (changed.status, shown.json["contact"]) == (202, "b@example.com")
    listed = callers.call("GET /v1/cas", "viewer").json["items"]
    assert [(item["name"], item["default"]) for item in listed] == [("custom-1", True), ("backup", False)]
    replies = (made, changed, shown, callers.call("POST /v1/cas/{name}/rollover", name="backup"))
    assert not any("c2VjcmV0" in reply.body for reply in replies)
    gone = callers.call("DELETE /v1/cas/{name}", name="backup")
    assert (gone.status, gone.json["deactivated"]) == (202, True)


def test_only_operators_change_accounts(callers: Callers) -> None:
    """Who requests certificates may see them, to choose one."""
    refused = [
        callers.call("POST /v1/cas", "requester", BACKUP),
        callers.call("PATCH /v1/cas/{name}", "requester", {}, name="custom-1"),
        callers.call("DELETE /v1/cas/{name}", "requester", name="custom-1"),
        callers.call("POST /v1/cas/{name}/rollover", "requester", name="custom-1"),
    ]
    assert [reply.json["code"] for reply in refused] == ["role-not-sufficient"] * 4
    assert callers.call("GET /v1/cas", "requester").status == 200


def test_a_certificate_is_requested_of_an_account(callers: Callers) -> None:
    """By its name; one that is not there is refused."""
    callers.call("POST /v1/cas", body=BACKUP)
    body = {"names": ["www.example.com"], "ca": "backup"}
    assert callers.call("POST /v1/certificates", "requester", body).json["ca"] == "backup"
    reply = callers.call("POST /v1/certificates", "requester", {**body, "ca": "nowhere"})
    assert (reply.status, reply.json["field"], reply.json["code"]) == (422, "ca", "ca-unknown")
