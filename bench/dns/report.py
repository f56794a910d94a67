"""The results as Markdown tables."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from bench.dns.contest import Results

_REFERENCE = "NSD"


def write_servers(results: Mapping[str, Results]) -> str:
    """Write the servers beside NSD, or beside the first where that is missing."""
    reference = _find_reference(results)
    rows = [
        [
            name,
            f"{found.median('per_second'):,.0f}",
            _ratio(found.median("per_second"), reference.median("per_second")),
            f"{found.median('cpu_us'):.2f}",
            _ratio(reference.median("cpu_us"), found.median("cpu_us")),
        ]
        for name, found in results.items()
    ]
    return _write(["server", "q/s", "of NSD", "µs CPU a query", "of NSD by CPU"], rows)


def write_variants(results: Mapping[str, Results]) -> str:
    """Write each circumstance beside the first."""
    first = _first(results)
    rows = [
        [
            name,
            f"{found.median('per_second'):,.0f}",
            f"{found.median('cpu_us'):.2f}",
            _ratio(first.median("cpu_us"), found.median("cpu_us")),
            f"{found.memory_mib:,.0f}",
            f"{found.start_seconds:.1f}",
            f"{found.truncated:,}",
        ]
        for name, found in results.items()
    ]
    return _write(["", "q/s", "µs CPU a query", "rate by CPU", "MiB", "s to start", "truncated"], rows)


def write_latencies(results: Mapping[str, Results]) -> str:
    """Write the latencies at 2,000 queries a second, beside NSD's or the first's."""
    reference = _find_reference(results)
    rows = [
        [
            name,
            f"{found.median('p50'):.0f}",
            f"{found.median('p99'):.0f}",
            _ratio(found.median("p99"), reference.median("p99")),
        ]
        for name, found in results.items()
    ]
    return _write(["", "p50 µs", "p99 µs", "p99, ratio"], rows)


def write_calls(calls: Mapping[str, Counter[str]]) -> str:
    """Write calls to DynamoDB a day."""
    operations = sorted({operation for counted in calls.values() for operation in counted})
    rows = [[operation, *(f"{counted[operation]:,}" for counted in calls.values())] for operation in operations]
    rows.append(["together", *(f"{counted.total():,}" for counted in calls.values())])
    return _write(["calls to DynamoDB a day", *calls], rows)


def _find_reference(results: Mapping[str, Results]) -> Results:
    return next((found for name, found in results.items() if name.startswith(_REFERENCE)), _first(results))


def _first(results: Mapping[str, Results]) -> Results:
    return next(iter(results.values()))


def _ratio(part: float, whole: float) -> str:
    return f"{part / whole:.2f}" if whole and not math.isnan(whole) else "-"


def _write(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *("--:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
