"""Free ports on loopback addresses."""

import random
import socket
from collections.abc import Sequence

from local.errors import LocalError

# Below the range from which systems draw the ports of outgoing connections.
LOWEST, HIGHEST = 15000, 30000
ATTEMPTS = 200


class NoFreePortError(LocalError):
    """No port was free on the wanted addresses."""


def find_port(addresses: Sequence[str], kinds: Sequence[socket.SocketKind] = (socket.SOCK_STREAM,)) -> int:
    """Find one port that is free on all the addresses for all the kinds of socket."""
    for _ in range(ATTEMPTS):
        port = random.randint(LOWEST, HIGHEST)
        if all(_is_free(address, port, kind) for address in addresses for kind in kinds):
            return port
    raise NoFreePortError(
        f"No port can be had on {', '.join(addresses)}. They must be addresses of this machine: where users reach the "
        "node by another, give --node-listen and --node-http-listen too. On systems other than Linux those of "
        "127.0.0.0/8 must first be added to the loopback interface."
    )


def is_listening(address: str, port: int) -> bool:
    """Whether a TCP connection is accepted there."""
    try:
        with socket.create_connection((address, port), timeout=1):
            return True
    except OSError:
        return False


def _is_free(address: str, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as trial:
        try:
            trial.bind((address, port))
        except OSError:
            return False
        return True
