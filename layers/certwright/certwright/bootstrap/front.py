"""What the dashboard serves pages with."""

from certwright.adapters.aws import client
from certwright.adapters.clock import SystemClock
from certwright.adapters.dynamodb_nodes import DynamoNodes
from certwright.adapters.oidc_provider import Client, OidcProvider
from certwright.adapters.secrets_manager import read_client_secret, read_secret
from certwright.bootstrap.desk import build_desk
from certwright.bootstrap.desk_settings import DESK
from certwright.bootstrap.kits import Front
from certwright.bootstrap.network import build_egress
from certwright.bootstrap.tables import open_table
from certwright.domain.errors import InvalidRequest
from certwright.domain.identity import parse_grants
from certwright.flows.world import SignInDesk
from certwright.settings import Settings, SettingsError, read_settings

_FRONT = (*DESK, "NODES_TABLE", "SESSION_KEY_SECRET")


def build_front() -> Front:
    """Wire `functions/dashboard`; raises `SettingsError`."""
    settings = read_settings(_FRONT)
    key = read_secret(client("secretsmanager"), settings.session_key_secret)
    return Front(build_desk(), DynamoNodes(open_table(settings.nodes_table)), key.encode(), _sign_in_desk(settings))


def _sign_in_desk(settings: Settings) -> SignInDesk | None:
    """Wire the identity provider; raises `SettingsError` where it is configured by half."""
    if not settings.oidc_issuer:
        return None
    try:
        grants = parse_grants(settings.oidc_roles)
    except InvalidRequest as error:
        raise SettingsError(f"OIDC_ROLES is not right: {error.sentence}") from error
    if not settings.oidc_client_id or not grants:
        raise SettingsError("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_ROLES beside it.")
    secret = settings.oidc_client_secret
    read = (lambda: read_client_secret(client("secretsmanager"), secret)) if secret else None
    known = Client(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_scopes, read)
    provider = OidcProvider(known, egress=build_egress(settings), clock=SystemClock())
    terms = "\n".join((settings.oidc_issuer, settings.oidc_client_id, settings.oidc_roles))
    return SignInDesk(provider, grants, terms)
