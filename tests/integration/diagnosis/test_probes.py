"""Who answers at an HTTP-01 name's challenge path: our node, or another server, found before a CA finds it."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from certwright.domain.problem import Actor
from certwright.domain.records import NameCheck, WantedAddress
from tests.support.dns_world import NODE, OTHER, World, running_world
from tests.support.http_servers import saying
from tests.support.node_process import NodeProcess, write_records

NAME, REDIRECT_HOST = "www.example.test", "ns.example.test"
DEPLOYMENT = "certwright-AnswersTable-1A2B"
WANTED = WantedAddress(NAME, (NODE,), (REDIRECT_HOST,), DEPLOYMENT)
CHALLENGES = "/.well-known/acme-challenge/"
SECONDS = 30


@pytest.fixture(scope="module")
def running() -> Iterator[World]:
    with running_world("example.test") as world:
        yield world


@pytest.fixture
def world(running: World) -> Iterator[World]:
    """A world with no records."""
    yield running
    running.clear()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A real node at our address, of the deployment."""
    folder = tmp_path_factory.mktemp("node")
    zone = {"origin": "acme.example.test.", "name_servers": [f"{REDIRECT_HOST}."], "addresses": [NODE]}
    records = write_records(folder / "records.json", {"zones": [zone], "txt": {}, "http": {}})
    variables = {"ANSWERS_TABLE": DEPLOYMENT, "CHALLENGE_HOST": REDIRECT_HOST}
    with NodeProcess(folder / "log", records=records, environment=variables, address=NODE) as running:
        yield running


@contextmanager
def site(port: int, way: str) -> Iterator[None]:
    """Run a web server beside the node: it redirects, passes on, passes on under another host, or answers itself."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if way == "redirect" or (way == "only the check" and self.path.endswith("-check")):
                self._say(302, b"", f"http://{REDIRECT_HOST}{self.path}")
            elif way.startswith("pass"):
                self._pass_on("upstream.internal" if way.endswith("another host") else NAME)
            else:
                self._say(200, b"<html>Welcome to the shop</html>")

        def _pass_on(self, host: str) -> None:
            upstream = http.client.HTTPConnection(NODE, port, timeout=SECONDS)
            upstream.request("GET", self.path, headers={"Host": host})
            reply = upstream.getresponse()
            self._say(reply.status, reply.read())
            upstream.close()

        def _say(self, status: int, body: bytes, location: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer((OTHER, port), Site)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(SECONDS)


def look(world: World, port: int, wanted: WantedAddress = WANTED) -> NameCheck:
    """Check the name."""
    return world.checks(http_port=port).check_address(wanted)


def test_a_name_at_our_address_stands_when_our_node_answers(world: World, node: NodeProcess) -> None:
    """The probe is answered by the node itself; nothing was published for it."""
    world.add(("A", NAME, NODE))
    check = look(world, node.http[1])
    assert check.problem is None
    assert check.hops[-1].part.value == "address"


@pytest.mark.parametrize("way", ["redirect", "pass on"])
def test_a_site_that_leads_to_our_node_stands(world: World, node: NodeProcess, way: str) -> None:
    """By a redirect, or as a proxy that keeps the host: a CA gets our answer either way."""
    world.add(("A", NAME, OTHER), ("A", REDIRECT_HOST, NODE))
    with site(node.http[1], way):
        check = look(world, node.http[1])
    assert check.problem is None
    assert [(hop.part.value, hop.state.value) for hop in check.hops][-2:] == [("address", "ok"), ("site", "ok")]


def test_a_site_that_redirects_some_paths_only_is_found_out(world: World, node: NodeProcess) -> None:
    """Where the path of the plain check is redirected and that of a token is not, the CA would have found the shop."""
    world.add(("A", NAME, OTHER), ("A", REDIRECT_HOST, NODE))
    with site(node.http[1], "only the check"):
        check = look(world, node.http[1])
    problem = check.problem
    assert problem is not None
    assert (problem.code, problem.actor, problem.subject) == ("challenge-answered-elsewhere", Actor.USER, NAME)
    assert problem.sentence == (
        f"Another server than our node answers {CHALLENGES}… of {NAME}: {OTHER} answered with status 200 (“<html>"
        f"Welcome to the shop</html>”). Let what stands there pass every path below {CHALLENGES} on to us, unchanged."
    )
    assert (problem.wanted, problem.found) == (
        "our own answer",
        f"{OTHER} answered with status 200 (“<html>Welcome to the shop</html>”)",
    )
    assert [hop.state.value for hop in check.hops if hop.part.value == "site"] == ["broken"]


def test_a_proxy_that_changes_the_host_is_not_taken_for_one_that_works(world: World, node: NodeProcess) -> None:
    """Our node gives a token's answer to its own host only."""
    world.add(("A", NAME, OTHER))
    with site(node.http[1], "pass on under another host"):
        problem = look(world, node.http[1]).problem
    assert problem is not None
    assert problem.code == "address-elsewhere"


def test_another_deployments_node_is_another_server(world: World, node: NodeProcess) -> None:
    """It does not have this deployment's answers."""
    world.add(("A", NAME, OTHER), ("A", REDIRECT_HOST, NODE))
    stranger = WantedAddress(NAME, ("127.0.41.12",), (), "another-AnswersTable")
    with site(node.http[1], "pass on"):
        problem = look(world, node.http[1], stranger).problem
    assert problem is not None
    assert problem.code == "address-elsewhere"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "unreachable-http"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 18\r\n\r\nno such challenge\n", ""),
        (b"HTTP/1.1 200 OK\r\n\r\nhello", "challenge-answered-elsewhere"),
    ],
    ids=["overloaded", "a node of an earlier release", "something else"],
)
def test_what_stands_at_our_own_address_is_an_operators_business(world: World, said: bytes, code: str) -> None:
    """No user can mend it; a node that was not replaced yet holds nobody up."""
    world.add(("A", NAME, NODE))
    with saying(NODE, said) as server:
        problem = look(world, server.port).problem
    assert (problem.code if problem else "") == code
    assert problem is None or problem.actor is Actor.OPERATOR


def test_a_closed_port_at_our_address_is_told(world: World) -> None:
    """Before any CA is asked, with what was seen."""
    world.add(("A", NAME, NODE))
    with saying(NODE, b"") as server:
        port = server.port
    problem = look(world, port).problem
    assert problem is not None
    assert problem.sentence == (
        f"Our node does not answer over HTTP: {NODE} gave no answer over HTTP (the port is closed). An operator looks "
        "at the nodes and at their port 80."
    )
