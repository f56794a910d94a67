"""What docs/api.md says against what the code does: every code that can be seen, every route and its action."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/api.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "layers/certwright/certwright"
HANDLERS = ("functions/api/handler.py", "functions/keys/handler.py")

_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_BUILDERS = ("Problem", "Wait", "_bad", "_problem", "_ns_problem", "_address_problem", "_reached_problem")
"""The calls that take a code as a positional argument."""


def find_codes(tree: ast.AST) -> Iterator[str]:
    """Find the constants that are codes: `code=` and `code: …=`, and what is given to the builders of problems."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="code", value=ast.Constant(value=str(code))) if code:
                yield code
            case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                yield code
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in _BUILDERS:
                texts = (item.value for item in arguments if isinstance(item, ast.Constant))
                yield from (text for text in texts if isinstance(text, str) and _CODE.fullmatch(text))
            case ast.Return(value=ast.Tuple(elts=[ast.Constant(value=str(code)), _])) if _CODE.fullmatch(code):
                yield code  # a code, or a state, with its explanation


def all_codes() -> set[str]:
    """Find the codes of the whole package."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py"))
    return {code for tree in trees for code in find_codes(tree)}


def actions_of(handler: str) -> dict[str, str]:
    """Read a handler's table of routes and actions."""
    for node in ast.parse((ROOT / handler).read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="ACTIONS")], value=ast.Dict(keys=keys, values=values)):
                return {
                    str(ast.literal_eval(key)): value.attr.lower().replace("_", "-")
                    for key, value in zip(keys, values, strict=True)
                    if key and isinstance(value, ast.Attribute)
                }
            case _:
                continue
    raise AssertionError(f"{handler} has no table ACTIONS")


def test_the_search_finds_codes_of_every_kind() -> None:
    """The guarantee below does not hold by finding nothing."""
    found = all_codes()
    assert {"not-found", "too-many-names", "cname-missing", "same-names-in-flight", "expired", "lame"} <= found


@pytest.mark.parametrize("code", sorted(all_codes()))
def test_every_code_is_explained(code: str) -> None:
    """Whoever meets a code in a reply finds it in docs/api.md."""
    assert f"`{code}`" in DOCUMENT, f"docs/api.md does not explain {code}"


@pytest.mark.parametrize("handler", HANDLERS)
def test_every_route_is_listed_with_its_action(handler: str) -> None:
    """The table of routes says what a token must be allowed to do."""
    for route, action in actions_of(handler).items():
        method, path = route.split()
        assert re.search(rf"^\| `{method} {re.escape(path)}` \| {action} \|", DOCUMENT, re.MULTILINE), route
