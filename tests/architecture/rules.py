"""The rules of the architecture: each takes a tree and returns what breaks it, in words."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from tests.architecture.code import (
    PACKAGE,
    PRODUCTION,
    action_routes,
    handled_routes,
    imports,
    protocols,
    template_routes,
)

type Rule = Callable[[Path], list[str]]

MOST_METHODS = 5

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "functions": ("certwright.bootstrap", "certwright.domain", "certwright.flows", "certwright.web"),
    f"{PACKAGE}/web": ("certwright.domain", "certwright.flows", "certwright.ports", "certwright.web"),
    f"{PACKAGE}/flows": ("certwright.domain", "certwright.flows", "certwright.ports", "certwright.settings"),
    f"{PACKAGE}/adapters": ("certwright.adapters", "certwright.domain", "certwright.ports"),
    f"{PACKAGE}/ports": ("certwright.domain", "certwright.ports"),
    f"{PACKAGE}/settings.py": ("certwright.domain",),
    f"{PACKAGE}/domain": ("certwright.domain",),
    "dnsnode": ("certwright.domain",),
}
"""What of our own package each part may import: functions → flows → domain, adapters → domain, bootstrap wires all."""

ADAPTERS = f"{PACKAGE}/adapters"
ONLY_IN: dict[str, tuple[str, ...]] = {
    "boto3": (ADAPTERS, "dnsnode"),
    "botocore": (ADAPTERS, "dnsnode"),
    "acme": (ADAPTERS,),
    "josepy": (ADAPTERS,),
    "cryptography": (ADAPTERS,),
    "dns": (ADAPTERS,),
    "requests": (ADAPTERS,),
    "urllib3": (ADAPTERS,),
    "dnslib": ("dnsnode",),
    "aws_lambda_powertools": (f"{PACKAGE}/web", "functions"),
    "pydantic": (f"{PACKAGE}/web",),
}
"""Where a library may be imported, of what is deployed: what reaches the world, or weighs on a cold start."""

ELSEWHERE = ("local", "tests", "bench", "tools")
"""Never imported or named by what is deployed."""


def imports_point_one_way(root: Path) -> list[str]:
    """Each part imports of our own only what lies below it."""
    return [
        str(found)
        for folder, allowed in MAY_IMPORT.items()
        for found in imports(root, folder)
        if found.top == "certwright" and not found.is_of(*allowed, "certwright.__version__")
    ]


def domain_needs_the_standard_library_only(root: Path) -> list[str]:
    """Decisions are pure: nothing to install, nothing to import slowly."""
    return [
        str(found)
        for found in imports(root, f"{PACKAGE}/domain")
        if found.top not in sys.stdlib_module_names and not found.is_of("certwright.domain")
    ]


def libraries_stay_where_they_belong(root: Path) -> list[str]:
    """Keys, the network and frameworks stay outside decisions and flows."""
    return [
        str(item)
        for item in imports(root, *PRODUCTION)
        if item.top in ONLY_IN and not item.file.startswith(tuple(f"{folder}/" for folder in ONLY_IN[item.top]))
    ]


def one_module_of_the_node_reaches_aws(root: Path) -> list[str]:
    """What the node asks of AWS can be read in one place; dnsnode/start.py, which fetches its code, is not the node."""
    sources = {item.file for item in imports(root, "dnsnode/dnsnode") if item.is_of("boto3", "botocore")}
    return [f"{len(sources)} modules of the node import boto3: {sorted(sources)}"] if len(sources) > 1 else []


def every_module_belongs_to_a_part(root: Path) -> list[str]:
    """A new module can't be outside the rules; `bootstrap` may import everything."""
    parts = (*MAY_IMPORT, f"{PACKAGE}/bootstrap", f"{PACKAGE}/__init__.py")
    files = (str(file.relative_to(root)) for folder in PRODUCTION for file in sorted((root / folder).rglob("*.py")))
    return [file for file in files if not any(file == part or file.startswith(f"{part}/") for part in parts)]


def no_import_is_relative(root: Path) -> list[str]:
    """Else the other rules could be walked round."""
    return [str(item) for item in imports(root, *PRODUCTION) if item.module.startswith(".")]


def what_is_deployed_knows_nothing_of_what_is_not(root: Path) -> list[str]:
    """No import of the local system, tests or benchmarks, and no `if local`: local mode is configuration only."""
    imported = [str(item) for item in imports(root, *PRODUCTION) if item.top in ELSEWHERE]
    named = [
        f"{file.relative_to(root)} names {word.group()}"
        for folder in PRODUCTION
        for file in sorted((root / folder).rglob("*.py"))
        for word in re.finditer(r"\b(local|is_local|LOCAL)\b", file.read_text())
    ]
    return imported + named


def the_template_does_not_name_the_local_system(root: Path) -> list[str]:
    """What is deployed is the same everywhere."""
    lines = (root / "template.yaml").read_text().splitlines()
    return [f"template.yaml:{at}" for at, line in enumerate(lines, 1) if re.search(r"\blocal\b", line, re.IGNORECASE)]


def ports_are_small(root: Path) -> list[str]:
    """Five methods or fewer each, so that a fake is a small class."""
    counts = protocols(root / PACKAGE / "ports")
    return [f"{name} has {methods} methods" for name, methods in counts.items() if methods > MOST_METHODS]


def every_route_is_declared_authorized_and_handled(root: Path) -> list[str]:
    """A route stands in the template, in its handler's ACTIONS and on one of its functions, or in none of them."""
    wrong = []
    for folder, declared in sorted(template_routes(root / "template.yaml").items()):
        handler = root / folder / "handler.py"
        authorized, handled = action_routes(handler), handled_routes(handler)
        for route in sorted(declared | authorized | handled):
            missing = [
                place
                for place, routes in (("template", declared), ("ACTIONS", authorized), ("handler", handled))
                if route not in routes
            ]
            if missing:
                wrong.append(f"{folder}: {route} is not in {' and '.join(missing)}")
    return wrong


def every_function_is_deployed(root: Path) -> list[str]:
    """A handler that no function of the template runs is dead code."""
    declared = set(template_routes(root / "template.yaml"))
    folders = {str(file.parent.relative_to(root)) for file in (root / "functions").glob("*/handler.py")}
    return sorted(folders ^ declared)
