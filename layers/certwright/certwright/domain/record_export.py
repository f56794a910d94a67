"""Records in the forms that DNS tools take: zone-file lines, Terraform, Route 53's change batch.

Nothing that is written here changes a record that stands: Terraform and Route 53 are told to create.
"""

import json
import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from certwright.domain.identifier import Registrable
from certwright.domain.record_sets import TTL_SECONDS, RecordSet, record_sets
from certwright.domain.records import Record

_PLAIN_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_PLAIN_ADDRESS = re.compile(r"[0-9.]+")
_QUOTED, _ESCAPED = re.compile(r'"((?:[^"\\]|\\.)*)"'), re.compile(r"\\(.)")
_LONGEST_STRING = 255
"""Bytes of one character-string (RFC 1035 §3.3)."""
_ZONE_IDS = "certwright_zone_ids"


class RecordFormat(StrEnum):
    """A form to write records in; Terraform's are those of the AWS provider and of Cloudflare's (version 5)."""

    JSON = "json"
    BIND = "bind"
    TERRAFORM = "terraform"
    TERRAFORM_CLOUDFLARE = "terraform-cloudflare"
    ROUTE53 = "route53"


def write_records(records: Sequence[Record], form: RecordFormat, registrable: Registrable) -> str:
    """Write records in a form; `ValueError` for one that is none of ours, whose characters could mean something else.

    The zone that a record belongs to is taken to be that of its registrable domain. A change batch is for one hosted
    zone: pass the records of one domain.
    """
    if not are_plain(records):
        raise ValueError(f"{records} can't be written: not all are records that we ask for.")
    return _WRITERS[form](records, registrable)


def are_plain(records: Sequence[Record]) -> bool:
    """Tell whether records are of the kinds that we ask for, so that they can be written."""
    return all(map(_is_plain, records))


def domains_of(records: Sequence[Record], registrable: Registrable) -> tuple[str, ...]:
    """List the registrable domains that records lie in, in their order."""
    return tuple(dict.fromkeys(_domain(record.name, registrable) for record in records))


def quote_text(value: str) -> str:
    """Write a TXT value as zone files and Route 53 want it: strings of at most 255 characters, quoted."""
    escaped = [f"\\{letter}" if letter in '"\\' else letter for letter in value]
    pieces = [escaped[at : at + _LONGEST_STRING] for at in range(0, len(escaped), _LONGEST_STRING)] or [[]]
    return " ".join(f'"{"".join(piece)}"' for piece in pieces)


def unquote_text(text: str) -> str:
    """Read a TXT value that may be quoted, back to what it holds."""
    return _ESCAPED.sub(r"\1", "".join(_QUOTED.findall(text))) if text.startswith('"') else text


def _is_plain(record: Record) -> bool:
    if not _PLAIN_NAME.fullmatch(record.name):
        return False
    match record.type:
        case "TXT":
            return record.value.isascii() and record.value.isprintable()
        case "A":
            return bool(_PLAIN_ADDRESS.fullmatch(record.value))
        case "NS" | "CNAME":
            return bool(_PLAIN_NAME.fullmatch(record.value))
        case _:
            return False


def _domain(name: str, registrable: Registrable) -> str:
    return registrable(name) or name


def _value(type: str, value: str) -> str:
    """Write a value as zone files and Route 53 want it: names with their final dot."""
    return quote_text(value) if type == "TXT" else value if type == "A" else f"{value}."


def _json(records: Sequence[Record], _: Registrable) -> str:
    items = [{"type": record.type, "name": record.name, "value": record.value} for record in records]
    return json.dumps({"records": items}, indent=2) + "\n"


def _bind(records: Sequence[Record], _: Registrable) -> str:
    """Write lines of a zone file (RFC 1035 §5.1)."""
    return "".join(
        f"{record.name}. {TTL_SECONDS} IN {record.type} {_value(record.type, record.value)}\n" for record in records
    )


def _change_batch(records: Sequence[Record], _: Registrable) -> str:
    changes = [build_creation(item) for item in record_sets(records)]
    return json.dumps({"Comment": "Certwright", "Changes": changes}, indent=2) + "\n"


def build_creation(wanted: RecordSet) -> dict[str, object]:
    """Build the change that creates a set at Route 53, and fails where there is one."""
    values = [{"Value": _value(wanted.type, value)} for value in wanted.values]
    described = {"Name": f"{wanted.name}.", "Type": wanted.type, "TTL": TTL_SECONDS, "ResourceRecords": values}
    return {"Action": "CREATE", "ResourceRecordSet": described}


def _terraform(records: Sequence[Record], registrable: Registrable) -> str:
    blocks = [
        _resource(
            "aws_route53_record",
            _label(item.type, item.name),
            zone_id=_zone_id(item.name, registrable),
            name=_hcl(item.name),
            type=_hcl(item.type),
            ttl=str(TTL_SECONDS),
            records=f"[{', '.join(map(_hcl, item.values))}]",
        )
        for item in record_sets(records)
    ]
    return "\n".join([_variable("The id of the Route 53 hosted zone of each domain."), *blocks])


def _terraform_cloudflare(records: Sequence[Record], registrable: Registrable) -> str:
    blocks = [
        _resource(
            "cloudflare_dns_record",
            _label(item.type, item.name) + (f"_{at}" if len(item.values) > 1 else ""),
            zone_id=_zone_id(item.name, registrable),
            name=_hcl(item.name),
            type=_hcl(item.type),
            content=_hcl(quote_text(value) if item.type == "TXT" else value),
            ttl=str(TTL_SECONDS),
            **({"proxied": "false"} if item.type in ("A", "CNAME") else {}),
        )
        for item in record_sets(records)
        for at, value in enumerate(item.values, 1)
    ]
    return "\n".join([_variable("The id of the Cloudflare zone of each domain."), *blocks])


def _variable(description: str) -> str:
    return f'variable "{_ZONE_IDS}" {{\n  description = {_hcl(description)}\n  type        = map(string)\n}}\n'


def _resource(kind: str, label: str, **arguments: str) -> str:
    """Write a block as `terraform fmt` leaves it."""
    width = max(map(len, arguments))
    lines = "".join(f"  {name:<{width}} = {value}\n" for name, value in arguments.items())
    return f'resource "{kind}" "{label}" {{\n{lines}}}\n'


def _label(type: str, name: str) -> str:
    """Name a resource: letters, digits, hyphens and underscores, a letter first."""
    return f"{type.lower()}_{name.replace('.', '_')}"


def _zone_id(name: str, registrable: Registrable) -> str:
    return f"var.{_ZONE_IDS}[{_hcl(_domain(name, registrable))}]"


def _hcl(text: str) -> str:
    """Write a string that nothing within is taken for a template."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{")
    return f'"{escaped}"'


_WRITERS: dict[RecordFormat, Callable[[Sequence[Record], Registrable], str]] = {
    RecordFormat.JSON: _json,
    RecordFormat.BIND: _bind,
    RecordFormat.TERRAFORM: _terraform,
    RecordFormat.TERRAFORM_CLOUDFLARE: _terraform_cloudflare,
    RecordFormat.ROUTE53: _change_batch,
}
