"""The records of the stand-in provider: what a user may add, and why something is refused."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

TYPES = ("A", "AAAA", "CNAME", "NS", "TXT")
LONGEST_TTL = 2**31 - 1
_LABEL = re.compile(r"[a-z0-9_*]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)


class RecordRefusedError(Exception):
    """The record can't be taken; the message names the field and the remedy."""


@dataclass(frozen=True, slots=True, order=True)
class StoredRecord:
    """One record; names are absolute, in lower case, without final dot (the root is the empty name)."""

    name: str
    type: str
    value: str
    ttl: int = 60


def is_within(name: str, origin: str) -> bool:
    """Tell whether the name is the origin or lies below it."""
    return not origin or name == origin or name.endswith(f".{origin}")


def parse_name(text: str, field: str) -> str:
    """Read an absolute name, with or without final dot (RFC 1035 §2.3.4: labels to 63, names to 253 characters)."""
    name = text.strip().lower().removesuffix(".")
    if not name or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise RecordRefusedError(f"{field}: {text!r} is no domain name; write it in full, such as www.example.test.")
    return name


def parse_record(fields: dict[str, object]) -> StoredRecord:
    """Read a record from a form or a JSON object with `type`, `name`, `value` and, if wanted, `ttl` in seconds."""
    unknown = sorted(fields.keys() - {"type", "name", "value", "ttl"})
    if unknown:
        raise RecordRefusedError(f"{unknown[0]}: no such field; a record has type, name, value and ttl.")
    type_ = str(fields.get("type", "")).strip().upper()
    if type_ not in TYPES:
        raise RecordRefusedError(f"type: choose one of {', '.join(TYPES)}.")
    name = parse_name(str(fields.get("name", "")), "name")
    return StoredRecord(name, type_, _parse_value(type_, str(fields.get("value", ""))), _parse_ttl(fields.get("ttl")))


def _parse_ttl(text: object) -> int:
    if text is None or text == "":
        return 60
    if not re.fullmatch(r"\d{1,10}", str(text), re.ASCII) or int(str(text)) > LONGEST_TTL:
        raise RecordRefusedError(f"ttl: give whole seconds from 0 to {LONGEST_TTL}.")
    return int(str(text))


def _parse_value(type_: str, text: str) -> str:
    if type_ in ("CNAME", "NS"):
        return parse_name(text, "value")
    if type_ == "TXT":
        if not 0 < len(text.encode()) <= 2048:
            raise RecordRefusedError("value: a TXT record holds 1 to 2048 bytes.")
        return text
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        address = None
    if address is None or address.version != (4 if type_ == "A" else 6):
        kind = "an IPv4 address, such as 192.0.2.1" if type_ == "A" else "an IPv6 address, such as 2001:db8::1"
        raise RecordRefusedError(f"value: {type_} takes {kind}.")
    return str(address)


def check_addition(record: StoredRecord, standing: Iterable[StoredRecord], origins: Iterable[str]) -> None:
    """Refuse what a zone can't hold: names outside it, duplicates, a CNAME beside others (RFC 1034 §3.6.2)."""
    zones = tuple(origins)
    if not any(is_within(record.name, origin) for origin in zones):
        raise RecordRefusedError(f"name: {record.name} is in none of your zones: {', '.join(zones)}.")
    if record.type == "CNAME" and record.name in zones:
        raise RecordRefusedError(f"name: {record.name} is the zone's apex, where a CNAME can't stand.")
    beside = [other for other in standing if other.name == record.name]
    if any((other.type, other.value) == (record.type, record.value) for other in beside):
        raise RecordRefusedError(f"name: {record.name} has this {record.type} record already.")
    if beside and (record.type == "CNAME" or any(other.type == "CNAME" for other in beside)):
        kinds = ", ".join(sorted({other.type for other in beside}))
        raise RecordRefusedError(
            f"type: a CNAME can't stand beside other records, and {record.name} has {kinds}; delete that first."
        )
