"""The records a certificate or zone needs: as a table, and as lines of a zone file to paste."""

from collections.abc import Mapping, Sequence

from certwright_cli.connection import Json
from certwright_cli.output import Output, clean

TTL_SECONDS = 300
_NAMES = ("NS", "CNAME")


def show_records(output: Output, records: Sequence[Json], codes: Mapping[str, str] | None = None) -> None:
    """Print records twice; `codes` has what the last look found wrong, by name."""
    rows = [(item["type"], item["name"], item["value"], (codes or {}).get(item["name"], "")) for item in records]
    header = ("TYPE", "NAME", "VALUE", "LAST LOOK")
    width = 4 if any(row[3] for row in rows) else 3
    output.table(header[:width], [row[:width] for row in rows], indent="  ")
    output.line()
    output.line("As lines of a zone file:")
    output.line()
    for record in records:
        output.line(f"  {zone_line(record)}")


def zone_line(record: Mapping[str, str]) -> str:
    """Write a record as a line of a zone file (RFC 1035 §5.1), with absolute names."""
    kind, value = record["type"], clean(record["value"])
    if kind in _NAMES:
        value = f"{value.rstrip('.')}."
    elif kind == "TXT":
        value = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{clean(record['name']).rstrip('.')}. {TTL_SECONDS} IN {clean(kind)} {value}"


def problems_of(certificate: Json) -> list[Json]:
    """List what the last look found wrong, one problem an identifier at most."""
    found = [check["problem"] for check in certificate["checks"] if check["problem"]]
    main = certificate["problem"]
    return [*found, *([main] if main and main not in found else [])]


def codes_of(certificate: Json) -> dict[str, str]:
    """Tell what the last look found wrong at which name."""
    problems = {problem["subject"]: problem["code"] for problem in problems_of(certificate) if problem["subject"]}
    hops = [hop for check in certificate["checks"] for hop in check.get("hops") or []]
    return {**{hop["name"]: hop["code"] for hop in hops if hop["code"]}, **problems}
