"""Have a worker look at a certificate soon."""

from contextlib import suppress

from certwright import ports
from certwright.domain.errors import Unavailable


def hasten(queue: ports.Queue, certificate_id: str, delay_seconds: int = 0) -> None:
    """Send a message; a queue that does not answer is no failure, since the due index brings the certificate up."""
    with suppress(Unavailable):
        queue.send(certificate_id, delay_seconds)
