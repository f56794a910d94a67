"""The HTTP front behaves as API Gateway's HTTP API: routes, events (payload format 2.0), responses, errors."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.bridge import HttpRequest, Routes, build_event, make_server, read_response
from local.sandbox import FunctionError
from local.template import Route

ROUTES = (
    Route("GET", "/v1/things", "Things"),
    Route("POST", "/v1/things", "Things"),
    Route("GET", "/v1/things/{id}", "Things"),
    Route("GET", "/v1/things/special", "Special"),
    Route("ANY", "/v1/any/{rest+}", "Rest"),
    Route("PUT", "/v1/any/{rest+}", "Things"),
)


@pytest.mark.parametrize(
    ("method", "path", "function", "variables"),
    [
        ("GET", "/v1/things", "Things", {}),
        ("GET", "/v1/things/special", "Special", {}),
        ("GET", "/v1/things/a%2Fb%20c", "Things", {"id": "a/b c"}),
        ("GET", "/v1/any/x/y", "Rest", {"rest": "x/y"}),
        ("PUT", "/v1/any/x", "Things", {"rest": "x"}),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, function: str, variables: dict[str, str]) -> None:
    """A literal segment goes before a variable, a method before ANY; variables are decoded."""
    found = Routes(ROUTES).match(method, path)
    assert found
    assert (found[0].function, found[1]) == (function, variables)


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/v1/things"), ("GET", "/v1/things/"), ("GET", "/v1/things/a/b")]
)
def test_what_no_route_names_is_not_found(method: str, path: str) -> None:
    """Neither another method nor another depth matches."""
    assert Routes(ROUTES).match(method, path) is None


def test_an_event_has_format_two() -> None:
    """Headers in lower case and joined, cookies apart, parameters joined, the body as text for JSON."""
    request = HttpRequest(
        method="POST",
        target="/v1/things?a=1&a=2&b=x%20y&c=",
        headers=(("Content-Type", "application/problem+json"), ("X-A", "1"), ("x-a", "2"), ("Cookie", "k=v; l=w")),
        body=b'{"n": 1}',
        address="127.0.0.1",
    )
    event = build_event(ROUTES[1], {}, request)

    assert event["version"] == "2.0"
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "POST /v1/things"
    assert event["rawPath"] == "/v1/things"
    assert event["rawQueryString"] == "a=1&a=2&b=x%20y&c="
    assert event["queryStringParameters"] == {"a": "1,2", "b": "x y", "c": ""}
    assert event["headers"] == {"content-type": "application/problem+json", "x-a": "1,2"}
    assert event["cookies"] == ["k=v", "l=w"]
    assert event["body"] == '{"n": 1}'
    assert event["isBase64Encoded"] is False
    assert event["requestContext"]["http"]["method"] == "POST"
    assert "pathParameters" not in event


def test_a_binary_body_is_base64() -> None:
    """What is not text travels encoded."""
    request = HttpRequest(
        "POST", "/v1/things", (("content-type", "application/octet-stream"),), b"\xff\x00", "127.0.0.1"
    )
    event = build_event(ROUTES[1], {}, request)
    assert (event["body"], event["isBase64Encoded"]) == ("/wA=", True)


def test_a_result_without_a_status_is_a_json_body() -> None:
    """So API Gateway reads it; with a status, headers, cookies and base64 are honoured."""
    assert read_response({"a": 1}) == (200, [("content-type", "application/json")], b'{"a": 1}')
    result = {
        "statusCode": 201,
        "headers": {"Content-Type": "x/y", "Location": "/z"},
        "cookies": ["a=b"],
        "body": "/wA=",
        "isBase64Encoded": True,
    }
    assert read_response(result) == (
        201,
        [("content-type", "x/y"), ("location", "/z"), ("set-cookie", "a=b")],
        b"\xff\x00",
    )


class _Echo:
    """A function that answers with its event, or fails when asked to."""

    def invoke(self, event: Any) -> Any:
        if event.get("body") == "fail":
            raise FunctionError("it failed")
        return {"statusCode": 202, "body": json.dumps(event)}


@contextmanager
def _serving() -> Iterator[http.client.HTTPConnection]:
    with make_server(0, ROUTES, dict.fromkeys(("Things", "Special", "Rest"), _Echo())) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
        yield connection
        connection.close()
        server.shutdown()
        thread.join()


def _ask(connection: http.client.HTTPConnection, *request: Any, **more: Any) -> tuple[int, Any]:
    connection.request(*request, **more)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def test_requests_reach_functions_and_errors_are_api_gateways(capsys: pytest.CaptureFixture[str]) -> None:
    """On one kept connection: an answer, then 404 and 500 with API Gateway's own bodies."""
    with _serving() as connection:
        status, event = _ask(connection, "POST", "/v1/things", body="hello", headers={"Authorization": "Bearer x"})
        assert (status, event["body"], event["headers"]["authorization"]) == (202, "hello", "Bearer x")
        assert _ask(connection, "GET", "/nowhere") == (404, {"message": "Not Found"})
        assert _ask(connection, "POST", "/v1/things", body="fail") == (500, {"message": "Internal Server Error"})
    assert "POST /v1/things: it failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("headers", "status"), [({"Content-Length": "10485761"}, 413), ({"Transfer-Encoding": "chunked"}, 411)]
)
def test_bodies_that_can_not_be_taken_are_refused_unread(headers: dict[str, str], status: int) -> None:
    """More than 10 MiB, or of unsaid length."""
    with _serving() as connection:
        connection.putrequest("POST", "/v1/things")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == status
