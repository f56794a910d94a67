"""Options and variables: which wins, what is refused, and that a refusal names the remedy."""

import re
from pathlib import Path

import pytest

from dnsnode.settings import Settings, build_parser, read_settings

README = Path(__file__).parents[3] / "dnsnode/README.md"
RECORDS = ["--records", "x"]


def test_the_readme_quotes_the_help_as_it_is() -> None:
    """`python -m dnsnode --help` and its copy in dnsnode/README.md are the same, to the letter."""
    help_text = build_parser({}).format_help()
    assert f"```\n{help_text}```\n" in README.read_text(), "copy the output of --help into dnsnode/README.md"


def test_every_setting_is_in_the_help_with_its_variable_and_default() -> None:
    """`--help` alone is enough to run it."""
    help_text = re.sub(r"\s+", " ", build_parser({}).format_help())
    options = set(re.findall(r" (--[a-z-]+) [A-Z]", help_text))
    assert len(options) == len(Settings.__dataclass_fields__)
    assert len(re.findall(r"\([A-Z_]+; ?[^)]+\)", help_text)) == len(options) - 1  # --records has no variable


def test_an_option_wins_over_its_variable() -> None:
    """And a variable over the default."""
    environment = {"PROCESSES": "3", "QUERY_LOG": "0.5"}
    settings = read_settings([*RECORDS, "--processes", "2"], environment)
    assert (settings.processes, settings.query_log, settings.metrics_seconds) == (2, 0.5, 60)


BAD = [
    ("--listen", "LISTEN", "localhost", "'localhost' is not ADDR:PORT, such as 127.0.0.1:5353 or [::1]:5353"),
    ("--http", "HTTP_LISTEN", "127.0.0.1:99999", "is not ADDR:PORT"),
    ("--health", "HEALTH_LISTEN", "", "'' is not ADDR:PORT"),
    ("--challenge-host", "CHALLENGE_HOST", "a b", "'a b' is not a host, such as challenge.example.net"),
    ("--processes", "PROCESSES", "0", "'0' is not a number from 1 to 64"),
    ("--rate-limit", "RATE_LIMIT", "many", "'many' is not a number of responses a second, or 0"),
    ("--drain-seconds", "NODE_DRAIN_SECONDS", "-1", "'-1' is not a number of seconds from 0 to 3600"),
    ("--metrics-seconds", "METRICS_SECONDS", "nan", "'nan' is not a number of seconds from 0 to 3600"),
    ("--metrics-namespace", "METRICS_NAMESPACE", "AWS/ours", "'AWS/ours' is not a namespace, such as Certwright/name"),
    ("--query-log", "QUERY_LOG", "1.5", "'1.5' is not a share from 0 to 1, such as 0.01"),
    ("--log-level", "LOG_LEVEL", "loud", "'loud' is not one of DEBUG, INFO, WARNING, ERROR"),
]


@pytest.mark.parametrize(("option", "variable", "value", "named"), BAD, ids=[case[0] for case in BAD])
def test_a_bad_value_is_refused_naming_option_variable_and_remedy(
    option: str, variable: str, value: str, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same for the option and for the variable, with status 2."""
    for arguments, environment in (([f"{option}={value}"], {}), ([], {variable: value})):
        with pytest.raises(SystemExit) as ended:
            read_settings([*RECORDS, *arguments], environment)
        told = capsys.readouterr().err
        assert ended.value.code == 2
        assert named in told
        assert f"set {option} or {variable}" in told


@pytest.mark.parametrize("environment", [{}, {"ANSWERS_TABLE": "a"}, {"NODES_TABLE": "b"}])
def test_there_must_be_something_to_serve(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """A file, or both tables."""
    with pytest.raises(SystemExit):
        read_settings([], environment)
    assert "give --records FILE, or set ANSWERS_TABLE and NODES_TABLE" in capsys.readouterr().err
