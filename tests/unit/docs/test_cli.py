"""What docs/cli.md says against what the command-line client does."""

import re

import click
import pytest

from certwright_cli.program import cli
from tools.cli_reference import DOCUMENT, fill, walk

TEXT = DOCUMENT.read_text(encoding="utf-8")


def test_the_reference_is_what_the_program_says() -> None:
    """Help and exit codes are quoted as they are; `make reference` writes them again."""
    assert fill(TEXT) == TEXT


def test_a_document_without_its_marks_is_refused() -> None:
    """Else the reference could vanish from it and nobody would notice."""
    with pytest.raises(ValueError, match="no marks for the reference"):
        fill(TEXT.replace("<!-- end of reference -->", ""))


def test_every_command_takes_json_and_debug() -> None:
    """Scripts and whoever looks for a fault need not know which command can."""
    for path, text in walk(cli, "certwright"):
        assert "--json" in text, path
        assert "--debug" in text, path


def test_every_command_is_shown_in_an_example_or_told_of() -> None:
    """A command that the text before the reference never mentions is one that nobody finds."""
    prose = TEXT.partition("## All commands")[0]
    leaves = [path.removeprefix("certwright ") for path, _ in walk(cli, "certwright")]
    missing = [path for path in leaves if path != "certwright" and not re.search(rf"\b{path}\b", prose)]
    assert missing == []


def test_no_option_takes_a_token() -> None:
    """Command lines can be read by other users of a machine."""
    options = {name for command in _all(cli) for option in command.params for name in option.opts}
    assert {name for name in options if "token" in name} == {"--token-file", "token_id"}


def _all(command: click.Command) -> list[click.Command]:
    parts = command.commands.values() if isinstance(command, click.Group) else ()
    return [command, *(inner for part in parts for inner in _all(part))]
