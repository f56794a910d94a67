"""What strangers do to the node over the network, and that real names are answered meanwhile."""

import resource
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import batched
from pathlib import Path
from random import Random
from struct import pack
from threading import Thread

import pytest

from tests.integration.dnsnode.samples import RECORDS, UUID, ZONE
from tests.support.dns_client import Response, ask, build_opt, build_query, receive_tcp
from tests.support.eventually import eventually
from tests.support.node_process import NodeProcess, write_records

NAME = f"{UUID}.{ZONE}"
ANSWERS = ["another", "value"]
REQUEST = b"GET /.well-known/acme-challenge/token-1 HTTP/1.1\r\nHost: www.example.test\r\n\r\n"
MOST_CONNECTIONS = 1000
MIB = 1 << 20


class LoneNode(NodeProcess):
    """A node with one worker, whose memory and descriptors are watched."""

    @property
    def worker(self) -> int:
        """The id of the worker."""
        (worker,) = self.workers()
        return worker

    def count_descriptors(self) -> int:
        """Tell how many descriptors the worker has open."""
        return len(list(Path(f"/proc/{self.worker}/fd").iterdir()))

    def memory(self) -> int:
        """Tell the worker's resident memory, in bytes."""
        return int(Path(f"/proc/{self.worker}/statm").read_text().split()[1]) * resource.getpagesize()

    def fetch(self) -> bytes:
        """Ask for the HTTP-01 body."""
        with socket.create_connection(self.http, 10) as sock:
            sock.sendall(REQUEST)
            return sock.makefile("rb").read().rpartition(b"\r\n")[2]

    def check_served(self) -> None:
        """Ask for what is real, each way."""
        assert ask(self.dns, NAME).answers == ANSWERS
        assert ask(self.dns, NAME, transport="tcp").answers == ANSWERS
        assert self.fetch() == b"token-1.thumbprint"


@contextmanager
def lone_node(folder: Path, *options: str) -> Iterator[LoneNode]:
    """A node that is the same after all that was done to it: its worker, descriptors and log."""
    records = write_records(folder / "records.json", RECORDS)
    with LoneNode(folder / "log", "--rate-limit", "0", *options, records=records) as node:
        worker, before, log = node.worker, node.count_descriptors(), node.log.read_text()
        yield node
        node.check_served()
        eventually(node.count_descriptors, before)
        assert node.worker == worker
        assert node.log.read_text() == log


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[LoneNode]:
    """A node that leaves connections open for a minute."""
    with lone_node(tmp_path, "--tcp-idle-seconds", "60") as node:
        yield node


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[LoneNode]:
    """A node that gives two seconds for a message and its response."""
    with lone_node(tmp_path, "--tcp-idle-seconds", "2") as node:
        yield node


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    """Let this process open some thousand connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 3 * MOST_CONNECTIONS:
        pytest.skip(f"needs {3 * MOST_CONNECTIONS} open files, the hard limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3 * MOST_CONNECTIONS), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def connections(server: tuple[str, int], count: int, sent: bytes = b"") -> Iterator[list[socket.socket]]:
    """Open connections, and say the same on each."""
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.create_connection(server, 10)) for _ in range(count)]
        for sock in opened:
            sock.sendall(sent)
        yield opened


def random_name(random: Random) -> bytes:
    """Ask for a name that hardly anybody asked for before."""
    label = str(uuid.UUID(int=random.getrandbits(128))) if random.random() < 0.5 else f"{random.getrandbits(64):x}"
    return build_query(f"{label}.{ZONE}", random.choice(("TXT", "A", "ANY", 4711)), opt=build_opt())


def garbage(random: Random) -> bytes:
    """Random bytes, or a query with some of its bytes replaced."""
    if random.random() < 0.5:
        return random.randbytes(random.randrange(600))
    query = bytearray(build_query(NAME, opt=build_opt(options=b"\0\x0a\0\x08cookie--")))
    for _ in range(random.randrange(1, 6)):
        query[random.randrange(len(query))] = random.getrandbits(8)
    return bytes(query[: random.randrange(1, len(query) + 1)])


@pytest.mark.parametrize("make", [random_name, garbage])
def test_a_flood_over_udp_drowns_no_real_query(patient: LoneNode, make: Callable[[Random], bytes]) -> None:
    """Ten thousand packets; a real name is asked for behind each fifty, and answered every time."""
    random = Random(8)
    memory = patient.memory()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(patient.dns)
        for burst in batched((make(random) for _ in range(10_000)), 50, strict=True):
            for packet in burst:
                sock.send(packet)
            assert ask(patient.dns, NAME).answers == ANSWERS
    assert patient.memory() - memory < 16 * MIB


@pytest.mark.parametrize("sent", [b"", b"\0\x20half"], ids=["nothing", "half a query"])
def test_a_thousand_idle_connections_shut_nobody_out(patient: LoneNode, many_descriptors: None, sent: bytes) -> None:
    """More than a port holds, from one address: fresh ones are served at once, and memory is bounded."""
    memory, descriptors = patient.memory(), patient.count_descriptors()
    with (
        connections(patient.dns, MOST_CONNECTIONS + 200, sent),
        connections(patient.http, MOST_CONNECTIONS + 200, b"GET /"),
    ):
        for _ in range(20):
            patient.check_served()
        assert patient.count_descriptors() <= descriptors + 2 * MOST_CONNECTIONS
        assert patient.memory() - memory < 16 * MIB


def test_one_address_does_not_push_out_anothers_idle_connection(patient: LoneNode, many_descriptors: None) -> None:
    """A resolver's connection outlives a stranger who opens more than a port holds."""
    query = build_query(NAME)
    with socket.create_connection(patient.dns, 10, source_address=("127.0.0.2", 0)) as resolver:
        with connections(patient.dns, MOST_CONNECTIONS + 200):
            patient.check_served()
        resolver.sendall(len(query).to_bytes(2) + query)
        assert Response(receive_tcp(resolver)).answers == ANSWERS


