"""Which deployment, which token: what is accepted, and what is never mixed."""

from pathlib import Path

import pytest

from certwright_cli.errors import CliError
from certwright_cli.login import Login, check_url, config_path, find_login, save_login

SAVED = Login("https://saved.example.com", "cw_saved_s")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Somebody who is logged in."""
    path = tmp_path / "folder" / "config.json"
    save_login(path, SAVED)
    return {"CERTWRIGHT_CONFIG": str(path)}


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://certs.example.com", "https://certs.example.com"),
        ("https://certs.example.com:8443/base/ ", "https://certs.example.com:8443/base"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:1/", "http://localhost:1"),
        ("http://[::1]:1/", "http://[::1]:1"),
    ],
)
def test_a_url_of_an_api_is_taken(text: str, url: str) -> None:
    """Without final slashes; plain HTTP to this machine only."""
    assert check_url(text, "URL") == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "certs.example.com",
        "ftp://certs.example.com",
        "file:///etc/passwd",
        "https://",
        "https://a b.example.com",
        "http://certs.example.com",
        "http://127.0.0.1.example.com",
        "https://u:p@certs.example.com",
        "https://certs.example.com/?x=1",
        "https://certs.example.com/#x",
        "https://[::1",
        "https://a:99999",
        "https://certs.example.com/\r\nX: y",
        "https://cërts.example.com",
    ],
)
def test_what_is_no_url_of_an_api_is_refused(text: str) -> None:
    """Nor one that would send the token in the clear."""
    with pytest.raises(CliError, match="URL: "):
        check_url(text, "URL")


def test_the_saved_login_is_found(environment: dict[str, str]) -> None:
    """What was saved."""
    assert find_login(environment) == SAVED


def test_a_saved_token_goes_to_the_saved_deployment_only(environment: dict[str, str]) -> None:
    """Another URL needs its own token; the same URL, written otherwise, does not."""
    with pytest.raises(CliError, match="whose token is saved"):
        find_login({**environment, "CERTWRIGHT_URL": "https://other.example.com"})
    assert find_login({**environment, "CERTWRIGHT_URL": "https://saved.example.com/"}) == SAVED


def test_variables_come_first(environment: dict[str, str], tmp_path: Path) -> None:
    """A token may come in a file, which a final newline does not spoil."""
    path = tmp_path / "token"
    path.write_text("cw_file_s\n")
    url = {"CERTWRIGHT_URL": "https://other.example.com"}
    assert find_login({**environment, **url, "CERTWRIGHT_TOKEN": "cw_x_y"}).token == "cw_x_y"
    assert find_login({**environment, **url, "CERTWRIGHT_TOKEN_FILE": str(path)}).token == "cw_file_s"
    assert find_login({**environment, "CERTWRIGHT_TOKEN_FILE": str(path)}) == Login(SAVED.url, "cw_file_s")


def test_a_token_that_is_none_is_not_shown(environment: dict[str, str]) -> None:
    """It may be another secret, pasted by mistake."""
    with pytest.raises(CliError) as refused:
        find_login({**environment, "CERTWRIGHT_TOKEN": "hunter2 and more"})
    assert "hunter2" not in str(refused.value)
    assert "cw_saved_s" not in repr(SAVED)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '"x"', '{"url": 1, "token": 2}', '{"url": "https://a.example.com"}']
)
def test_a_file_that_is_no_configuration_is_told(content: str, environment: dict[str, str]) -> None:
    """With what to do."""
    Path(environment["CERTWRIGHT_CONFIG"]).write_text(content)
    with pytest.raises(CliError, match="log in again"):
        find_login(environment)


def test_the_configuration_is_where_such_files_are(tmp_path: Path) -> None:
    """XDG's folder, else the home's."""
    assert config_path({"XDG_CONFIG_HOME": str(tmp_path)}) == tmp_path / "certwright/config.json"
    assert config_path({}) == Path.home() / ".config/certwright/config.json"
