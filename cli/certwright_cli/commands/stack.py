"""A deployment as a whole."""

import click

COMMANDS: tuple[click.Command, ...] = ()
