"""What the tests of the architecture read of the code: imports, protocols and routes, from syntax alone."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

PACKAGE = "layers/certwright/certwright"
PRODUCTION = ("functions", "layers", "dnsnode")
VERBS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module, as in `import a.b` or `from a.b import c`; `file` is relative to the root."""

    file: str
    module: str

    @property
    def top(self) -> str:
        """The distribution's or package's first name."""
        return self.module.partition(".")[0]

    def is_of(self, *modules: str) -> bool:
        """Tell whether it is one of these modules or lies below one."""
        return any(self.module == module or self.module.startswith(f"{module}.") for module in modules)

    def __str__(self) -> str:
        return f"{self.file} imports {self.module}"


def imports(root: Path, *folders: str) -> Iterator[Import]:
    """Find every import below folders (or in files), those within functions and type checking included."""
    for folder in folders:
        for file in _sources(root / folder):
            name = str(file.relative_to(root))
            for node in ast.walk(ast.parse(file.read_text())):
                for module in _modules(node):
                    yield Import(name, module)


def _sources(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def _modules(node: ast.AST) -> list[str]:
    """Name what a statement imports; `from certwright import ports` is `certwright.ports`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level:
        return ["." * node.level + (node.module or "")]
    if isinstance(node, ast.ImportFrom) and node.module in ("certwright", "dnsnode", "local", "tests"):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def protocols(folder: Path) -> dict[str, int]:
    """Count the methods of every protocol in a folder's files."""
    bodies = [ast.parse(file.read_text()).body for file in sorted(folder.glob("*.py"))]
    classes = [node for body in bodies for node in body if isinstance(node, ast.ClassDef)]
    return {
        each.name: sum(isinstance(item, ast.FunctionDef) for item in each.body)
        for each in classes
        if any(isinstance(base, ast.Name) and base.id == "Protocol" for base in each.bases)
    }


def action_routes(handler: Path) -> set[str]:
    """Read the keys of a handler's ACTIONS."""
    for node in ast.parse(handler.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and _name(node.targets[0]) == "ACTIONS":
            return {str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)}
    return set()


def handled_routes(handler: Path) -> set[str]:
    """Read the routes that a handler's functions are decorated with, written as API Gateway writes them."""
    routes = set()
    for node in ast.parse(handler.read_text()).body:
        for call in node.decorator_list if isinstance(node, ast.FunctionDef) else []:
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in VERBS:
                path = call.args[0]
                assert isinstance(path, ast.Constant)
                routes.add(f"{call.func.attr.upper()} {re.sub(r'<(\w+)>', r'{\1}', str(path.value))}")
    return routes


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short intrinsics as their arguments."""


def _construct(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_Loader.add_multi_constructor("!", _construct)


def template_routes(template: Path) -> dict[str, set[str]]:
    """Read the HTTP routes of every function of a template, by the folder of its code."""
    document = yaml.load(template.read_text(), _Loader)  # noqa: S506 - a safe loader
    routes: dict[str, set[str]] = {}
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            folder = str(properties["CodeUri"]).strip("/")
            routes.setdefault(folder, set()).update(_http_routes(properties.get("Events", {})))
    return routes


def _http_routes(events: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    for event in events.values():
        if event["Type"] == "HttpApi":
            properties = event["Properties"]
            assert isinstance(properties, Mapping)
            yield f"{properties['Method']} {properties['Path']}"
