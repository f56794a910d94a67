"""What the node tells of itself, on its private port and in its log, against what was sent to it."""

import http.client
import json
import os
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from certwright.domain.answer import TxtAnswer, encode_answer
from dnsnode.metrics import METRICS
from tests.integration.dnsnode.samples import EMPTY_UUID, OTHER, RECORDS, UUID, ZONE
from tests.support.blind_world import ANSWER, World, fetch, serving_world
from tests.support.dns_client import ask, build_opt, build_query, exchange, receive_tcp, send_udp
from tests.support.eventually import eventually
from tests.support.faulty_tables import Cut, FaultyTables
from tests.support.metric_formats import read_emf, read_exposition
from tests.support.node_process import NodeProcess, Server, write_records

MANY = "99999999-2222-4333-8444-555555555555"
NAME = f"{UUID}.{ZONE}"
TRAFFIC = [  # query, outcome
    (build_query(NAME), "answer"),
    (build_query(NAME, "A"), "nodata"),
    (build_query(f"{EMPTY_UUID}.{ZONE}"), "nodata"),
    (build_query(f"www.{ZONE}"), "nxdomain"),
    (build_query(f"www.{ZONE}", opt=build_opt()), "nxdomain"),
    (build_query("elsewhere.org"), "refused"),
    (build_query(OTHER, "AXFR"), "refused"),
    (build_query(NAME, opt=build_opt(version=1)), "badvers"),
    (build_query(NAME) + b"more", "formerr"),
    (build_query(NAME, flags=0x2000), "notimp"),
]
OUTCOMES = Counter(outcome for _, outcome in TRAFFIC)

type Values = dict[tuple[str, ...], float]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A ready node with two workers, one answer of which is too long for UDP."""
    folder = tmp_path_factory.mktemp("node")
    long = {f"{MANY}.{ZONE}.": [f"{number:02d}{'x' * 200}" for number in range(10)]}
    records = write_records(folder / "records.json", RECORDS | {"txt": RECORDS["txt"] | long})  # type: ignore[operator]
    with NodeProcess(folder / "log", records=records, processes=2) as node:
        yield node


def scrape(server: Server) -> Values:
    """Read all metrics, by name without the prefix and then by label values in the order of the labels' names."""
    text = fetch(f"http://{server[0]}:{server[1]}/metrics")
    assert isinstance(text, str)
    return {
        (name.removeprefix("dnsnode_"), *(value for _, value in sorted(labels))): value
        for name, family in read_exposition(text).items()
        for labels, value in family.samples.items()
    }


def request(server: Server, method: str, path: str) -> tuple[int, dict[str, str], str]:
    """Ask the private port; returns status, fields and body."""
    connection = http.client.HTTPConnection(*server, timeout=20)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()
    finally:
        connection.close()


@contextmanager
def serving_tables_cut(endpoint: str, folder: Path, health: Server) -> Iterator[NodeProcess]:
    """Start a node whose tables are out of reach."""
    with FaultyTables(endpoint) as tables:
        tables.break_with(lambda _: Cut())
        environment = World(endpoint, tables, folder).environment
        options = ("--health", f"{health[0]}:{health[1]}")
        with NodeProcess(folder / "log", *options, environment=environment, wait=False) as node:
            yield node


