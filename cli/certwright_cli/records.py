"""The records a certificate or zone needs: as a table, and as lines of a zone file to paste."""

from collections.abc import Mapping, Sequence

from certwright_cli.connection import Json
from certwright_cli.output import Output, clean

TTL_SECONDS = 300
_NAMES = ("NS", "CNAME")


def show_records(output: Output, records: Sequence[Json], problems: Sequence[Json] = ()) -> None:
    """Print records twice; those that a problem of the last look is about are marked."""
    subjects = {problem.get("subject"): problem.get("code", "") for problem in problems}
    rows = [(item["type"], item["name"], item["value"], subjects.get(item["name"], "")) for item in records]
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
