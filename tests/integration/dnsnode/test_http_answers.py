"""HTTP-01 over real connections: who gets a body, and what everything else gets."""

import http.client
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from struct import pack

import pytest

from tests.support.node_process import NodeProcess

PREFIX = "/.well-known/acme-challenge/"
PATH = f"{PREFIX}token-1"
BODY = b"token-1.thumbprint"
HOST = "www.example.test"
MOST_HEAD = 8192


def exchange(server: tuple[str, int], sent: bytes) -> bytes:
    """Send bytes as they are; returns all that comes back until the node closes."""
    with socket.create_connection(server, 10) as sock:
        sock.sendall(sent)
        received = b""
        while some := sock.recv(4096):
            received += some
    return received


def request(node: NodeProcess, head: str | bytes) -> tuple[int, bytes, bytes]:
    """Send a request as it is; returns the status, the head and the body of the one response."""
    received = exchange(node.http, head if isinstance(head, bytes) else head.encode("latin-1"))
    top, _, body = received.partition(b"\r\n\r\n")
    assert received.count(b"HTTP/1.1 ") == 1
    return int(top.split(b" ", 2)[1]), top, body


def get(target: str = PATH, host: str = HOST, *more: str) -> str:
    """Write the head of a plain GET."""
    return "".join(f"{line}\r\n" for line in (f"GET {target} HTTP/1.1", f"Host: {host}", *more, ""))


