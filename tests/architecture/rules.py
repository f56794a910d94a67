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
    f"{PACKAGE}/ports.py": ("certwright.domain",),
    f"{PACKAGE}/settings.py": ("certwright.domain",),
    f"{PACKAGE}/domain": ("certwright.domain",),
    "dnsnode": ("certwright.domain",),
}
"""What of our own package each part may import: functions → flows → domain, adapters → domain, bootstrap wires all."""

AWS = ("boto3", "botocore")
"""Imported by adapters, and by one module of the node."""

ADAPTERS_ONLY = ("cryptography", "acme", "josepy", "dns", "OpenSSL", "requests", "urllib3")

ELSEWHERE = ("local", "tests", "bench", "tools")
"""Never imported or named by what is deployed."""


def imports_point_one_way(root: Path) -> list[str]:
    """Each part imports of our own only what lies below it."""
    return [
        str(found)
        for folder, allowed in MAY_IMPORT.items()
        for found in imports(root, folder)
        if found.top == "certwright" and not found.is_of(*allowed)
    ]


def domain_needs_the_standard_library_only(root: Path) -> list[str]:
    """Decisions are pure: nothing to install, nothing to import slowly."""
    return [
        str(found)
        for found in imports(root, f"{PACKAGE}/domain")
        if found.top not in sys.stdlib_module_names and not found.is_of("certwright.domain")
    ]


def aws_is_imported_by_adapters_and_one_module_of_the_node(root: Path) -> list[str]:
    """All requests to AWS are built and sent in few places."""
    found = [item for item in imports(root, *PRODUCTION) if item.is_of(*AWS)]
    in_node = {item.file for item in found if item.file.startswith("dnsnode/")}
    strays = [str(item) for item in found if not item.file.startswith((f"{PACKAGE}/adapters/", "dnsnode/"))]
    return strays + (
        [f"{len(in_node)} modules of the node import boto3: {sorted(in_node)}"] if len(in_node) > 1 else []
    )


def heavy_libraries_are_imported_by_adapters_only(root: Path) -> list[str]:
    """Cryptography, ACME, DNS and HTTP clients stay behind the ports."""
    return [
        str(item)
        for item in imports(root, *PRODUCTION)
        if item.is_of(*ADAPTERS_ONLY) and not item.file.startswith(f"{PACKAGE}/adapters/")
    ]


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
    counts = protocols(root / PACKAGE / "ports.py")
    return [f"{name} has {methods} methods" for name, methods in counts.items() if methods > MOST_METHODS]


def every_route_is_declared_authorized_and_handled(root: Path) -> list[str]:
    """A route stands in the template, in its handler's ACTIONS, and on one of its functions: in all three or in none."""
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
