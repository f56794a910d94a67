"""Probes: what a node answers to a question of our own over HTTP, so that its answer is known from any other server's.

The answer follows from the question, the host that was asked for, and the deployment; nothing is published for it. It
is no secret: whoever forges it deceives themselves about where their name leads.
"""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256

CHALLENGE_PATH = "/.well-known/acme-challenge/"
PROBE = "certwright-probe-"
UNKNOWN = "no such challenge\n"
"""What a node says of a token that it does not know; one of an earlier release also of a probe."""

_TOKEN = re.compile(rf"{PROBE}[A-Za-z0-9_-]{{8,64}}")


def probe_path(nonce: str) -> str:
    """Write the path of a probe; the nonce is 8 to 64 letters, digits, hyphens and underscores."""
    return f"{CHALLENGE_PATH}{PROBE}{nonce}"


def answer_probe(path: str, host: str, deployment: str) -> str:
    """Answer a probe for a host in lower case, without its port; empty for any other path, or without a deployment."""
    token = path.removeprefix(CHALLENGE_PATH)
    if not deployment or not path.startswith(CHALLENGE_PATH) or not _TOKEN.fullmatch(token):
        return ""
    digest = sha256(f"{token}|{host}|{deployment}".encode()).digest()
    return f"{token}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"
