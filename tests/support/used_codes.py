"""The codes that the package and the functions use, found in its source: what the registry of codes must have."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [
    path for part in ("layers/certwright/certwright", "functions") for path in sorted((ROOT / part).rglob("*.py"))
]
STATES = frozenset({"deleting", "waiting", "issuing", "failing", "issued", "renewing", "expired", "passed", "failed"})
"""Returned with a sentence, as some codes are; docs/api.md has them."""

_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_BUILDERS = ("Problem", "Wait", "_bad", "_problem", "_ns_problem", "_address_problem", "_reached_problem")
"""The calls that take a code as a positional argument."""


@dataclass(frozen=True)
class Use:
    """A code at one place: `pattern` matches it, `actor` is who is said to act beside it, empty where nobody is."""

    pattern: str
    actor: str
    place: str


@cache
def all_uses() -> tuple[Use, ...]:
    """Find the codes of all that is deployed but the node."""
    return tuple(use for path in SOURCES for use in find_uses(path.read_text("utf-8"), str(path.relative_to(ROOT))))


def find_uses(source: str, file: str) -> Iterator[Use]:
    """Find what is given as `code=`, assigned to `code`, or handed to the builders of problems."""
    for node in ast.walk(ast.parse(source)):
        place = f"{file}:{getattr(node, 'lineno', 0)}"
        match node:
            case ast.Assign(targets=[ast.Name(id="code")], value=value):
                yield from _uses(value, "", place)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
                actor = _actor([*arguments, *(keyword.value for keyword in keywords)])
                codes = [keyword.value for keyword in keywords if keyword.arg == "code"]
                codes += arguments if name in _BUILDERS else []
                for value in codes:
                    yield from _uses(value, actor, place)
            case ast.Return(value=ast.Tuple(elts=[ast.Constant() as value, _])):
                yield from _uses(value, "", place)
            case _:
                continue


def _uses(value: ast.expr, actor: str, place: str) -> Iterator[Use]:
    match value:
        case ast.Constant(value=str(code)) if _CODE.fullmatch(code) and code not in STATES:
            yield Use(re.escape(code), actor, place)
        case ast.JoinedStr(values=[ast.Constant(value=str(first)), *_] as parts) if _CODE.fullmatch(first.rstrip("-")):
            yield Use("".join(_pattern(part) for part in parts), actor, place)
        case ast.JoinedStr(values=[_, ast.Constant(value=str(last))]) if re.fullmatch(r"(-[a-z0-9]+)+", last):
            yield Use(r"[A-Za-z0-9-]+" + re.escape(last), actor, place)
        case ast.IfExp(body=body, orelse=otherwise):
            yield from _uses(body, actor, place)
            yield from _uses(otherwise, actor, place)
        case _:
            return


def _pattern(part: ast.expr) -> str:
    return re.escape(part.value) if isinstance(part, ast.Constant) and isinstance(part.value, str) else "[A-Za-z0-9-]+"


def _actor(arguments: list[ast.expr]) -> str:
    """Read who is said to act where it is written out as `Actor.USER`."""
    for argument in arguments:
        match argument:
            case ast.Attribute(value=ast.Name(id="Actor"), attr=name):
                return name.lower()
            case _:
                continue
    return ""
