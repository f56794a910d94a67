"""Which deployment to talk to, and the token for it: from variables, else from the configuration file."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from certwright_cli.errors import CliError, usage_error
from certwright_cli.exits import Exit
from certwright_cli.files import NewFile, explain, explaining, replace_file

_TOKEN = re.compile(r"cw_[A-Za-z0-9_-]{1,200}_[A-Za-z0-9_-]{1,500}")
_OTHERS = 0o077
_MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Login:
    """A deployment's URL, without a final slash, and a token of it."""

    url: str
    token: str

    def __repr__(self) -> str:
        return f"Login(url={self.url!r})"


def config_path(environment: Mapping[str, str]) -> Path:
    """Tell where the configuration file is: CERTWRIGHT_CONFIG, else in the user's folder for such things."""
    if given := environment.get("CERTWRIGHT_CONFIG"):
        return Path(given)
    home = environment.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home).expanduser() / "certwright" / "config.json"


def find_login(environment: Mapping[str, str]) -> Login:
    """Find URL and token; a token of the file is only ever used with the URL of the file. Raises `CliError`."""
    token = _token_of(environment)
    url = environment.get("CERTWRIGHT_URL", "")
    if url and token:
        return Login(check_url(url, "CERTWRIGHT_URL"), token)
    saved = read_config(config_path(environment))
    if saved is None:
        raise CliError(
            "Not logged in: run `certwright login URL`, or set CERTWRIGHT_URL and CERTWRIGHT_TOKEN_FILE.",
            Exit.NOT_AUTHENTICATED,
            "not-logged-in",
        )
    if url and check_url(url, "CERTWRIGHT_URL") != saved.url:
        raise usage_error(
            f"CERTWRIGHT_URL is not {saved.url}, whose token is saved: set CERTWRIGHT_TOKEN_FILE too, or log in there."
        )
    return Login(saved.url, token or saved.token)


def _token_of(environment: Mapping[str, str]) -> str:
    if token := environment.get("CERTWRIGHT_TOKEN"):
        return check_token(token, "CERTWRIGHT_TOKEN")
    if path := environment.get("CERTWRIGHT_TOKEN_FILE"):
        return read_token_file(Path(path))
    return ""


def read_token_file(path: Path) -> str:
    """Read a token from a file that holds nothing else; raises `CliError`."""
    with explaining(path):
        try:
            with path.open("rb") as source:
                content = source.read(_MAX_BYTES)
        except FileNotFoundError as error:
            raise usage_error(f"There is no token file {path}.") from error
    return check_token(content.decode("ascii", "replace"), str(path))


def read_config(path: Path) -> Login | None:
    """Read the configuration file; None where there is none. One that others may read is refused."""
    try:
        with path.open("rb") as source:
            mode = os.fstat(source.fileno()).st_mode
            content = source.read(_MAX_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise explain(path, error) from error
    if mode & _OTHERS:
        raise usage_error(f"{path} holds a token and others may read it: run `chmod 600 {path}`.")
    try:
        document = json.loads(content)
        return Login(check_url(document["url"], str(path)), check_token(document["token"], str(path)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise usage_error(f"{path} is not a configuration file of certwright: delete it and log in again.") from error


def save_login(path: Path, login: Login) -> None:
    """Write the configuration file, for this user's eyes only; raises `CliError`."""
    with explaining(path.parent):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    document = json.dumps({"url": login.url, "token": login.token}, indent=2)
    replace_file(NewFile(path, f"{document}\n".encode()))


def check_url(text: str, place: str) -> str:
    """Check a deployment's URL, and take final slashes off; `place` is where it was given. Raises `CliError`."""
    text = text.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    is_plain = parts.query == parts.fragment == "" and parts.username is None and text.isascii() and text.isprintable()
    if parts.scheme not in ("http", "https") or not host or not is_plain or " " in text:
        raise usage_error(f"{place}: {text!r} is no URL of an API, such as https://certs.example.com.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise usage_error(f"{place}: a token is not sent over http:// except to this machine: use https://{host}.")
    return text


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_token(text: str, place: str) -> str:
    """Check the form of a token without showing it; raises `CliError`."""
    token = text.strip()
    if not _TOKEN.fullmatch(token):
        raise usage_error(f"{place} holds no token: a token looks like cw_…_….")
    return token
