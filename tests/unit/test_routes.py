"""Template, tables of actions and handlers name the same routes."""

import ast
from pathlib import Path

import pytest

from local.template import load

ROOT = Path(__file__).parents[2]
FUNCTIONS = {"ApiFunction": "functions/api/handler.py", "KeysFunction": "functions/keys/handler.py"}


def find_action_routes(tree: ast.Module) -> set[str]:
    """Read the keys of the table ACTIONS."""
    return {
        str(ast.literal_eval(key))
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for key in node.value.keys
        if key
    }


def find_handled_routes(tree: ast.Module) -> set[str]:
    """Read the routes of the decorators, in the template's way of writing them."""
    decorators = (item for node in tree.body if isinstance(node, ast.FunctionDef) for item in node.decorator_list)
    return {
        f"{call.func.attr.upper()} {str(ast.literal_eval(call.args[0])).replace('<', '{').replace('>', '}')}"
        for call in decorators
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_routed_is_authorized_and_handled(function: str) -> None:
    """No route is deployed without an action, none has an action without being deployed or handled."""
    tree = ast.parse((ROOT / FUNCTIONS[function]).read_text(encoding="utf-8"))
    routed = {f"{route.method} {route.path}" for route in load().routes if route.function == function}
    assert routed == find_action_routes(tree) == find_handled_routes(tree)


def test_no_other_function_is_reachable_and_nothing_is_routed_by_default() -> None:
    """The edge looks up the route key: a catch-all would give every path the same one."""
    routes = load().routes
    assert {route.function for route in routes} == set(FUNCTIONS)
    assert not [route for route in routes if route.method == "ANY" or "$default" in route.path or "+" in route.path]
