"""Frozen dataclasses as plain dictionaries and back, by their type hints.

Every field is written, defaults too, so that a changed default never changes what was stored. Reading ignores unknown
attributes and fills missing ones from the field's default: that is how shapes grow. All else is strict.

A value of a union of dataclasses carries its class's name as `kind`.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeAliasType, Union, cast, get_args, get_origin, get_type_hints

from certwright.domain.answer import BadItem

type Plain = str | int | bool | bytes | list[Plain] | dict[str, Plain] | None

KIND = "kind"


def encode(value: object) -> dict[str, Plain]:
    """Spread a dataclass over a dictionary; raises `TypeError` for a class with a field that can't be stored."""
    return cast(dict[str, Plain], _codec(cast(Any, type(value))).write(value))


def decode[T](cls: type[T], plain: object, where: str) -> T:
    """Read a dataclass from a dictionary; raises `BadItem` naming `where` and the attribute."""
    try:
        return cast(T, _codec(cast(Any, cls)).read(plain))
    except _Malformed as error:
        path = ".".join(reversed(error.path)) or "as a whole"
        raise BadItem(where, f"attribute {path} {error.reason}") from None


class _Malformed(Exception):
    """Collects the path to a bad attribute, innermost first, on its way up."""

    def __init__(self, reason: str, *path: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = list(path)


@dataclass(frozen=True, slots=True)
class _Codec:
    write: Callable[[Any], Plain]
    read: Callable[[Any], Any]


@cache
def _codec(hint: Any) -> _Codec:
    """Build the codec of one type hint, once."""
    if isinstance(hint, TypeAliasType):
        return _codec(hint.__value__)
    if get_origin(hint) is tuple:
        return _tuple_codec(get_args(hint))
    if get_origin(hint) in (Union, UnionType):
        return _union_codec(get_args(hint))
    if hint in (str, int, bool, bytes, NoneType):
        return _scalar_codec(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enum_codec(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return _record_codec(hint)
    raise TypeError(f"{hint!r} can't be stored")


def _scalar_codec(cls: type) -> _Codec:
    def read(value: Any) -> Any:
        if type(value) is not cls:
            raise _Malformed(f"is not of type {cls.__name__}")
        return value

    return _Codec(lambda value: cast(Plain, value), read)


def _enum_codec(cls: type[Enum]) -> _Codec:
    members = {member.value: member for member in cls}

    def read(value: Any) -> Enum:
        if not isinstance(value, str | int) or value not in members:
            raise _Malformed(f"is none of {', '.join(map(str, members))}")
        return members[value]

    return _Codec(lambda member: cast(Plain, member.value), read)


def _tuple_codec(args: tuple[Any, ...]) -> _Codec:
    is_open = len(args) == 2 and args[1] is Ellipsis
    parts = [_codec(arg) for arg in args[: 1 if is_open else None]]

    def spread(value: Any) -> list[tuple[int, _Codec, Any]]:
        codecs = parts * len(value) if is_open else parts
        return [(at, codec, item) for at, (codec, item) in enumerate(zip(codecs, value, strict=True))]

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or not (is_open or len(value) == len(parts)):
            raise _Malformed("is not a list" if is_open else f"is not a list of {len(parts)}")
        return tuple(_read_part(codec, item, str(at)) for at, codec, item in spread(value))

    return _Codec(lambda value: [codec.write(item) for _, codec, item in spread(value)], read)


def _union_codec(args: tuple[Any, ...]) -> _Codec:
    """One hint or None, or dataclasses told apart by `kind` (or None)."""
    members = [member for arg in args for member in _union_members(arg)]
    present = [member for member in members if member is not NoneType]
    codec = _codec(present[0]) if len(present) == 1 else _kinds_codec(present)
    if len(present) == len(members):
        return codec
    return _Codec(
        lambda value: None if value is None else codec.write(value),
        lambda value: None if value is None else codec.read(value),
    )


def _union_members(hint: Any) -> tuple[Any, ...]:
    """Open up an alias of a union within a union."""
    while isinstance(hint, TypeAliasType):
        hint = hint.__value__
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _kinds_codec(classes: list[Any]) -> _Codec:
    if not all(isinstance(cls, type) and is_dataclass(cls) for cls in classes):
        raise TypeError(f"a union of {classes!r} can't be stored: nothing tells its members apart")
    codecs = {cls.__name__: _codec(cls) for cls in classes}

    def write(value: Any) -> Plain:
        kind = type(value).__name__
        return {KIND: kind, **cast(dict[str, Plain], codecs[kind].write(value))}

    def read(value: Any) -> Any:
        kind = value.get(KIND) if isinstance(value, Mapping) else None
        if not isinstance(kind, str) or kind not in codecs:
            raise _Malformed(f"is none of {', '.join(codecs)}", KIND)
        return codecs[kind].read(value)

    return _Codec(write, read)


def _record_codec(cls: type[Any]) -> _Codec:
    hints = get_type_hints(cls)
    codecs = {field.name: _codec(hints[field.name]) for field in fields(cls)}
    if KIND in codecs:
        raise TypeError(f"{cls.__name__} has a field called {KIND}, which tells members of unions apart")
    required = {field.name for field in fields(cls) if field.default is field.default_factory is MISSING}

    def write(value: Any) -> Plain:
        return {name: codec.write(getattr(value, name)) for name, codec in codecs.items()}

    def read(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise _Malformed("is not a map")
        missing = next((name for name in codecs if name in required and name not in value), None)
        if missing:
            raise _Malformed("is missing", missing)
        return cls(**{name: _read_part(codec, value[name], name) for name, codec in codecs.items() if name in value})

    return _Codec(write, read)


def _read_part(codec: _Codec, value: Any, name: str) -> Any:
    try:
        return codec.read(value)
    except _Malformed as error:
        error.path.append(name)
        raise