def fetch_token(node: NodeProcess, token: str, host: str) -> int:
    """Ask for an HTTP-01 body; returns the status."""
    connection = http.client.HTTPConnection(*node.http, timeout=20)
    try:
        connection.request("GET", f"/.well-known/acme-challenge/{token}", headers={"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()


def added(before: Values, after: Values) -> Values:
    """Tell which counters have moved, and by how much."""
    moved = {key: value - before.get(key, 0) for key, value in after.items() if key[0].endswith("_total")}
    return {key: value for key, value in moved.items() if value}


def test_queries_are_counted_by_protocol_and_outcome(node: NodeProcess) -> None:
    """Each message that any worker got is counted once, under what its sender got."""
    before = scrape(node.health)
    for query, _ in TRAFFIC * 5:  # each from a new port, so that both workers are asked
        exchange(node.dns, query)
    for query, _ in TRAFFIC * 2:
        exchange(node.dns, query, "tcp")
    expected = Counter({("dns_queries_total", outcome, "udp"): 5 * number for outcome, number in OUTCOMES.items()})
    expected += Counter({("dns_queries_total", outcome, "tcp"): 2 * number for outcome, number in OUTCOMES.items()})
    assert added(before, scrape(node.health)) == expected


def test_silence_and_truncation_are_counted(node: NodeProcess) -> None:
    """A response sent to us gets none; a long answer is cut over UDP and whole over TCP."""
    before = scrape(node.health)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(node.dns)
        sock.send(build_query(NAME, flags=0x8000))
        sock.settimeout(20)
        sock.send(build_query(f"{MANY}.{ZONE}"))  # answered after it, by the same worker
        assert sock.recv(4096)[2] & 0x02
    assert len(exchange(node.dns, build_query(f"{MANY}.{ZONE}"), "tcp").answers) == 10
    moved = added(before, scrape(node.health))
    assert moved["dns_queries_total", "silent", "udp"] == 1
    assert moved["dns_truncated_total",] == 1
    assert moved["dns_queries_total", "answer", "tcp"] == 1


def test_http_requests_are_counted_by_status(node: NodeProcess) -> None:
    """For both workers together."""
    before = scrape(node.health)
    assert [fetch_token(node, "token-1", "www.example.test") for _ in range(6)] == [200] * 6
    assert [fetch_token(node, "unknown", "www.example.test") for _ in range(4)] == [404] * 4
    moved = added(before, scrape(node.health))
    assert moved == {("http_requests_total", "200"): 6, ("http_requests_total", "404"): 4}


def test_open_connections_are_told(node: NodeProcess) -> None:
    """They come and go."""
    with socket.create_connection(node.dns, 20) as sock:
        query = build_query(NAME)
        sock.sendall(len(query).to_bytes(2) + query)
        assert receive_tcp(sock)
        assert scrape(node.health)["tcp_connections", "dns"] == 1
    eventually(lambda: scrape(node.health)["tcp_connections", "dns"], 0)


def test_what_is_served_is_told(node: NodeProcess) -> None:
    """Names and tokens, zones, workers, and that nothing is amiss."""
    values = scrape(node.health)
    assert values["live_answers",] == len(RECORDS["txt"]) + 1 + len(RECORDS["http"])
    assert (values["zones",], values["workers",], values["ready",]) == (2, 2, 1)
    assert (values["generation_lag",], values["skipped_items",], values["worker_restarts_total",]) == (0, 0, 0)
    assert values["snapshot_age_seconds",] >= 0


def test_every_metric_is_told_and_explained(node: NodeProcess) -> None:
    """The exposition has no other metrics, and its labels only values that no client chose."""
    status, fields, text = request(node.health, "GET", "/metrics")
    families = read_exposition(text)
    expected = {f"dnsnode_{metric.name}{'_total' if metric.kind == 'counter' else ''}" for metric in METRICS}
    assert set(families) == expected - ({"dnsnode_http_requests_total"} - set(families))
    assert (status, fields["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert sum(len(family.samples) for family in families.values()) < 50


def test_only_health_and_metrics_are_on_the_private_port(node: NodeProcess) -> None:
    """Everything else is 404, other methods are 405, garbage is 400, and HEAD has no body."""
    assert [request(node.health, "GET", path)[0] for path in ("/", "/healthz", "/metrics/", "/health?x=1")] == [
        404, 404, 404, 200
    ]  # fmt: skip
    status, fields, _ = request(node.health, "POST", "/health")
    assert (status, fields["Allow"]) == (405, "GET, HEAD")
    status, fields, body = request(node.health, "HEAD", "/metrics")
    assert (status, body) == (200, "")
    assert int(fields["Content-Length"]) > 500
    with socket.create_connection(node.health, 20) as sock:
        sock.sendall(b"nonsense\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 400 ")


def test_counters_do_not_go_back_when_a_worker_dies(tmp_path: Path) -> None:
    """What the dead had told stays counted, and its replacement counts on."""
    records = write_records(tmp_path / "records.json", RECORDS)
    with NodeProcess(tmp_path / "log", records=records) as node:
        for _ in range(7):
            ask(node.dns, NAME)
        assert scrape(node.health)["dns_queries_total", "answer", "udp"] == 7
        os.kill(node.workers()[0], signal.SIGKILL)
        eventually(lambda: scrape(node.health)["worker_restarts_total",], 1)
        eventually(lambda: scrape(node.health)["workers",], 1)
        eventually(lambda: ask(node.dns, NAME).answers, ["another", "value"])
        assert scrape(node.health)["dns_queries_total", "answer", "udp"] >= 8


def test_lines_for_cloudwatch_add_up_to_what_was_sent(tmp_path: Path) -> None:
    """Counters are told as what was added, as a sum and beside it by labels; the last line comes when the node ends."""
    records = write_records(tmp_path / "records.json", RECORDS)
    options = ("--metrics-seconds", "0.3", "--metrics-namespace", "Certwright/test")
    with NodeProcess(tmp_path / "log", *options, records=records, processes=2) as node:
        assert node.process.stdout
        lines = []
        for query, _ in TRAFFIC:
            send_udp(node.dns, query)
            lines.append(node.process.stdout.readline())  # so that the traffic falls into several intervals
        assert fetch_token(node, "token-1", "www.example.test") == 200
        node.process.terminate()
        lines += node.process.stdout.readlines()
        assert node.process.wait(30) == 0
    told: Counter[str] = Counter()
    by_label: Counter[str] = Counter()
    for line in lines:
        document = json.loads(line)
        assert document["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Certwright/test"
        by_label.update(document["more"].get("DnsQueries", {}))
        for name, dimensions, value in read_emf(line.decode().rstrip("\n")):
            assert dimensions == {"service": "node"}
            told[name] += int(value)
    assert by_label == Counter({f"udp_{outcome}": number for outcome, number in OUTCOMES.items()})
    assert (told["DnsQueries"], told["HttpRequests"]) == (len(TRAFFIC), 1)


def test_a_line_for_cloudwatch_has_every_gauge(tmp_path: Path) -> None:
    """Alarms go by them, and no data is an alarm."""
    records = write_records(tmp_path / "records.json", RECORDS)
    with NodeProcess(tmp_path / "log", records=records) as node:
        assert node.process.stdout
        node.process.terminate()
        lines = [line.decode().rstrip("\n") for line in node.process.stdout][-1:]
    told = {name: value for line in lines for name, _, value in read_emf(line)}
    assert {"SnapshotAge", "GenerationLag", "SkippedItems", "WorkerRestarts"} <= set(told)
    more = json.loads(lines[0])["more"]
    assert (more["LiveAnswers"], more["Zones"], more["Workers"]) == (len(RECORDS["txt"]) + len(RECORDS["http"]), 2, 1)


def test_without_an_interval_no_metrics_are_written(tmp_path: Path) -> None:
    """Standard output has the ready line only."""
    records = write_records(tmp_path / "records.json", RECORDS)
    with NodeProcess(tmp_path / "log", "--metrics-seconds", "0", records=records) as node:
        assert node.process.stdout
        node.process.terminate()
        assert node.process.stdout.read() == b""


@pytest.fixture(scope="module")
def world(moto_endpoint: str, aws_variables: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A node that serves from tables."""
    with serving_world(moto_endpoint, tmp_path_factory.mktemp("world")) as world:
        yield world


def gauge(world: World, name: str) -> float:
    """Read one gauge of the node that serves from tables."""
    return scrape(world.node.health)[name,]


def test_a_skipped_item_is_told_until_it_is_gone(world: World) -> None:
    """It is counted, and its shard is behind: what is put there is not acknowledged."""
    assert (gauge(world, "skipped_items"), gauge(world, "generation_lag")) == (0, 0)
    bad = {**encode_answer(ANSWER), "sk": "txt#bad", "value": "x" * 300}
    world.writer.put_raw(bad)
    wanted = world.writer.publish(ANSWER)
    eventually(partial(gauge, world, "skipped_items"), 1)
    assert gauge(world, "generation_lag") == 1
    world.writer.delete_raw({"pk": str(bad["pk"]), "sk": "txt#bad"})
    world.await_visible(wanted)
    eventually(partial(gauge, world, "generation_lag"), 0)
    assert gauge(world, "skipped_items") == 0


def test_the_snapshot_ages_while_the_tables_are_out_of_reach(world: World) -> None:
    """The age grows until a read is complete again; the node is healthy all the time."""
    world.tables.break_with(lambda _: Cut())
    eventually(lambda: gauge(world, "snapshot_age_seconds") > 2, expected=True)
    assert isinstance(world.health(), str)
    world.tables.mend()
    eventually(lambda: gauge(world, "snapshot_age_seconds") < 2, expected=True)


def test_live_answers_follow_the_tables(world: World) -> None:
    """Publications and withdrawals are seen in the count."""
    before = gauge(world, "live_answers")
    answer = TxtAnswer(f"{MANY}.{ZONE}", "value", "att_2", 4_000_000_000)
    world.await_visible(world.writer.publish(answer))
    assert gauge(world, "live_answers") == before + 1
    world.writer.withdraw(answer)
    eventually(partial(gauge, world, "live_answers"), before)


def test_the_private_port_answers_before_the_node_is_ready(
    moto_endpoint: str, aws_variables: None, tmp_path: Path
) -> None:
    """A node whose tables are out of reach says it is not ready, and shows its metrics."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server: Server = probe.getsockname()
    with serving_tables_cut(moto_endpoint, tmp_path, server) as node:
        eventually(lambda: fetch(f"http://{server[0]}:{server[1]}/health"), 503)
        values = scrape(server)
        assert (values["ready",], values["workers",]) == (0, 0)
        assert ("snapshot_age_seconds",) not in values
        node.process.terminate()
        assert node.process.wait(30) == 0
