"""Settings: one frozen value, read from the environment once, at cold start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from certwright.domain.errors import CertwrightError


class SettingsError(CertwrightError):
    """A variable is missing or wrong; the sentence names it."""

    code = "settings"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment fixes; each function has the variables it needs, and the others stay empty."""

    deployment: str = ""
    certificates_table: str = ""
    registry_table: str = ""
    answers_table: str = ""
    nodes_table: str = ""
    bucket: str = ""
    work_queue_url: str = ""
    dead_letters_url: str = ""
    data_key_id: str = ""
    admin_token_secret: str = ""
    session_key_secret: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_roles: str = ""
    oidc_scopes: str = "openid profile email"
    node_addresses: tuple[str, ...] = ()
    challenge_host: str = ""
    acme_directory: str = ""
    acme_ca_bundle: str = ""
    acme_contact: str = ""
    acme_terms_agreed: bool = False
    acme_limits: str = ""
    root_hints: tuple[str, ...] = ()
    check_dns_port: int = 53
    check_http_port: int = 80
    check_resolvers: tuple[str, ...] = ()
    egress_allow: str = ""
    route53_zones: tuple[str, ...] = ()
    route53_role: str = ""
    route53_external_id: str = ""
    cloudflare_api: str = ""
    rehearse_days: int = 0
    schedule_grace_seconds: int = 30


def read_settings(required: tuple[str, ...], environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; each field comes from the variable of its name in capitals.

    Raises `SettingsError` naming every variable of `required` that is not set, or one that is not of its kind.
    """
    missing = [name for name in required if not environment.get(name)]
    if missing:
        raise SettingsError(f"Set the environment variable {', '.join(missing)}: this function needs it.")
    values: dict[str, object] = {}
    for name, kind in Settings.__annotations__.items():
        text = environment.get(name.upper(), "")
        if text:
            values[name] = _parse(name.upper(), text, kind)
    return Settings(**values)  # type: ignore[arg-type]  # each value was parsed by its own field's annotation


def _parse(variable: str, text: str, kind: object) -> object:
    if kind is bool:
        return text.lower() in ("true", "1", "yes")
    if kind is int:
        if not text.isdigit():
            raise SettingsError(f"{variable} must be a whole number, and is “{text}”.")
        return int(text)
    return text if kind is str else tuple(part.strip() for part in text.split(",") if part.strip())
