"""What docs/api.md says against what the code does: every route and its action."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/api.md").read_text(encoding="utf-8")
HANDLERS = ("functions/api/handler.py", "functions/keys/handler.py")


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


@pytest.mark.parametrize("handler", HANDLERS)
def test_every_route_is_listed_with_its_action(handler: str) -> None:
    """The table of routes says what a token must be allowed to do."""
    for route, action in actions_of(handler).items():
        method, path = route.split()
        assert re.search(rf"^\| `{method} {re.escape(path)}` \| {action} \|", DOCUMENT, re.MULTILINE), route
