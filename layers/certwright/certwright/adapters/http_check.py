"""One GET to a web server at a known address, to see whether it redirects challenges to us."""

import http.client
import io
import socket
import time
from urllib.parse import urlsplit

from certwright.adapters.egress import Budget, BudgetSpent, Egress, EgressRefused
from certwright.domain.address_diagnosis import CHECK_PATH
from certwright.domain.dns_facts import HttpReply

LARGEST_HEAD = 16384
LONGEST_SECONDS = 5.0


def fetch_redirect(host: str, address: str, egress: Egress, budget: Budget) -> HttpReply:
    """Ask for the check's path on plain HTTP, following nothing; what goes wrong is in the reply's `detail`.

    A redirect's host comes in lower case, without port; its path is given where it leads to http or https.
    """
    port = egress.http_port
    try:
        egress.permit(address, port)
        head = _read_head(host, (address, port), budget)
        return _parse_head(address, head)
    except EgressRefused as refusal:
        return HttpReply(address, 0, detail=refusal.sentence)
    except BudgetSpent as spent:
        return HttpReply(address, 0, detail=spent.sentence)
    except TimeoutError:
        return HttpReply(address, 0, detail="no reply in time")
    except ConnectionRefusedError:
        return HttpReply(address, 0, detail="the port is closed")
    except OSError as error:
        return HttpReply(address, 0, detail=(error.strerror or "the connection broke").lower())
    except (http.client.HTTPException, ValueError):
        return HttpReply(address, 0, detail="the reply was not HTTP")


def _read_head(host: str, endpoint: tuple[str, int], budget: Budget) -> bytes:
    """Read up to the empty line, and no body; the whole exchange has one deadline."""
    seconds = budget.take_hop(LONGEST_SECONDS)
    deadline = time.monotonic() + seconds
    named = host if endpoint[1] == http.client.HTTP_PORT else f"{host}:{endpoint[1]}"
    request = f"GET {CHECK_PATH} HTTP/1.1\r\nHost: {named}\r\nUser-Agent: certwright\r\nConnection: close\r\n\r\n"
    head = b""
    with socket.create_connection(endpoint, timeout=seconds) as sock:
        sock.sendall(request.encode("ascii"))
        while b"\r\n\r\n" not in head:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError
            sock.settimeout(remaining)
            chunk = sock.recv(4096)
            budget.take_bytes(len(chunk))
            head += chunk
            if not chunk or len(head) > LARGEST_HEAD:
                raise http.client.HTTPException("no end of the headers")
    return head


def _parse_head(address: str, head: bytes) -> HttpReply:
    lines = io.BytesIO(head)
    version, _, rest = lines.readline().decode("latin-1").partition(" ")
    status = rest[:3]
    if not version.startswith("HTTP/1.") or not status.isascii() or not status.isdigit():
        raise http.client.HTTPException("no status line")
    location = urlsplit(http.client.parse_headers(lines).get("Location", ""))
    if location.scheme not in ("http", "https"):
        return HttpReply(address, int(status))
    return HttpReply(address, int(status), redirect_host=location.hostname or "", redirect_path=location.path)
