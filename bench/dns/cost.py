"""The cost side: calls to DynamoDB, counted at the node's client, idle and under load."""

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.dns.contest import Pace
from bench.dns.load import flood
from bench.dns.mix import FEW, make_labels, make_queries
from bench.dns.peers import node_command, node_environment
from bench.dns.running import pick_server, running
from local.processes import Processes

_DAY_SECONDS: Final = 86_400
_TABLES: Final = {"ANSWERS_TABLE": "answers", "NODES_TABLE": "nodes"}
_SETTLE_SECONDS: Final = 3.0


def count_calls(pace: Pace, seconds: float) -> dict[str, Counter[str]]:
    """Count the node's calls for some seconds without a query, then under a flood; returns calls a day."""
    with tempfile.TemporaryDirectory() as name, Processes(Path(name)) as processes:
        aws = processes.start("aws", [sys.executable, "-m", "local.aws"], _environment(""))
        endpoint = aws.wait_for_ready_line()["url"]
        publish = [sys.executable, "-m", "bench.dns.published", endpoint, *_TABLES.values()]
        subprocess.run(publish, env=_environment(endpoint), check=True)
        before, idle, loaded = _observe(pace, seconds, endpoint, Path(name) / "calls.json")
    share = _DAY_SECONDS / seconds
    return {
        title: Counter({call: round((after[call] - first[call]) * share) for call in after})
        for title, first, after in (("idle", before, idle), ("under load", idle, loaded))
    }


def _observe(pace: Pace, seconds: float, endpoint: str, calls: Path) -> tuple[Counter[str], Counter[str], Counter[str]]:
    server = pick_server()
    command = node_command(sys.executable, server, module="bench.dns.counted_node")
    environment = {**_environment(endpoint), "BENCH_CALLS": str(calls)}
    queries = make_queries(make_labels(FEW), pace.queries)
    with running(command, server, [pace.server_core], pace.priority, environment):
        time.sleep(_SETTLE_SECONDS)
        before = _read(calls)
        time.sleep(seconds)
        idle = _read(calls)
        flood(server, queries, seconds)
        return before, idle, _read(calls)


def _environment(endpoint: str) -> Mapping[str, str]:
    credentials = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    region = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1"}
    url = {"AWS_ENDPOINT_URL": endpoint} if endpoint else {}
    return {**node_environment(), **credentials, **region, **_TABLES, **url}


def _read(calls: Path) -> Counter[str]:
    return Counter(json.loads(calls.read_text()))
