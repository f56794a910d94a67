"""Problems: what is wrong, who can mend it, and how, in one sentence each.

A problem is a stored value and part of a decision. An exception that carries one to the edge is in `errors`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Actor(StrEnum):
    """Who must act before the problem can go away."""

    USER = "user"
    OPERATOR = "operator"
    CA = "ca"
    US = "us"


@dataclass(frozen=True, slots=True)
class Problem:
    """Say why something does not go on.

    `code` is the machine's word (kebab-case), `sentence` tells a person what is wrong and what to do about it,
    `subject` is the name, record or hop concerned, `wanted` and `found` are the evidence. `ca_problem` is the CA's own
    problem document as JSON (RFC 8555 §6.7), empty where none was given.
    """

    code: str
    sentence: str
    actor: Actor
    subject: str = ""
    wanted: str = ""
    found: str = ""
    ca_problem: str = ""


LONGEST_SENTENCE = 1000
LONGEST_EVIDENCE = 500
"""Bytes of what is stored: an item holds the problems of up to 100 names, and 400 KB."""


def shorten(problem: Problem) -> Problem:
    """Cut what strangers' servers may have made long."""
    return replace(
        problem,
        sentence=cut(problem.sentence, LONGEST_SENTENCE),
        wanted=cut(problem.wanted, LONGEST_EVIDENCE),
        found=cut(problem.found, LONGEST_EVIDENCE),
    )


def cut(text: str, most: int) -> str:
    """Shorten a text to so many bytes of UTF-8."""
    whole = text.encode()
    return text if len(whole) <= most else whole[: most - len("…".encode())].decode(errors="ignore") + "…"
