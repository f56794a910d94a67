"""Judge one access by the statements of a role, as IAM does; what is not understood is an error, never guessed.

No endpoint on one machine does: moto compares resources for some services only and has no leading keys.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

type Statement = Mapping[str, Any]

KNOWN_KEYS = (
    "dynamodb:LeadingKeys",
    "kms:ViaService",
    "kms:KeySpec",
    "kms:KeyUsage",
    "aws:RequestTag/*",
    "aws:ResourceTag/*",
    "aws:TagKeys",
    "route53:ChangeResourceRecordSets*",
)
"""What conditions may ask; `local.needs` reads all of it from requests."""


class PolicyError(Exception):
    """A policy, or a request, that can't be judged here."""


@dataclass(frozen=True, slots=True)
class Access:
    """What one request needs: an action on a resource, and the partition keys it touches (of a table).

    `via` is the service that asks in the caller's name (`s3.us-east-1.amazonaws.com`), empty where the caller asks.
    `context` has what else conditions may ask of the request, as ("kms:KeySpec", ("ECC_NIST_P256",)).
    """

    action: str
    resource: str
    leading_keys: tuple[str, ...] = ()
    via: str = ""
    context: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def values(self, key: str) -> tuple[str, ...]:
        """Find what the request has under a condition's key, nothing where it has none; raises `PolicyError`."""
        if not any(matches(known, key) for known in KNOWN_KEYS):
            raise PolicyError(f"the condition key {key} is not understood here")
        own = {"dynamodb:LeadingKeys": self.leading_keys, "kms:ViaService": (self.via,) if self.via else ()}
        return {**own, **dict(self.context)}.get(key, ())

    def __str__(self) -> str:
        keys = f" for the partitions {', '.join(self.leading_keys)}" if self.leading_keys else ""
        return f"{self.action} on {self.resource}{keys}{f' through {self.via}' if self.via else ''}"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One thing that a statement grants: the so manieth of its `Action`, its `Resource` or a condition's key."""

    sid: str
    part: str
    at: int


def is_allowed(statements: Iterable[Statement], access: Access) -> bool:
    """Tell whether some statement allows an access and none denies it; raises `PolicyError`."""
    applying = [statement for statement in statements if applies(statement, access)]
    return bool(applying) and all(_effect(statement) == "Allow" for statement in applying)


def applies(statement: Statement, access: Access) -> bool:
    """Tell whether a statement speaks of an access; raises `PolicyError` for what is not understood in it."""
    if odd := set(statement) - {"Sid", "Effect", "Action", "Resource", "Condition"}:
        raise PolicyError(f"{', '.join(sorted(odd))} of the statement {statement.get('Sid')} is not understood here")
    return (
        any(matches_action(pattern, access.action) for pattern in several(statement["Action"]))
        and any(matches(pattern, access.resource) for pattern in several(statement["Resource"]))
        and all(
            _holds(operator, key, several(wanted), access)
            for operator, conditions in statement.get("Condition", {}).items()
            for key, wanted in conditions.items()
        )
    )


def used_rights(statements: Iterable[Statement], access: Access) -> set[Right]:
    """List what an access makes use of, in every statement that applies to it."""
    return {
        right
        for statement in statements
        if applies(statement, access)
        for right, granted in granted_rights(statement).items()
        if _is_used(right, granted, access)
    }


def granted_rights(statement: Statement) -> dict[Right, Any]:
    """List all that a statement grants, as written; one of which no access makes use was given in vain."""
    parts = {"Action": statement["Action"], "Resource": statement["Resource"], **_condition_values(statement)}
    return {
        Right(statement["Sid"], part, at): granted
        for part, all_granted in parts.items()
        for at, granted in enumerate(all_granted if isinstance(all_granted, list) else [all_granted])
    }


def matches(pattern: str, value: str) -> bool:
    """Compare with `*` for any text and `?` for one character."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value, re.DOTALL) is not None


def matches_action(pattern: str, action: str) -> bool:
    """Compare actions, which are written in any case."""
    return matches(pattern.lower(), action.lower())


def several(value: Any) -> list[str]:
    """Take one string for a list of it."""
    return [value] if isinstance(value, str) else list(value)


def _is_used(right: Right, granted: str, access: Access) -> bool:
    match right.part:
        case "Action":
            return matches_action(granted, access.action)
        case "Resource":
            return matches(granted, access.resource)
        case key:
            return any(matches(granted, found) for found in access.values(key))


def _condition_values(statement: Statement) -> dict[str, Any]:
    """Tell what a statement is held to, by the keys of its conditions."""
    return {key: wanted for conditions in statement.get("Condition", {}).values() for key, wanted in conditions.items()}


def _equals(pattern: str, value: str) -> bool:
    return pattern == value


_COMPARE: Mapping[str, Callable[[str, str], bool]] = {"StringEquals": _equals, "StringLike": matches}


def _holds(operator: str, key: str, wanted: list[str], access: Access) -> bool:
    """Judge one condition; one whose key the request lacks holds for all of its no values, and not for any one.

    AWS would let a Scan pass a condition on leading keys so. Here it touches all partitions, told as `*`.
    """
    quantifier, _, name = operator.rpartition(":")
    compare, found = _COMPARE.get(name), access.values(key)
    if compare is None or quantifier not in ("", "ForAllValues"):
        raise PolicyError(f"the condition {operator} {key} is not understood here")
    every_one = all(any(compare(pattern, value) for pattern in wanted) for value in found)
    return every_one and (bool(found) or quantifier == "ForAllValues")


def _effect(statement: Statement) -> str:
    effect = statement["Effect"]
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"the effect {effect} is not understood here")
    return str(effect)
