"""Read template.yaml: parameters, functions with their events, and the values behind CloudFormation's intrinsics.

What runs on one machine is taken from here, so that it can't drift from what is deployed.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from local.errors import LocalError

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template.yaml"
ACCOUNT = "123456789012"
REGION = "us-east-1"


class TemplateError(LocalError):
    """The template asks for something that is not understood here; the message names it."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the HTTP API."""

    method: str
    path: str
    function: str


@dataclass(frozen=True, slots=True)
class QueueMapping:
    """A queue whose messages invoke a function; `queue` is a logical id."""

    queue: str
    function: str
    batch_size: int
    maximum_concurrency: int
    reports_failures: bool


@dataclass(frozen=True, slots=True)
class StreamMapping:
    """A table whose changes invoke a function; `table` is a logical id, a record must match one of the patterns."""

    table: str
    function: str
    batch_size: int
    patterns: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A function invoked at a steady rate, with `input` as its event where that is given."""

    function: str
    rate_seconds: int
    input: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function as declared, globals merged in; `environment` may hold intrinsics; `role` is empty where none is."""

    name: str
    role: str
    folder: Path
    handler: str
    timeout_seconds: int
    environment: Mapping[str, Any]


class Template:
    """A parsed template, with the values of its parameters; parameters not given have their defaults."""

    def __init__(self, document: dict[str, Any], parameters: Mapping[str, str] | None = None) -> None:
        self.resources: dict[str, dict[str, Any]] = document["Resources"]
        self.conditions: dict[str, Any] = document.get("Conditions", {})
        self._globals: dict[str, Any] = document.get("Globals", {}).get("Function", {})
        declared = document.get("Parameters", {})
        if unknown := set(parameters or {}) - set(declared):
            raise TemplateError(f"no such parameters: {', '.join(sorted(unknown))}")
        for name, value in (parameters or {}).items():
            _check_parameter(name, value, declared[name])
        self.parameters = {name: str(item.get("Default", "")) for name, item in declared.items()} | dict(
            parameters or {}
        )

    @property
    def functions(self) -> dict[str, Function]:
        """All functions by logical id."""
        return {name: self._function(name) for name, _ in self._of_type("AWS::Serverless::Function")}

    @property
    def routes(self) -> tuple[Route, ...]:
        """All routes of the HTTP API, in no order of rank."""
        return tuple(
            Route(event["Method"].upper(), event["Path"], function) for function, event in self._events("HttpApi")
        )

    @property
    def queue_mappings(self) -> tuple[QueueMapping, ...]:
        """All queues that invoke functions."""
        return tuple(
            QueueMapping(
                queue=event["Queue"]["Fn::GetAtt"][0],
                function=function,
                batch_size=event.get("BatchSize", 10),
                maximum_concurrency=event.get("ScalingConfig", {}).get("MaximumConcurrency", 2),
                reports_failures="ReportBatchItemFailures" in event.get("FunctionResponseTypes", []),
            )
            for function, event in self._events("SQS")
        )

    @property
    def stream_mappings(self) -> tuple[StreamMapping, ...]:
        """All tables whose changes invoke functions."""
        return tuple(
            StreamMapping(
                table=event["Stream"]["Fn::GetAtt"][0],
                function=function,
                batch_size=event["BatchSize"],
                patterns=tuple(json.loads(item["Pattern"]) for item in event["FilterCriteria"]["Filters"]),
            )
            for function, event in self._events("DynamoDB")
        )

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """All schedules."""
        return tuple(
            Schedule(
                function,
                rate_seconds(event["ScheduleExpression"]),
                json.loads(event["Input"]) if "Input" in event else None,
            )
            for function, event in self._events("ScheduleV2")
        )

    def statements(self, role: str, values: "Values") -> list[dict[str, Any]]:
        """A role's statements, also of policies that are attached to it, with intrinsics in them."""
        policies = list(self.resources[role]["Properties"].get("Policies", []))
        for resource in self.resources.values():
            if resource["Type"] == "AWS::IAM::Policy" and {"Ref": role} in resource["Properties"]["Roles"]:
                condition = resource.get("Condition")
                if condition is None or values.is_true({"Condition": condition}):
                    policies.append(resource["Properties"])
        return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]

    def container_environment(self, task: str) -> dict[str, Any]:
        """The environment of a task's only container; values may hold intrinsics."""
        (container,) = self.resources[task]["Properties"]["ContainerDefinitions"]
        return {item["Name"]: item["Value"] for item in container["Environment"]}

    def _of_type(self, resource_type: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            (name, resource["Properties"])
            for name, resource in self.resources.items()
            if resource["Type"] == resource_type
        ]

    def _function(self, name: str) -> Function:
        properties = {**self._globals, **self.resources[name]["Properties"]}
        variables = [
            source.get("Environment", {}).get("Variables", {})
            for source in (self._globals, self.resources[name]["Properties"])
        ]
        return Function(
            name=name,
            role=properties["Role"]["Fn::GetAtt"][0] if "Role" in properties else "",
            folder=ROOT / properties["CodeUri"],
            handler=properties["Handler"],
            timeout_seconds=properties.get("Timeout", 3),
            environment=variables[0] | variables[1],
        )

    def _events(self, event_type: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            (name, event["Properties"])
            for name, properties in self._of_type("AWS::Serverless::Function")
            for event in properties.get("Events", {}).values()
            if event["Type"] == event_type
        ]


