"""Completion: the script that each shell loads, and what the program offers when the shell asks."""

import shutil
from pathlib import Path

import pytest

from tests.support.cli_program import Cli

SHELLS = ("bash", "zsh", "fish")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Somebody at a shell."""
    return Cli(tmp_path)


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_script(cli: Cli, shell: str) -> None:
    """It names the program and the variable that asks it; where the shell is there, it can read it."""
    ran = cli.run("completion", shell)
    assert (ran.code, ran.errors) == (0, "")
    assert f"_CERTWRIGHT_COMPLETE={shell}_complete" in ran.output
    if shutil.which(shell):
        (cli.home / "script").write_text(ran.output)
        assert cli.shell(f"{shell} -n script").code == 0


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("re", {"request", "renew", "revoke", "revoke-with-key"}),
        ("cas move --re", {"--reissue"}),
    ],
)
def test_commands_and_options_are_completed(cli: Cli, words: str, offered: set[str]) -> None:
    """Below groups too, and without asking a server."""
    typed = f"certwright {words}"
    variables = {"COMP_WORDS": typed, "COMP_CWORD": str(len(words.split()))}
    bash = Cli(cli.home, {"_CERTWRIGHT_COMPLETE": "bash_complete", **variables}).run()
    assert {line.partition(",")[2] for line in bash.output.split()} >= offered
    zsh = Cli(cli.home, {"_CERTWRIGHT_COMPLETE": "zsh_complete", **variables}).run()
    assert set(zsh.output.splitlines()) >= offered
    last = words.rsplit(maxsplit=1)[-1]
    fish = {"COMP_WORDS": typed, "COMP_CWORD": last, "_CERTWRIGHT_COMPLETE": "fish_complete"}
    assert all(word in Cli(cli.home, fish).run().output for word in offered)


def test_a_shell_that_is_not_known_is_refused(cli: Cli) -> None:
    """With those that are."""
    ran = cli.run("completion", "tcsh")
    assert (ran.code, all(shell in ran.errors for shell in SHELLS)) == (2, True), ran