def test_who_reads_late_gets_every_response_in_order(patient: LoneNode) -> None:
    """Ten thousand queries are sent before the first response is read; none is lost, and the node holds few of them."""
    queries = [build_query(NAME, message_id=number) for number in range(10_000)]
    memory = patient.memory()
    with socket.create_connection(patient.dns, 30) as sock:
        sent = b"".join(len(query).to_bytes(2) + query for query in queries)
        sender = Thread(target=sock.sendall, args=(sent,))
        sender.start()
        patient.check_served()
        assert patient.memory() - memory < 16 * MIB
        with sock.makefile("rb") as stream:
            for number in range(10_000):
                response = stream.read(int.from_bytes(stream.read(2)))
                assert (int.from_bytes(response[:2]), response[7]) == (number, len(ANSWERS))
        sender.join()


def test_who_never_reads_is_cut_off(hasty: LoneNode) -> None:
    """Fifty connections that send queries and take no response: little is kept for them, and not for long."""
    block = (len(query := build_query(NAME)).to_bytes(2) + query) * 100
    memory = hasty.memory()
    with connections(hasty.dns, 50) as opened:
        for sock in opened:
            sock.setblocking(False)
        standing = set(opened)
        for _ in range(20_000):
            for sock in list(standing):
                try:
                    sock.send(block)
                except BlockingIOError:
                    continue
                except OSError:
                    standing.remove(sock)
            if not standing:
                break
            assert ask(hasty.dns, NAME).answers == ANSWERS
        assert not standing
        assert hasty.memory() - memory < 16 * MIB


def test_long_messages_that_never_come_take_no_memory(hasty: LoneNode) -> None:
    """Five hundred connections that announce 65,535 bytes and send a few, then nothing."""
    memory = hasty.memory()
    with connections(hasty.dns, 500, b"\xff\xff" + build_query(NAME)):
        hasty.check_served()
        assert hasty.memory() - memory < 16 * MIB
        eventually(lambda: hasty.count_descriptors() < 500, True)


def test_a_long_message_gets_a_format_error_and_is_the_last(patient: LoneNode) -> None:
    """It is not read to its end before it is refused, and the refusal arrives."""
    with socket.create_connection(patient.dns, 10) as sock:
        sock.sendall(b"\xff\xff" + build_query(NAME).ljust(65_535, b"\0"))
        assert Response(receive_tcp(sock)).rcode == "FORMERR"
        assert sock.recv(1) == b""


def test_connections_that_come_and_go_leave_nothing_behind(patient: LoneNode) -> None:
    """Closed, half-closed or reset, at any moment of a conversation."""
    query = build_query(NAME)
    whole = len(query).to_bytes(2) + query
    for server, sent in ((patient.dns, whole), (patient.http, REQUEST)):
        for size in (0, 1, 20, len(sent)):
            for is_reset in (True, False) * 20:
                with socket.create_connection(server, 10) as sock:
                    sock.sendall(sent[:size])
                    if is_reset:
                        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", 1, 0))
                    else:
                        sock.shutdown(socket.SHUT_WR)
                        assert bool(sock.makefile("rb").read()) == (size == len(sent))
    patient.check_served()


def test_without_descriptors_the_node_goes_on(tmp_path: Path) -> None:
    """UDP is not touched; idle connections make room for fresh ones; one line tells the operator; later all is well."""
    with lone_node_told(tmp_path) as node:
        limits = resource.prlimit(node.worker, resource.RLIMIT_NOFILE)
        few = node.count_descriptors() + 5
        resource.prlimit(node.worker, resource.RLIMIT_NOFILE, (few, limits[1]))
        with connections(node.dns, 100), ExitStack() as waiting:
            for _ in range(20):
                assert ask(node.dns, NAME).answers == ANSWERS
                assert ask(node.dns, NAME, transport="tcp").answers == ANSWERS
            requests = [waiting.enter_context(socket.create_connection(node.http, 30)) for _ in range(5)]
            for sock in requests:
                sock.sendall(REQUEST)
            assert node.count_descriptors() <= few
            resource.prlimit(node.worker, resource.RLIMIT_NOFILE, limits)
            for sock in requests:
                assert sock.makefile("rb").read().endswith(b"token-1.thumbprint")
        node.check_served()


@contextmanager
def lone_node_told(folder: Path) -> Iterator[LoneNode]:
    """A node that logs one line, about open files."""
    records = write_records(folder / "records.json", RECORDS)
    with LoneNode(folder / "log", "--tcp-idle-seconds", "60", records=records) as node:
        before = node.log.read_text()
        yield node
        lines = node.log.read_text().removeprefix(before).splitlines()
        assert [line for line in lines if "open files" not in line] == []
        assert 1 <= len(lines) <= 2, "one for each port"