class Values:
    """Work out intrinsics; `made` tells what Ref (attribute "") and Fn::GetAtt give for a resource's logical id."""

    def __init__(self, template: Template, made: Callable[[str, str], str]) -> None:
        self._template = template
        self._made = made
        self._pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Region": REGION,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": "certwright",
        }

    def resolve(self, value: Any) -> Any:
        """Replace all intrinsics within a value; a member that comes to AWS::NoValue is left out."""
        match value:
            case {"Ref": "AWS::NoValue"}:
                return None
            case dict() if len(value) == 1 and (name := next(iter(value))) in _INTRINSICS:
                return _INTRINSICS[name](self, value[name])
            case dict():
                return {key: found for key, item in value.items() if (found := self.resolve(item)) is not None}
            case list():
                return [found for item in value if (found := self.resolve(item)) is not None]
            case _:
                return value

    def text(self, value: Any) -> str:
        """Resolve to one string, booleans as CloudFormation writes them."""
        resolved = self.resolve(value)
        return str(resolved).lower() if isinstance(resolved, bool) else str(resolved)

    def reference(self, name: str) -> str:
        """What `Ref` gives."""
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._template.parameters:
            return self._template.parameters[name]
        return self._made(name, "")

    def attribute(self, argument: list[str]) -> str:
        """What `Fn::GetAtt` gives."""
        return self._made(argument[0], argument[1])

    def substitute(self, text: str) -> str:
        """What `Fn::Sub` gives for one string."""
        return re.sub(r"\$\{([^!}]+)\}", self._variable, text)

    def _variable(self, found: re.Match[str]) -> str:
        name, _, attribute = found[1].partition(".")
        return self._made(name, attribute) if attribute else self.reference(name)

    def choose(self, argument: list[Any]) -> Any:
        """What `Fn::If` gives."""
        name, then, otherwise = argument
        return self.resolve(then if self.is_true(self._template.conditions[name]) else otherwise)

    def is_true(self, condition: Any) -> bool:
        """Work out a condition."""
        match condition:
            case {"Condition": name}:
                return self.is_true(self._template.conditions[name])
            case {"Fn::Equals": [left, right]}:
                return self.text(left) == self.text(right)
            case {"Fn::Not": [inner]}:
                return not self.is_true(inner)
            case {"Fn::And": parts}:
                return all(map(self.is_true, parts))
            case {"Fn::Or": parts}:
                return any(map(self.is_true, parts))
            case _:
                raise TemplateError(f"not a condition: {condition}")


_INTRINSICS: dict[str, Callable[[Values, Any], Any]] = {
    "Ref": Values.reference,
    "Fn::GetAtt": Values.attribute,
    "Fn::Sub": Values.substitute,
    "Fn::If": Values.choose,
    "Fn::Join": lambda values, argument: argument[0].join(map(values.text, argument[1])),
    "Fn::Select": lambda values, argument: values.resolve(argument[1])[int(argument[0])],
    "Fn::Split": lambda values, argument: values.text(argument[1]).split(argument[0]),
}


def load(path: Path = TEMPLATE, parameters: Mapping[str, str] | None = None) -> Template:
    """Read a template; the short forms (`!Ref`) become the long ones (`{"Ref": …}`)."""
    return Template(_parse(path.read_text()), parameters)


@cache
def _parse(text: str) -> dict[str, Any]:
    """Parse once: that takes longer than making all resources, and no reader of a template changes it."""
    document: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 - _Loader is a SafeLoader
    return document


def rate_seconds(expression: str) -> int:
    """Read `rate(1 minute)`."""
    found = re.fullmatch(r"rate\((\d+) (second|minute|hour|day)s?\)", expression)
    if not found:
        raise TemplateError(f"only rate(…) schedules are understood here, not {expression}")
    return int(found[1]) * {"second": 1, "minute": 60, "hour": 3600, "day": 86400}[found[2]]


def _check_parameter(name: str, value: str, declared: Mapping[str, Any]) -> None:
    """Refuse what CloudFormation would refuse; raises `TemplateError` with what the template says it must be."""
    choices = [str(choice) for choice in declared.get("AllowedValues", [value])]
    if value not in choices:
        raise TemplateError(f"{name} must be one of {', '.join(choices)}, and is {value!r}")
    if "MinValue" in declared and not declared["MinValue"] <= float(value) <= declared["MaxValue"]:
        raise TemplateError(f"{name} must be from {declared['MinValue']} to {declared['MaxValue']}, and is {value!r}")
    if not re.search(declared.get("AllowedPattern", ""), value):
        raise TemplateError(f"{name} {declared.get('ConstraintDescription', 'is wrong')}, and is {value!r}")


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    else:
        value = loader.construct_sequence(node, deep=True)  # type: ignore[arg-type]
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)
