"""The arrows of docs/architecture.md: which module may import which."""

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOTS = (ROOT / "layers/certwright", ROOT / "dnsnode", ROOT)
DEPLOYED = ("layers/certwright/certwright", "dnsnode/dnsnode", "functions")

# What a part may import of the repository's own modules, itself included.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "certwright.domain": ("certwright.domain",),
    "certwright.ports": ("certwright.domain",),
    "certwright.settings": ("certwright.domain",),
    "certwright.flows": ("certwright.domain", "certwright.ports", "certwright.settings", "certwright.flows"),
    "certwright.adapters": ("certwright.domain", "certwright.ports", "certwright.adapters"),
    "certwright.web": ("certwright.domain", "certwright.ports", "certwright.flows", "certwright.web"),
    "certwright.bootstrap": ("certwright",),
    "functions": ("certwright.domain", "certwright.flows", "certwright.web", "certwright.bootstrap"),
    "dnsnode": ("certwright.domain", "dnsnode"),
}
OWN = ("certwright", "dnsnode", "functions", "local", "tests", "bench", "tools")

# The only importers of what reaches the world, or weighs on a cold start.
ONLY_IN: dict[str, tuple[str, ...]] = {
    "boto3": ("certwright.adapters", "dnsnode.source"),
    "botocore": ("certwright.adapters", "dnsnode.source"),
    "acme": ("certwright.adapters",),
    "josepy": ("certwright.adapters",),
    "cryptography": ("certwright.adapters",),
    "dns": ("certwright.adapters",),
    "urllib3": ("certwright.adapters",),
    "aws_lambda_powertools": ("certwright.web", "functions"),
    "pydantic": ("certwright.web",),
}


def module_name(path: Path) -> str:
    """Name a module as it is imported."""
    base = next(root for root in ROOTS if path.is_relative_to(root))
    return ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")


def is_in(module: str, part: str) -> bool:
    """Tell whether a module is a part or lies in it."""
    return module == part or module.startswith(f"{part}.")


@cache
def find_imports(path: Path) -> tuple[str, ...]:
    """Find what a module imports, at its top or anywhere below; `from a import b` may name the module a.b."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            is_package = node.module in OWN
            found += [f"{node.module}.{alias.name}" for alias in node.names] if is_package else [node.module]
    return tuple(found)


MODULES = {module_name(path): path for folder in DEPLOYED for path in sorted((ROOT / folder).rglob("*.py"))}
PARTS = {part: [name for name in MODULES if is_in(name, part)] for part in MAY_IMPORT}


def test_every_deployed_module_belongs_to_a_part() -> None:
    """A new module can't be outside the rules; the package's own name holds its version only."""
    placed = {name for names in PARTS.values() for name in names}
    assert set(MODULES) - placed == {"certwright"}
    assert all(PARTS.values())


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"certwright"}))
def test_arrows_point_one_way(module: str) -> None:
    """Functions → web → flows → domain, adapters → domain, node → domain; the way back is closed."""
    part = next(part for part in MAY_IMPORT if is_in(module, part))
    own = [name for name in find_imports(MODULES[module]) if name.partition(".")[0] in OWN]
    wrong = [name for name in own if not any(is_in(name, each) for each in MAY_IMPORT[part])]
    assert [name for name in wrong if name != "certwright.__version__"] == []


@pytest.mark.parametrize("module", PARTS["certwright.domain"])
def test_the_domain_needs_the_standard_library_only(module: str) -> None:
    """A decision can be run, read and tested anywhere."""
    foreign = {name.partition(".")[0] for name in find_imports(MODULES[module])} - {"certwright"}
    assert foreign <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_what_reaches_the_world_is_imported_at_the_edges_only(library: str) -> None:
    """The network, keys and frameworks stay outside decisions and flows."""
    importers = {name for name, path in MODULES.items() if any(is_in(each, library) for each in find_imports(path))}
    assert importers, f"nothing imports {library}: take it off the list"
    assert {name for name in importers if not any(is_in(name, part) for part in ONLY_IN[library])} == set()
