"""Makes docs/errors.md from the registry of codes: `python -m tools.errors`; --check tells whether it is stale."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "layers/certwright"))

from certwright.domain.codes import CODES, Code, Where  # noqa: E402 - found by the path above
from certwright.domain.problem import Actor  # noqa: E402

PAGE = ROOT / "docs/errors.md"
ACTORS = {
    Actor.USER: "you",
    Actor.OPERATOR: "an operator",
    Actor.CA: "the CA",
    Actor.US: "us",
}

HEAD = """\
# Errors

Made from the code by `python -m tools.errors`. Each problem of a certificate and each refused request has one of these
codes, a sentence for people with the exact names and records, and for a certificate the evidence: `wanted` against
`found`, the hop where it breaks, the CA's own problem document, and when it is tried next. Nothing is given up: what
is ours or the CA's to mend is tried again by itself.
"""

_RECORDS = """\
What the world sees of a name, or what shows whose it is. Codes of requests that concern rights (`name-held`,
`name-not-granted`, `owner-inactive`) appear here too, when rights changed after the request."""

_ISSUANCE = """\
What happened to an attempt. `ca-<type>` is the CA's own type of problem (RFC 8555 §6.7); its words are in `ca_problem`,
and of several names it says which failed. “During secondary validation” means that only some of the CA's places around
the world saw something wrong: a firewall that shuts countries out, answers that differ by place, or a name server that
lags behind."""

SECTIONS = {
    Where.REQUEST: ("Requests", "What the API refuses. `field` names what is to blame."),
    Where.RECORDS: ("Records", _RECORDS),
    Where.ISSUANCE: ("The CA and ourselves", _ISSUANCE),
    Where.REASON: ("Reasons without a problem", "What a certificate waits for, or that all is well."),
}


def build_page() -> str:
    """Write the page."""
    parts = [HEAD]
    for where, (title, text) in SECTIONS.items():
        codes = [code for code in CODES if code.where is where]
        parts.append(f"## {title}\n\n{text}\n\n{_table(codes, has_actors=where is not Where.REASON)}\n")
    return "\n".join(parts)


def _table(codes: list[Code], *, has_actors: bool) -> str:
    head = (
        "| code | meaning | who acts | what to do |\n|---|---|---|---|"
        if has_actors
        else "| code | meaning |\n|---|---|"
    )
    return "\n".join([head, *(_row(code, has_actors=has_actors) for code in codes)])


def _row(code: Code, *, has_actors: bool) -> str:
    cells = [f"`{code.code}`", code.meaning]
    if has_actors:
        cells += [" or ".join(ACTORS[actor] for actor in code.actors), code.remedy]
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Write the page, or tell that it is stale."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing; fail where the page is stale")
    if not arguments.parse_args().check:
        PAGE.write_text(build_page(), encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == build_page():
        return 0
    sys.stderr.write("docs/errors.md is not what the code says: run `make errors`.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
