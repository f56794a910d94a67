"""Knocking at a DNS node from here: its zones over UDP and TCP, its HTTP-01 port."""

import http.client
import secrets
import socket
import struct

SECONDS = 5.0
TRIES = 2
"""Of a question over UDP, which may be lost."""
NO_ZONE = "certwright-doctor.invalid"
"""A name that no node serves: it must answer that it does not."""
CHALLENGE_PATH = "/.well-known/acme-challenge/certwright-doctor"
_SOA, _IN = 6, 1
_AUTHORITATIVE, _TRUNCATED = 0x0400, 0x0200
_RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


class ProbeFailed(Exception):
    """A sentence about what was found instead."""


def build_question(origin: str, id: int) -> bytes:
    """Build a query for a zone's SOA (RFC 1035 §4.1)."""
    labels = b"".join(bytes([len(label)]) + label for label in origin.rstrip(".").encode("ascii").split(b"."))
    return struct.pack("!6H", id, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", _SOA, _IN)


def read_answer(question: bytes, answer: bytes) -> str:
    """Tell what an answer says of the zone; raises `ProbeFailed` unless it is authoritative and has the SOA."""
    if len(answer) < 12 or answer[:2] != question[:2] or not answer[2] & 0x80:
        raise ProbeFailed("what came back is no answer to the question")
    _, flags, _, answers, _, _ = struct.unpack("!6H", answer[:12])
    rcode = _RCODES.get(flags & 0xF, str(flags & 0xF))
    if question == build_question(NO_ZONE, int.from_bytes(question[:2])):
        if rcode != "REFUSED":
            raise ProbeFailed(f"{rcode} for a name that no node serves: something else answers there")
        return "answers; there is no zone yet"
    if rcode != "NOERROR" or not flags & _AUTHORITATIVE or not answers or flags & _TRUNCATED:
        authority = "authoritative" if flags & _AUTHORITATIVE else "not authoritative"
        raise ProbeFailed(f"{rcode}, {authority}, {answers} records: the zone is not served there")
    return f"{rcode}, authoritative"


def ask_udp(address: str, port: int, origin: str) -> str:
    """Ask over UDP; raises `ProbeFailed`."""
    question = build_question(origin, secrets.randbelow(65_536))
    for _ in range(TRIES):
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                asking.settimeout(SECONDS)
                asking.connect((address, port))
                asking.send(question)
                return read_answer(question, asking.recv(4096))
        except TimeoutError:
            continue
        except OSError as error:
            raise ProbeFailed(error.strerror or str(error)) from error
    raise ProbeFailed(f"no answer within {SECONDS:.0f} s, asked {TRIES} times: is UDP open?")


def ask_tcp(address: str, port: int, origin: str) -> str:
    """Ask over TCP; raises `ProbeFailed`."""
    question = build_question(origin, secrets.randbelow(65_536))
    try:
        with socket.create_connection((address, port), SECONDS) as asking:
            asking.sendall(struct.pack("!H", len(question)) + question)
            with asking.makefile("rb") as source:
                length = int.from_bytes(source.read(2))
                return read_answer(question, source.read(length))
    except TimeoutError as error:
        raise ProbeFailed(f"no answer within {SECONDS:.0f} s: is TCP open?") from error
    except OSError as error:
        raise ProbeFailed(error.strerror or str(error)) from error


def ask_http(address: str, port: int) -> str:
    """Ask the HTTP-01 port for a token that does not exist; raises `ProbeFailed` unless that is a plain 404."""
    connection = http.client.HTTPConnection(address, port, timeout=SECONDS)
    try:
        connection.request("GET", CHALLENGE_PATH)
        status = connection.getresponse().status
    except TimeoutError as error:
        raise ProbeFailed(f"no answer within {SECONDS:.0f} s: is the port open?") from error
    except (OSError, http.client.HTTPException) as error:
        raise ProbeFailed(getattr(error, "strerror", None) or type(error).__name__) from error
    finally:
        connection.close()
    if status != 404:
        raise ProbeFailed(f"{status} instead of 404: something else answers there")
    return "404 for an unknown token"
