"""The records file: zones, TXT values and HTTP-01 bodies as JSON, for trials and benchmarks without any AWS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from certwright.domain.answer import (
    Answer,
    BadItem,
    HttpAnswer,
    ServedZone,
    TxtAnswer,
    build_answer_key,
    build_zone_key,
    decode_answer,
    decode_zone,
)

NEVER = 2**53
"""When an answer of a file expires, epoch seconds."""


class BadRecordsFile(ValueError):
    """The file can't be served; the message names the file, the place and the remedy."""


@dataclass(frozen=True, slots=True)
class Records:
    """What a file says."""

    zones: tuple[ServedZone, ...]
    answers: tuple[Answer, ...]


def read_records(path: Path) -> Records:
    """Read a records file whole; raises `BadRecordsFile`."""
    try:
        return parse_records(json.loads(path.read_bytes()))
    except OSError as error:
        raise BadRecordsFile(f"records file {path}: can't be read: {error.strerror}") from error
    except ValueError as error:
        raise BadRecordsFile(f"records file {path}: {error}") from error


def parse_records(document: object) -> Records:
    """Read the parsed JSON; raises `ValueError` that names the field."""
    top = _mapping(document, "the file")
    unknown = top.keys() - {"zones", "txt", "http"}
    if unknown:
        raise ValueError(f"unknown field {sorted(unknown)[0]!r}: there are zones, txt and http")
    zones = tuple(_zone(entry, f"zones[{at}]") for at, entry in enumerate(_list(top.get("zones", []), "zones")))
    if not zones:
        raise ValueError("zones: must hold at least one zone")
    origins = {zone.origin for zone in zones}
    txt: list[Answer] = []
    for name, values in _mapping(top.get("txt", {}), "txt").items():
        txt += _txt_answers(name, _list(values, f"txt[{name!r}]"), origins)
    bodies = [_http_answer(token, entry) for token, entry in _mapping(top.get("http", {}), "http").items()]
    return Records(zones, (*txt, *bodies))


def _zone(entry: object, place: str) -> ServedZone:
    fields = _mapping(entry, place)
    origin = _name(fields.get("origin"), f"{place}.origin")
    name_servers = [_name(name, f"{place}.name_servers") for name in _list(fields.get("name_servers"), place)]
    item = {"origin": origin, "name_servers": name_servers, "addresses": fields.get("addresses", [])}
    try:
        return decode_zone({**build_zone_key(origin), **item})
    except BadItem as error:
        raise ValueError(f"{place}: {error.reason}") from error


def _txt_answers(name: str, values: list[object], origins: set[str]) -> list[Answer]:
    fqdn = _name(name, f"txt[{name!r}]")
    if fqdn.partition(".")[2] not in origins:
        raise ValueError(f"txt[{name!r}]: must be one label below the origin of one of the zones")
    return [
        _checked(TxtAnswer(fqdn, _text(value, f"txt[{name!r}]"), "file", NEVER), f"txt[{name!r}]") for value in values
    ]


def _http_answer(token: str, entry: object) -> Answer:
    place = f"http[{token!r}]"
    fields = _mapping(entry, place)
    host = _name(fields.get("host"), f"{place}.host")
    return _checked(HttpAnswer(token, host, _text(fields.get("body"), f"{place}.body"), "file", NEVER), place)


def _checked(answer: Answer, place: str) -> Answer:
    """Hold a file's answer to the rules of the table's."""
    fields = {name: getattr(answer, name) for name in answer.__slots__}
    try:
        return decode_answer({**build_answer_key(answer), **fields})
    except BadItem as error:
        raise ValueError(f"{place}: {error.reason}") from error


def _mapping(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"{place}: must be a JSON object")
    return value


def _list(value: object, place: str) -> list[object]:
    if not isinstance(value, list):
        raise ValueError(f"{place}: must be a JSON array")
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{place}: must be a string")
    return value


def _name(value: object, place: str) -> str:
    return _text(value, place).lower().removesuffix(".")
