"""Run as `python -m certwright_cli`."""

from certwright_cli.program import run

run()