ASKED_AS = {
    "Let's Encrypt asks": get(
        PATH,
        HOST,
        "User-Agent: Mozilla/5.0 (compatible; Let's Encrypt validation server; +https://www.letsencrypt.org)",
        "Accept: */*",
        "Accept-Encoding: gzip",
        "Connection: close",
    ),
    "Pebble asks, with the port in Host": get(
        PATH, f"{HOST}:5002", "User-Agent: LetsEncrypt-Pebble-VA", "Accept: */*", "Connection: close"
    ),
    "a client asks for HTTP/1.0": f"GET {PATH} HTTP/1.0\r\nHost: {HOST}\r\n\r\n",
    "the host is in upper case": get(host="WWW.EXAMPLE.TEST"),
    "the host has a final dot": get(host=f"{HOST}."),
    "the host has a final dot and a port": get(host=f"{HOST}.:80"),
    "the host has a colon without a port": get(host=f"{HOST}:"),
    "the host is a name server's name": get(host="ns.example.test"),
    "the host is another zone's name server, with a port": get(host="A.NS.dns.other.test:5002"),
    "the host is the challenge host": get(host="challenge.example.net"),
    "there is no space before the host": f"GET {PATH} HTTP/1.1\r\nHost:{HOST}\r\n\r\n",
    "there are spaces and tabs around the host": f"GET {PATH} HTTP/1.1\r\nhOST: \t {HOST} \t\r\n\r\n",
    "lines end in a bare LF": f"GET {PATH} HTTP/1.1\nHost: {HOST}\n\n",
    "an empty line comes first": "\r\n" + get(),
    "the target has a query": get(f"{PATH}?token=x&y"),
    "the target is in absolute form, which counts before Host": get(f"HTTP://{HOST}:5002{PATH}", "other.test"),
    "the minor version is one to come": f"GET {PATH} HTTP/1.9\r\nHost: {HOST}\r\n\r\n",
    "a body is announced and comes": get(PATH, HOST, "Content-Length: 5") + "hello",
    "a body is announced and never comes": get(PATH, HOST, "Content-Length: 5"),
    "a chunked body comes": get(PATH, HOST, "Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n",
    "a 100 is expected, but the answer is final": get(PATH, HOST, "Expect: 100-continue", "Content-Length: 5"),
    "the connection is to be kept": get(PATH, HOST, "Connection: keep-alive", "Keep-Alive: timeout=60"),
    "an upgrade is offered": get(PATH, HOST, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"),
    "a range is wished for": get(PATH, HOST, "Range: bytes=0-3"),
    "only other content is accepted": get(PATH, HOST, "Accept: text/html"),
    "a value is not ASCII": get(PATH, HOST, "X: caf\xe9"),
    "a second request follows, which gets nothing": get() + get("/other"),
    "the head is as long as it may be": get(PATH, HOST, "X: " + "y" * (MOST_HEAD - len(get(PATH, HOST)) - 3)),
    "there are as many fields as there may be": get(PATH, HOST, *["X: y"] * 99),
}


@pytest.mark.parametrize("head", ASKED_AS.values(), ids=ASKED_AS)
def test_the_body_is_given_when(node: NodeProcess, head: str) -> None:
    """The key authorization byte for byte, once, and the connection is over."""
    status, top, body = request(node, head)
    assert (status, body) == (200, BODY)
    fields = dict(line.split(b": ", 1) for line in top.split(b"\r\n")[1:])
    assert fields[b"Content-Type"] == b"application/octet-stream"
    assert fields[b"Content-Length"] == str(len(BODY)).encode()
    assert fields[b"Connection"] == b"close"
    time.strptime(fields[b"Date"].decode(), "%a, %d %b %Y %H:%M:%S GMT")


PATHS_OF_NOTHING = {
    "another token": f"{PREFIX}token-2",
    "a longer token": f"{PATH}x",
    "a token cut short": f"{PREFIX}token-",
    "a token in another case": f"{PREFIX}TOKEN-1",
    "the prefix in another case": PATH.upper().replace("TOKEN-1", "token-1"),
    "no token": PREFIX,
    "no token and no slash": PREFIX.removesuffix("/"),
    "a slash after the token": f"{PATH}/",
    "two slashes before the token": f"{PREFIX}/token-1",
    "two slashes at the start": f"/{PATH}",
    "a dot segment": f"{PREFIX}./token-1",
    "a way around": f"{PREFIX}x/../token-1",
    "a way out": f"{PREFIX}../../../../etc/passwd",
    "a letter percent-encoded": f"{PREFIX}%74oken-1",
    "a slash percent-encoded": "/.well-known/acme-challenge%2ftoken-1",
    "a NUL percent-encoded": f"{PATH}%00",
    "a line end percent-encoded": f"{PATH}%0d%0aSet-Cookie:%20x=y",
    "a parameter": f"{PATH};v=1",
    "a backslash": f"{PREFIX}\\token-1",
    "the root": "/",
    "the token alone": "/token-1",
    "the path in a query": f"/?{PATH}",
    "the path in the absolute form of another host": f"http://other.test{PATH}",
    "an absolute form without a path": f"http://{HOST}",
    "an absolute form with a query only": f"http://{HOST}?{PATH}",
    "the target of a proxy to a mail server": "mailto:token-1",
    "another scheme": f"https://{HOST}{PATH}",
    "a star": "*",
    "no slash first": PATH[1:],
    "a very long path": PREFIX + "y" * 7000,
}


@pytest.mark.parametrize("target", PATHS_OF_NOTHING.values(), ids=PATHS_OF_NOTHING)
def test_a_path_that_is_not_a_live_token_is_not_found(node: NodeProcess, target: str) -> None:
    """Paths are compared byte for byte: no decoding, no normalizing, and nothing of the request in the response."""
    status, top, body = request(node, get(target))
    assert (status, body) == (404, b"no such challenge\n")
    assert b"Set-Cookie" not in top


HOSTS_OF_OTHERS = {
    "another name": "other.test",
    "a name below": f"x.{HOST}",
    "the name above": "example.test",
    "a name that ends in it": f"x{HOST}",
    "a name that goes on": f"{HOST}.evil.test",
    "none": "",
    "only a port": ":80",
    "an IPv4 address": "127.0.0.1",
    "an IPv6 address": "[::1]",
    "an IPv6 address with a port": "[2001:db8::1]:80",
    "two final dots": f"{HOST}..",
    "a list with a comma": f"{HOST},{HOST}",
    "a letter percent-encoded": f"%77{HOST[1:]}",
}


@pytest.mark.parametrize("host", HOSTS_OF_OTHERS.values(), ids=HOSTS_OF_OTHERS)
def test_a_host_that_is_neither_its_own_nor_ours_gets_nothing(node: NodeProcess, host: str) -> None:
    """What one owner may answer, another's name does not give."""
    assert request(node, get(host=host))[::2] == (404, b"no such challenge\n")


def test_without_a_host_http_1_0_gets_nothing(node: NodeProcess) -> None:
    """HTTP/1.0 may leave it out, but then nobody knows whose body is wanted."""
    assert request(node, f"GET {PATH} HTTP/1.0\r\n\r\n")[0] == 404


REFUSED = {
    "no Host": (400, f"GET {PATH} HTTP/1.1\r\n\r\n"),
    "two Hosts": (400, get(PATH, HOST, f"Host: {HOST}")),
    "two Hosts in a list": (400, get(host=f"{HOST}, {HOST}")),
    "user information in Host": (400, get(host=f"me@{HOST}")),
    "a path in Host": (400, get(host=f"{HOST}/x")),
    "a port that is no number": (400, get(host=f"{HOST}:http")),
    "a space in Host": (400, get(host="www example.test")),
    "a Host that is not ASCII": (400, get(host="b\xfccher.test")),
    "an IPv6 address without brackets": (400, get(host="2001:db8::1")),
    "user information in the target": (400, get(f"http://me@{HOST}{PATH}")),
    "no host in the target": (400, get(f"http://{PATH}")),
    "a fragment": (400, get(f"{PATH}#x")),
    "a space in the target": (400, get(f"{PATH} x")),
    "a NUL in the target": (400, get(f"{PATH}\0")),
    "a target that is not ASCII": (400, get(f"{PATH}\xe9")),
    "a tab for a space": (400, f"GET\t{PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
    "a space before the method": (400, " " + get()),
    "two spaces after the method": (400, f"GET  {PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
    "a space after the version": (400, f"GET {PATH} HTTP/1.1 \r\nHost: {HOST}\r\n\r\n"),
    "a bare CR in the request line": (400, f"GET {PATH} HTTP/1.1\rHost: {HOST}\r\n\r\n"),
    "a bare CR in a value": (400, get(PATH, HOST, "X: y\rHost: other.test")),
    "a NUL in a value": (400, get(PATH, HOST, "X: y\0")),
    "a next line character for a line end": (400, f"GET {PATH} HTTP/1.1\x85Host: {HOST}\r\n\r\n"),
    "a vertical tab in a value": (400, get(PATH, HOST, "X: y\x0bHost: other.test")),
    "a value folded onto a second line": (400, get(PATH, HOST, "X: y", " z")),
    "a Host folded onto a second line": (400, f"GET {PATH} HTTP/1.1\r\nHost:\r\n {HOST}\r\n\r\n"),
    "a space before the colon": (400, f"GET {PATH} HTTP/1.1\r\nHost : {HOST}\r\n\r\n"),
    "a field without a colon": (400, get(PATH, HOST, "nonsense")),
    "a field without a name": (400, get(PATH, HOST, ": y")),
    "HTTP/0.9": (400, f"GET {PATH}\r\n"),
    "HTTP/0.9 with an empty line": (400, f"GET {PATH}\r\n\r\n"),
    "a version in lower case": (400, f"GET {PATH} http/1.1\r\nHost: {HOST}\r\n\r\n"),
    "a version of two digits": (400, f"GET {PATH} HTTP/1.10\r\nHost: {HOST}\r\n\r\n"),
    "two empty lines": (400, "\r\n\r\n"),
    "a DNS query": (400, b"\0\x1d\x12\x34\0\0\0\1\0\0\0\0\0\0\3www\7example\4test\0\0\1\0\1"),
    "a TLS handshake": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32))),
    "an SSH greeting": (400, "SSH-2.0-OpenSSH_9.2\r\n"),
    "the preface of HTTP/2": (505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "HTTP/2.0 by name": (505, f"GET {PATH} HTTP/2.0\r\nHost: {HOST}\r\n\r\n"),
    "POST": (405, f"POST {PATH} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 5\r\n\r\nhello"),
    "PUT": (405, f"PUT {PATH} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 0\r\n\r\n"),
    "DELETE": (405, f"DELETE {PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
    "TRACE": (405, f"TRACE {PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
    "OPTIONS": (405, f"OPTIONS {PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
    "OPTIONS for the server": (405, f"OPTIONS * HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
    "CONNECT": (405, f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n"),
    "get in lower case": (501, f"get {PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
    "a method nobody knows": (501, f"BREW {PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
    "a method that is no token": (400, f"G(T {PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
    "a target too long": (414, f"GET /{'y' * 9000} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
    "a line that does not end": (414, "x" * 70_000),
    "a value too long": (431, get(PATH, HOST, f"X: {'y' * 9000}")),
    "fields without end": (431, f"GET {PATH} HTTP/1.1\r\n" + "X: y\r\n" * 12_000),
    "a field too many": (431, get(PATH, HOST, *["X: y"] * 100)),
}


@pytest.mark.parametrize(("status", "sent"), REFUSED.values(), ids=REFUSED)
def test_a_request_is_refused_for(node: NodeProcess, status: int, sent: str | bytes) -> None:
    """At once, with its status and none of the body; the client gets the response whatever else it sent."""
    found, top, body = request(node, sent)
    assert (found, BODY in body) == (status, False)
    assert b"\r\nConnection: close" in top
    assert (b"\r\nAllow: GET, HEAD" in top) == (status in (405, 501))


@pytest.mark.parametrize(("status", "path"), [(200, PATH), (404, f"{PATH}x")])
def test_head_has_the_length_and_no_body(node: NodeProcess, status: int, path: str) -> None:
    """HEAD answers as GET does, without content (RFC 9110 §9.3.2)."""
    _, as_got, body = request(node, get(path))
    found, top, nothing = request(node, get(path).replace("GET", "HEAD", 1))
    assert (found, nothing) == (status, b"")
    assert f"Content-Length: {len(body)}".encode() in top
    assert [line for line in top.split(b"\r\n") if b"Date" not in line] == [
        line for line in as_got.split(b"\r\n") if b"Date" not in line
    ]


def test_head_without_a_host_has_no_body_either(node: NodeProcess) -> None:
    """A refusal of HEAD is a response to HEAD."""
    assert request(node, f"HEAD {PATH} HTTP/1.1\r\n\r\n")[::2] == (400, b"")


@pytest.mark.parametrize("cut", [1, 2, len(get()) - 3, len(get()) - 2, len(get()) - 1])
def test_a_head_may_be_cut_anywhere(node: NodeProcess, cut: int) -> None:
    """The two parts arrive apart, even within the empty line."""
    sent = get().encode()
    with socket.create_connection(node.http, 10) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(sent[:cut])
        time.sleep(0.05)
        sock.sendall(sent[cut:])
        assert sock.makefile("rb").read().endswith(BODY)


def test_a_client_may_close_its_side_first(node: NodeProcess) -> None:
    """The response still comes."""
    with socket.create_connection(node.http, 10) as sock:
        sock.sendall(get().encode())
        sock.shutdown(socket.SHUT_WR)
        assert sock.makefile("rb").read().endswith(BODY)


def test_a_client_that_sends_on_gets_its_response_first(node: NodeProcess) -> None:
    """Up to 64 KiB behind the head are read away: a reset would take the response from the client."""
    assert request(node, get(PATH, HOST, "Content-Length: 50000") + "x" * 50_000)[::2] == (200, BODY)


def test_a_client_that_never_stops_is_cut_off(node: NodeProcess) -> None:
    """What follows the head is not read forever."""
    with socket.create_connection(node.http, 10) as sock:
        sock.sendall(get(PATH, HOST, "Content-Length: 1000000000").encode())
        with pytest.raises(OSError, match=r"reset|pipe"):
            sock.sendall(b"x" * 50_000_000)


def by_http_client(server: tuple[str, int]) -> tuple[int, bytes]:
    """Ask as Python does."""
    connection = http.client.HTTPConnection(*server, timeout=10)
    connection.request("GET", PATH, headers={"Host": HOST})
    response = connection.getresponse()
    return response.status, response.read()


def by_curl(server: tuple[str, int], *options: str) -> tuple[int, bytes]:
    """Ask as curl does."""
    curl = shutil.which("curl")
    if not curl:
        pytest.skip("curl is not installed")
    url = f"http://{HOST}:{server[1]}{PATH}"
    resolve = f"{HOST}:{server[1]}:{server[0]}"
    command = [curl, "--silent", "--noproxy", "*", "--max-time", "10", "--resolve", resolve, *options, url]
    done = subprocess.run([*command, "--write-out", "\n%{http_code}"], capture_output=True, check=True)
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


@pytest.mark.parametrize(
    "ask",
    [
        by_http_client,
        by_curl,
        lambda server: by_curl(server, "--http1.0"),
        lambda server: by_curl(server, "--http2"),
        lambda server: by_curl(server, "--location", "--compressed", "--header", "Expect: 100-continue"),
    ],
    ids=["Python", "curl", "curl with HTTP/1.0", "curl that offers HTTP/2", "curl that follows and expects"],
)
def test_usual_clients_get_the_body(node: NodeProcess, ask: Callable[[tuple[str, int]], tuple[int, bytes]]) -> None:
    """Programs that others wrote understand the response, and the connection's end."""
    assert ask(node.http) == (200, BODY)


def test_a_reset_in_the_middle_harms_nobody(node: NodeProcess) -> None:
    """A hundred connections broken off half way, then a whole one."""
    for _ in range(100):
        with socket.create_connection(node.http, 10) as sock:
            sock.sendall(get().encode()[:30])
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", 1, 0))
    assert request(node, get())[0] == 200


def test_health_is_on_a_port_of_its_own(node: NodeProcess) -> None:
    """The private port says healthy; the public one knows no such path."""
    assert exchange(node.health, get("/health", "localhost").encode()).startswith(b"HTTP/1.1 200 ")
    assert request(node, get("/health", "localhost"))[0] == 404
