"""GETs to a name's web server that follow redirects as a CA does (RFC 8555 §8.3): whether challenges get to us."""

import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from certwright.adapters.egress import HTTPS_PORT, Budget, BudgetSpent, Egress, EgressRefused
from certwright.domain.address_diagnosis import CHECK_PATH, REDIRECTS
from certwright.domain.dns_facts import HttpReply

LARGEST_HEAD = 16384
LONGEST_SECONDS = 5.0
MOST_REDIRECTS = 10
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*(?:\r\n|$)", re.IGNORECASE)
URL_CHARACTERS = "%/?:@!$&'()*+,;=~"


@dataclass(frozen=True, slots=True)
class Page:
    """What to ask for, at which address; the port is that of the check, or of https, where it is not given.

    Of the reply's body `most_body` bytes are read.
    """

    host: str
    address: str
    path: str = CHECK_PATH
    is_tls: bool = False
    port: int = 0
    most_body: int = 0

    def port_at(self, egress: Egress) -> int:
        """Tell the port to connect to."""
        return self.port or (HTTPS_PORT if self.is_tls else egress.http_port)


def follow_redirects(
    page: Page, find_address: Callable[[str], str], is_end: Callable[[str], bool], egress: Egress, budget: Budget
) -> HttpReply:
    """Fetch a page and what it redirects to, to a reply that is no redirect or one to a host that `is_end`.

    `find_address` looks up a redirect's host, empty where it has none. The last reply is told; after 10 redirects, and
    where a page comes again, that is the redirect.
    """
    seen = {page}
    reply = fetch_page(page, egress, budget)
    for _ in range(MOST_REDIRECTS):
        if reply.status not in REDIRECTS or not reply.redirect_host or is_end(reply.redirect_host):
            break
        address = page.address if reply.redirect_host == page.host else find_address(reply.redirect_host)
        is_tls = reply.redirect_scheme == "https"
        page = Page(reply.redirect_host, address, reply.redirect_path, is_tls, reply.redirect_port, page.most_body)
        if not address or page in seen:
            break
        seen.add(page)
        reply = fetch_page(page, egress, budget)
    return reply


def fetch_page(page: Page, egress: Egress, budget: Budget) -> HttpReply:
    """Ask for one page, following nothing; what goes wrong is in the reply's `detail`.

    A redirect's host comes in lower case, without port; its path is given where it leads to http or https. The site's
    TLS certificate is not verified: CAs do not either.
    """
    port = page.port_at(egress)
    try:
        egress.permit(page.address, port)
        head, _, body = _read_reply(page, port, budget).partition(_END)
        text = body[: page.most_body].decode("utf-8", "replace")
        return replace(_parse_head(page, head + _END), body=text)
    except EgressRefused as refusal:
        return HttpReply(page.address, 0, detail=refusal.sentence)
    except BudgetSpent as spent:
        return HttpReply(page.address, 0, detail=spent.sentence)
    except TimeoutError:
        return HttpReply(page.address, 0, detail="no reply in time")
    except ConnectionRefusedError:
        return HttpReply(page.address, 0, detail="the port is closed")
    except ssl.SSLError:
        return HttpReply(page.address, 0, detail="TLS failed")
    except OSError as error:
        return HttpReply(page.address, 0, detail=(error.strerror or "the connection broke").lower())
    except (http.client.HTTPException, ValueError):
        return HttpReply(page.address, 0, detail="the reply was not HTTP")


def _read_reply(page: Page, port: int, budget: Budget) -> bytes:
    """Read up to the empty line, and of the body what is wanted; the whole exchange has one deadline."""
    seconds = budget.take_hop(LONGEST_SECONDS)
    deadline = time.monotonic() + seconds
    default = http.client.HTTPS_PORT if page.is_tls else http.client.HTTP_PORT
    named = page.host if port == default else f"{page.host}:{port}"
    request = f"GET {page.path} HTTP/1.1\r\nHost: {named}\r\nUser-Agent: certwright\r\nConnection: close\r\n\r\n"
    received = b""
    with socket.create_connection((page.address, port), timeout=seconds) as plain, _wrap(plain, page) as sock:
        sock.sendall(request.encode("ascii"))
        while not _is_enough(received, page.most_body):
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError
            sock.settimeout(remaining)
            chunk = sock.recv(4096)
            budget.take_bytes(len(chunk))
            received += chunk
            head, end, _ = received.partition(_END)
            if len(head) > LARGEST_HEAD or not (chunk or end):
                raise http.client.HTTPException("no end of the headers")
            if not chunk:
                break
    return received


def _is_enough(received: bytes, most_body: int) -> bool:
    """Tell whether head and body are there; a body ends where the sender closes, or as it says."""
    head, end, body = received.partition(_END)
    if not end:
        return False
    length = _LENGTH.search(head)
    return len(body) >= (min(most_body, int(length[1])) if length else most_body)


def _wrap(plain: socket.socket, page: Page) -> socket.socket:
    if not page.is_tls:
        return plain
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=page.host)


def _parse_head(page: Page, head: bytes) -> HttpReply:
    lines = io.BytesIO(head)
    version, _, rest = lines.readline().decode("latin-1").partition(" ")
    status = rest[:3]
    if not version.startswith("HTTP/1.") or not status.isascii() or not status.isdigit():
        raise http.client.HTTPException("no status line")
    location = urlsplit(http.client.parse_headers(lines).get("Location", ""))
    if location.scheme not in ("http", "https"):
        return HttpReply(page.address, int(status))
    path = quote((location.path or "/") + (f"?{location.query}" if location.query else ""), safe=URL_CHARACTERS)
    return HttpReply(
        page.address,
        int(status),
        redirect_host=location.hostname or "",
        redirect_path=path,
        redirect_scheme=location.scheme,
        redirect_port=location.port or 0,
    )
