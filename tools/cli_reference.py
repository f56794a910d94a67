"""Write what docs/cli.md quotes of the program: its help, its exit codes (`make reference`)."""

from collections.abc import Iterator
from pathlib import Path

import click

from certwright_cli.exits import Exit
from certwright_cli.program import cli

DOCUMENT = Path(__file__).resolve().parent.parent / "docs/cli.md"
WIDTH = 100


def walk(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """Give every command's whole name and its help, groups before what they hold."""
    context = click.Context(command, info_name=name, parent=parent, max_content_width=WIDTH, terminal_width=WIDTH)
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for part in command.list_commands(context):
            yield from walk(command.commands[part], part, context)


def build_reference() -> str:
    """Quote the help of every command."""
    parts = (f"### {name}\n\n```\n{text.rstrip()}\n```\n" for name, text in walk(cli, "certwright"))
    return "\n".join(parts)


def build_exit_codes() -> str:
    """Lay out the exit codes as a table."""
    rows = (f"| {code.value} | {code.meaning} |\n" for code in Exit)
    return "| code | meaning |\n|---|---|\n" + "".join(rows)


def fill(document: str) -> str:
    """Put what is generated between its marks; raises `ValueError` where a mark is missing."""
    for name, build in (("exit codes", build_exit_codes), ("reference", build_reference)):
        begin, end = f"<!-- {name}: made by `make reference` -->\n", f"<!-- end of {name} -->\n"
        head, found, rest = document.partition(begin)
        _, closed, tail = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"docs/cli.md has no marks for the {name}")
        document = f"{head}{begin}\n{build()}\n{end}{tail}"
    return document


if __name__ == "__main__":
    DOCUMENT.write_text(fill(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
