"""What a command may end with.

CliError
├── ApiProblem       the server refused or failed, with its problem document (RFC 9457)
├── NotUnderstood    the answer is none of this API's
└── Unreachable      no answer at all; `is_sent` tells whether the request may have arrived
"""

from collections.abc import Mapping
from typing import Any

from certwright_cli.exits import Exit

_EXITS = {401: Exit.NOT_AUTHENTICATED, 403: Exit.NOT_ALLOWED, 404: Exit.NOT_FOUND, 409: Exit.CONFLICT}


class CliError(Exception):
    """A sentence for a person that ends in the remedy, a code for programs, and the exit code."""

    def __init__(self, sentence: str, exit_code: Exit, code: str) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
        self.code = code

    def as_json(self) -> dict[str, object]:
        """Shape it for `--json`."""
        return {"error": self._facts()}

    def _facts(self) -> dict[str, object]:
        return {"code": self.code, "message": str(self), "exit_code": int(self.exit_code)}


class ApiProblem(CliError):
    """The server refused or failed."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        sentence = str(document.get("detail") or document.get("message") or document.get("title") or f"HTTP {status}")
        exit_code = Exit.SERVER if status >= 500 else _EXITS.get(status, Exit.REFUSED)
        super().__init__(sentence + _remedy(status), exit_code, str(document.get("code") or f"http-{status}"))
        self.status = status
        self.document = document

    def _facts(self) -> dict[str, object]:
        return {**super()._facts(), "status": self.status, "problem": dict(self.document)}


class NotUnderstood(CliError):
    """The answer is none of this API's."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, Exit.SERVER, "not-understood")


class Unreachable(CliError):
    """No answer, or a cut one."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, Exit.UNREACHABLE, "unreachable")


def _remedy(status: int) -> str:
    """Add what only the client knows to the server's sentence."""
    if status == 401:
        return " Log in with `certwright login`, or set CERTWRIGHT_TOKEN_FILE."
    return ""


def usage_error(sentence: str) -> CliError:
    """Build the error for a wrong command line, variable or configuration."""
    return CliError(sentence, Exit.USAGE, "usage")


def file_error(sentence: str) -> CliError:
    """Build the error for a local file that can't be read or written."""
    return CliError(sentence, Exit.FILES, "file")
