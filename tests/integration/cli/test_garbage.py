"""Whatever a server says, a command ends with a sentence and the exit code of its kind; never with a trace."""

import pytest

from tests.integration.cli.conftest import TOKEN, Run, reply
from tests.support.http_servers import saying
from tests.support.provider_process import free_port

LOCAL = "127.0.0.1"
EMPTY: dict[str, object] = {"items": [], "cursor": None}
PROBLEM = {"type": "x", "title": "T", "status": 0, "detail": "What it is: do that.", "code": "some-code"}

GARBAGE = {
    "refuses the token": (reply("401 Unauthorized", PROBLEM), 3, "certwright login"),
    "forbids": (reply("403 Forbidden", PROBLEM), 4, "What it is: do that."),
    "has nothing": (reply("404 Not Found", PROBLEM), 5, "What it is: do that."),
    "is in conflict": (reply("409 Conflict", PROBLEM), 6, "What it is: do that."),
    "refuses the request": (reply("422 Unprocessable Content", PROBLEM), 7, "What it is: do that."),
    "fails": (reply("500 Internal Server Error", PROBLEM), 8, "What it is: do that."),
    "fails for long": (reply("503 Service Unavailable", {"message": "Service Unavailable"}, "Retry-After: 0"), 8, "Un"),
    "refuses in HTML": (reply("404 Not Found", b"<html>no</html>"), 8, "check that this is the API's URL"),
    "answers in HTML": (reply("200 OK", b"<html>hello</html>"), 8, "text/html instead of a JSON object"),
    "answers with a list": (reply("200 OK", [1, 2]), 8, "instead of a JSON object"),
    "answers with another object": (reply("200 OK", {"hello": 1}), 8, "newer or older"),
    "answers with items of another kind": (reply("200 OK", {"items": [7], "cursor": None}), 8, "newer or older"),
    "answers deeper than anybody reads": (reply("200 OK", b"[" * 100_000), 8, "instead of a JSON object"),
    "redirects": (reply("302 Found", {}, "Location: https://evil.example.net/"), 8, "evil.example.net"),
    "says nothing": (b"", 9, "was cut"),
    "cuts its answer": (reply("200 OK", EMPTY)[:-5], 9, "was cut"),
    "cuts its refusal": (reply("404 Not Found", PROBLEM)[:-5], 9, "was cut"),
    "cuts its headers": (b"HTTP/1.1 200 OK\r\nContent-Le", 8, "instead of a JSON object"),
    "speaks something else": (b"SSH-2.0-OpenSSH_9.2\r\n", 9, "no HTTP"),
}


@pytest.mark.parametrize("what", GARBAGE)
def test_a_server_that(what: str, run: Run) -> None:
    """The sentence has the remedy; it stands on standard error, and standard output is empty."""
    said, code, words = GARBAGE[what]
    with saying(LOCAL, said) as server:
        ran = run(server.port, "list")
    assert (ran.code, ran.output) == (code, ""), ran
    assert words in ran.errors
    assert ran.errors.startswith("certwright: ")


def test_no_server_at_all_is_told(run: Run) -> None:
    """Exit code 9 and what to check."""
    ran = run(free_port([LOCAL]), "list")
    assert (ran.code, "check the URL" in ran.errors) == (9, True), ran


def test_only_what_may_be_repeated_is_sent_again(run: Run) -> None:
    """Reading, and a request with its idempotency key, three times in all; a deletion once."""
    for words, times in ((["list"], 3), (["request", "example.test"], 3), (["tokens", "delete", "tok1"], 1)):
        with saying(LOCAL, reply("503 Service Unavailable", PROBLEM, "Retry-After: 0")) as server:
            assert run(server.port, *words).code == 8
        assert len(server.heard) == times, words
        keys = {line for heard in server.heard for line in heard.split(b"\r\n") if line.startswith(b"Idempotency")}
        assert len(keys) == (words[0] == "request"), words


def test_a_redirect_does_not_get_the_token(run: Run) -> None:
    """Nothing is sent to where a redirect leads."""
    with saying(LOCAL, reply("200 OK", EMPTY)) as other:
        location = f"Location: http://{LOCAL}:{other.port}/"
        with saying(LOCAL, reply("307 Temporary Redirect", {}, location)) as server:
            assert run(server.port, "list").code == 8
    assert other.heard == []


def test_debug_shows_requests_without_secrets(run: Run) -> None:
    """Method, URL, status and size; not the token, which was sent, nor a token that was made."""
    made = {"id": "tok2", "owner": "own_a", "role": "viewer", "token": "cw_tok2_Fresh"}
    with saying(LOCAL, reply("201 Created", made)) as server:
        ran = run(server.port, "tokens", "create", "--owner", "own_a", "--role", "viewer", "--debug")
    assert TOKEN.encode() in server.heard[0]
    assert ran.output == "cw_tok2_Fresh\n"
    assert f"> POST http://{LOCAL}:{server.port}/v1/tokens" in ran.errors
    assert "Fresh" not in ran.errors


def test_what_would_steer_a_terminal_is_taken_out(run: Run) -> None:
    """Text of the network can't colour, move or title anything."""
    problem = {**PROBLEM, "detail": "\x1b]0;owned\x07\x1b[31mred\r\nnext"}
    with saying(LOCAL, reply("404 Not Found", problem)) as server:
        ran = run(server.port, "list")
    assert ran.errors == "certwright:  ]0;owned  [31mred  next\n"
