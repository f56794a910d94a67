"""The ACME adapters put together against a test CA, and the flow through an order that tests repeat."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from certwright.adapters.acme_account import AcmeRegistration, new_account_key
from certwright.adapters.acme_ca import AcmeCa
from certwright.adapters.acme_network import AcmeNetwork, Reply
from certwright.adapters.acme_renewal import AcmeRenewalInformation
from certwright.adapters.acme_session import AcmeSession
from certwright.adapters.egress import Egress, parse_allow_list
from certwright.adapters.keys import PemKeys
from certwright.domain.errors import CaRefusal
from certwright.domain.order import Order, Status
from certwright.ports import Clock
from tests.support.pebble_process import Pebble


class WallClock:
    """The machine's clock, which remembers how long it was asked to sleep in all."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> int:
        """Tell the time in epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def sleep(self, seconds: float) -> None:
        """Wait, and remember it."""
        self.slept += seconds
        time.sleep(seconds)


class RecordingNetwork(AcmeNetwork):
    """The real thing, which remembers what was asked for."""

    def __init__(self, directory_url: str, *, egress: Egress, clock: Clock, ca_bundle: str = "") -> None:
        super().__init__(directory_url, egress=egress, clock=clock, ca_bundle=ca_bundle)
        self.asked: list[str] = []

    def request(self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        """Remember the URL, and ask."""
        self.asked.append(url)
        return super().request(method, url, body=body, headers=headers)


@dataclass(frozen=True)
class Client:
    """One account with all that speaks for it."""

    clock: WallClock
    network: RecordingNetwork
    session: AcmeSession
    ca: AcmeCa
    renewal: AcmeRenewalInformation
    registration: AcmeRegistration


def connect(directory_url: str, *, ca_bundle: str = "", account_key: bytes = b"", account_url: str = "") -> Client:
    """Put the adapters together for one directory; makes an account key where none is given."""
    clock = WallClock()
    egress = Egress(allow=parse_allow_list(f"127.0.0.1/32:{urlsplit(directory_url).port}"))
    network = RecordingNetwork(directory_url, egress=egress, clock=clock, ca_bundle=ca_bundle)
    session = AcmeSession(network, account_key or new_account_key(), account_url)
    renewal = AcmeRenewalInformation(network)
    return Client(clock, network, session, AcmeCa(session), renewal, AcmeRegistration(session))


def register(pebble: Pebble) -> Client:
    """Make an account at a Pebble."""
    client = connect(pebble.directory_url, ca_bundle=str(pebble.ca_bundle))
    client.registration.register("", terms_agreed=True)
    return client


def answer_all(client: Client, order: Order, challenge_type: str = "dns-01") -> None:
    """Tell the CA that every authorization's challenge of one type is ready."""
    for url in order.authorization_urls:
        challenge = client.ca.fetch_authorization(url).challenge(challenge_type)
        assert challenge is not None
        client.ca.answer(challenge.url)


def poll(fetch: Callable[[], Order], *statuses: Status) -> Order:
    """Fetch an order until it has one of the statuses, at most a minute long."""
    deadline = time.monotonic() + 60
    while (order := fetch()).status not in statuses:
        assert time.monotonic() < deadline, f"the order stayed {order.status}"
        time.sleep(0.05)
    return order


def place_order(client: Client, names: Sequence[str], profile: str, replaces: str) -> Order:
    """Place an order; Pebble notes which order a certificate is from a moment after it can be downloaded."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return client.ca.place_order(names, profile, replaces)
        except CaRefusal as refusal:
            if "could not find an order" not in refusal.sentence or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def issue(client: Client, *names: str, profile: str = "default", replaces: str = "") -> bytes:
    """Go through an order at a CA that believes everything, and return the chain."""
    order = place_order(client, names, profile, replaces)
    answer_all(client, order)
    ready = poll(lambda: client.ca.fetch_order(order.url), Status.READY)
    keys = PemKeys()
    client.ca.finalize(ready, keys.build_csr(keys.generate("ec256"), names))
    return client.ca.download(poll(lambda: client.ca.fetch_order(order.url), Status.VALID))
