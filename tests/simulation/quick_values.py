"""Frozen values made and copied at a fraction of their price: they are half of what a simulation costs.

A frozen dataclass sets each field through `object.__setattr__`, and `replace` asks for every field by name. Here each
class gets a twin with the same slots that is not frozen: it is filled, and then made one of the class.
"""

import dataclasses
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

PACKAGES = ("certwright", "tests.fakes", "tests.simulation")

type Copy = Callable[[Any, dict[str, Any]], Any]

_TWINS: dict[type, type | None] = {}
_COPIES: dict[tuple[object, ...], Copy] = {}


@contextmanager
def quick_values() -> Iterator[None]:
    """Have the values of the domain and the flows made and replaced faster for a while; they are the same values."""
    with ExitStack() as stack:
        for module in [module for name, module in sys.modules.items() if name.startswith(PACKAGES)]:
            if vars(module).get("replace") is dataclasses.replace:
                stack.enter_context(patch.object(module, "replace", quick_replace))
            for cls in _values_of(module):
                stack.enter_context(patch.object(cls, "__init__", _build_init(cls)))
        yield


def quick_replace(value: Any, /, **changes: Any) -> Any:
    """Do what `dataclasses.replace` does."""
    key = value.__class__, *changes
    copy = _COPIES.get(key)
    if copy is None:
        copy = _COPIES[key] = _build_copy(value.__class__, tuple(changes))
    return copy(value, changes)


def _values_of(module: ModuleType) -> list[type]:
    own = (item for item in vars(module).values() if isinstance(item, type) and item.__module__ == module.__name__)
    return [item for item in own if dataclasses.is_dataclass(item) and _twin(item)]


def _twin(cls: type) -> type | None:
    """Find the twin of a class; None where making an instance is more than setting slots that are given."""
    if cls not in _TWINS:
        fields = dataclasses.fields(cls)
        names = tuple(field.name for field in fields)
        is_frozen = cls.__dataclass_params__.frozen  # type: ignore[attr-defined]  # every dataclass has it
        is_plain = is_frozen and cls.__bases__ == (object,) and cls.__dict__.get("__slots__") == names
        is_given = all(
            item.init and not item.kw_only and item.default_factory is dataclasses.MISSING for item in fields
        )
        has_twin = is_plain and is_given and names and not hasattr(cls, "__post_init__")
        _TWINS[cls] = type(f"{cls.__name__}Twin", (), {"__slots__": names}) if has_twin else None
    return _TWINS[cls]


def _build_copy(cls: type, changed: tuple[str, ...]) -> Copy:
    names = tuple(field.name for field in dataclasses.fields(cls))
    if _twin(cls) is None or not set(changed) <= set(names):
        return lambda value, changes: dataclasses.replace(value, **changes)
    sources = {name: f"changes[{name!r}]" if name in changed else f"value.{name}" for name in names}
    lines = "".join(f"    twin.{name} = {source}\n" for name, source in sources.items())
    body = f"    twin = Twin()\n{lines}    twin.__class__ = Class\n    return twin\n"
    copy: Copy = _compile(f"def made(value, changes):\n{body}", cls)
    return copy


def _build_init(cls: type) -> Callable[..., None]:
    fields = dataclasses.fields(cls)
    defaults = {f"_{item.name}": item.default for item in fields if item.default is not dataclasses.MISSING}
    given = ", ".join(f"{item.name}=_{item.name}" if f"_{item.name}" in defaults else item.name for item in fields)
    lines = "".join(f"    self.{item.name} = {item.name}\n" for item in fields)
    body = f"    thaw(self, '__class__', Twin)\n{lines}    self.__class__ = Class\n"
    init: Callable[..., None] = _compile(f"def made(self, {given}):\n{body}", cls, thaw=object.__setattr__, **defaults)
    return init


def _compile(source: str, cls: type, **names: object) -> Any:
    scope: dict[str, Any] = {"Twin": _twin(cls), "Class": cls, **names}
    exec(source, scope)  # noqa: S102 - made of names of fields only
    return scope["made"]
