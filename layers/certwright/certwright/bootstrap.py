"""The wiring, all in one place: which adapters fill in which ports for which function.

Nothing is built at import. Each `build_…` reads the variables its function needs and names what is missing; adapters
are imported where they are wired, so that no function loads what only another needs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from certwright import __version__, ports
from certwright.adapters.aws import client
from certwright.adapters.clock import SystemClock
from certwright.adapters.idn import to_a_labels
from certwright.domain.account_event import AccountEvent
from certwright.domain.ca import find_ca
from certwright.domain.certificate import Event
from certwright.domain.errors import InvalidRequest
from certwright.domain.notice import Notice
from certwright.flows.dead_letters import DeadLetterOffice
from certwright.flows.first_run import first_run
from certwright.flows.read_vitals import Instruments
from certwright.flows.world import Desk, Registry, SignInDesk, Workshop
from certwright.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from certwright.adapters.dynamodb_table import Table
    from certwright.adapters.egress import Egress

__all__ = ["VERSION", "to_a_labels"]

VERSION = __version__

_DESK = ("CERTIFICATES_TABLE", "REGISTRY_TABLE", "ANSWERS_TABLE", "WORK_QUEUE_URL", "ACME_DIRECTORY", "NODE_ADDRESSES")
_OFFICE = ("WORK_QUEUE_URL", "DEAD_LETTERS_URL")
_SAFE = ("CERTIFICATES_TABLE", "REGISTRY_TABLE", "BUCKET")
_FRONT = (*_DESK, "NODES_TABLE", "SESSION_KEY_SECRET")
_WORKSHOP = (*_DESK, "NODES_TABLE", "BUCKET", "DATA_KEY_ID", "DEPLOYMENT")
_INSTRUMENTS = ("CERTIFICATES_TABLE", "REGISTRY_TABLE", "NODES_TABLE", "WORK_QUEUE_URL", "DEAD_LETTERS_URL")
_SWEEP = ("CERTIFICATES_TABLE", "REGISTRY_TABLE", "WORK_QUEUE_URL", "ADMIN_TOKEN_SECRET", "ACME_DIRECTORY")

_LOOKOUT = ("CERTIFICATES_TABLE", "REGISTRY_TABLE", "NODES_TABLE", "DEPLOYMENT")
_CRIER = ("CERTIFICATES_TABLE", "DEPLOYMENT")


@dataclass(frozen=True, slots=True)
class Front:
    """What pages are served with: the API's desk, the nodes, and the key that signs sessions.

    `sign_in` is None where no identity provider is configured.
    """

    desk: Desk
    nodes: ports.Nodes
    session_key: bytes
    sign_in: SignInDesk | None = None


@dataclass(frozen=True, slots=True)
class Safe:
    """What private keys are handed out with."""

    clock: ports.Clock
    tokens: ports.Tokens
    certificates: ports.Certificates
    versions: ports.Versions


@dataclass(frozen=True, slots=True)
class Sweep:
    """What the sweep of due certificates, and a deployment's first run, need."""

    settings: Settings
    clock: ports.Clock
    jobs: ports.Jobs
    queue: ports.Queue
    owners: ports.Owners
    tokens: ports.Tokens
    cas: ports.CaDefinitions
    standings: ports.CaStandings
    beats: ports.Beats


@dataclass(frozen=True, slots=True)
class Lookout:
    """What a deployment is watched with."""

    clock: ports.Clock
    overview: ports.Overview
    nodes: ports.Nodes
    owners: ports.Owners
    zones: ports.Zones
    certificates: ports.Certificates
    bus: ports.Bus


@dataclass(frozen=True, slots=True)
class Crier:
    """What events are announced with; `read_image` reads one as a stream shows it, a certificate's with its id."""

    overview: ports.Overview
    bus: ports.Bus
    read_image: Callable[[Mapping[str, Any]], tuple[str, Event] | AccountEvent | Notice]


def build_desk() -> Desk:
    """Wire `functions/api`; raises `SettingsError`."""
    from certwright.adapters.ca_directories import AcmeDirectories
    from certwright.adapters.chance import SystemChance
    from certwright.adapters.dynamodb_answers import DynamoAnswers
    from certwright.adapters.dynamodb_attempts import DynamoAttempts
    from certwright.adapters.dynamodb_certificates import DynamoCertificates
    from certwright.adapters.dynamodb_renewals import DynamoRenewals
    from certwright.adapters.dynamodb_revocations import DynamoRevocations
    from certwright.adapters.dynamodb_tokens import DynamoTokens
    from certwright.adapters.kms_cipher import KmsCipher
    from certwright.adapters.late_key_revoker import LateKeyRevoker
    from certwright.adapters.signing_requests import PemSigningRequests
    from certwright.adapters.sqs_queue import SqsQueue
    from certwright.adapters.suffixes import ListedSuffixes

    settings = _limited(read_settings(_DESK))
    return Desk(
        settings=settings,
        ca=find_ca(settings.acme_directory),
        clock=SystemClock(),
        chance=SystemChance(),
        suffixes=ListedSuffixes(),
        certificates=DynamoCertificates(_table(settings.certificates_table)),
        registry=_registry(settings),
        tokens=DynamoTokens(_table(settings.registry_table)),
        answers=DynamoAnswers(_table(settings.answers_table)),
        queue=SqsQueue(client("sqs"), settings.work_queue_url),
        checks=_checks(settings),
        providers=_providers(settings),
        revocations=DynamoRevocations(_table(settings.certificates_table)),
        attempts=DynamoAttempts(_table(settings.certificates_table)),
        renewals=DynamoRenewals(_table(settings.certificates_table)),
        cipher=KmsCipher(client("kms"), settings.data_key_id),
        key_revoker=LateKeyRevoker(_egress(settings), SystemClock(), settings.acme_ca_bundle),
        signing_requests=PemSigningRequests(),
        directories=AcmeDirectories(_egress(settings), SystemClock(), settings.acme_ca_bundle),
    )


def build_front() -> Front:
    """Wire `functions/dashboard`; raises `SettingsError`."""
    from certwright.adapters.dynamodb_nodes import DynamoNodes
    from certwright.adapters.secrets_manager import read_secret

    settings = read_settings(_FRONT)
    key = read_secret(client("secretsmanager"), settings.session_key_secret)
    return Front(build_desk(), DynamoNodes(_table(settings.nodes_table)), key.encode(), _sign_in_desk(settings))


def _sign_in_desk(settings: Settings) -> SignInDesk | None:
    """Wire the identity provider; raises `SettingsError` where it is configured by half."""
    from certwright.adapters.oidc_provider import Client, OidcProvider
    from certwright.adapters.secrets_manager import read_secret
    from certwright.domain.identity import parse_grants

    if not settings.oidc_issuer:
        return None
    try:
        grants = parse_grants(settings.oidc_roles)
    except InvalidRequest as error:
        raise SettingsError(f"OIDC_ROLES is not right: {error.sentence}") from error
    if not settings.oidc_client_id or not grants:
        raise SettingsError("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_ROLES beside it.")
    secret = settings.oidc_client_secret
    read = (lambda: read_secret(client("secretsmanager"), secret)) if secret else None
    known = Client(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_scopes, read)
    provider = OidcProvider(known, egress=_egress(settings), clock=SystemClock())
    terms = "\n".join((settings.oidc_issuer, settings.oidc_client_id, settings.oidc_roles))
    return SignInDesk(provider, grants, terms)


def build_dead_letter_office() -> DeadLetterOffice:
    """Wire what `functions/api` handles dead letters with; raises `SettingsError`."""
    from certwright.adapters.sqs_dead_letters import SqsDeadLetters
    from certwright.adapters.sqs_queue import SqsQueue

    settings, sqs = read_settings(_OFFICE), client("sqs")
    return DeadLetterOffice(SqsQueue(sqs, settings.work_queue_url), SqsDeadLetters(sqs, settings.dead_letters_url))


def build_safe() -> Safe:
    """Wire `functions/keys`; raises `SettingsError`."""
    from certwright.adapters.dynamodb_certificates import DynamoCertificates
    from certwright.adapters.dynamodb_tokens import DynamoTokens
    from certwright.adapters.s3_bucket import Bucket
    from certwright.adapters.s3_versions import S3Versions

    settings = read_settings(_SAFE)
    return Safe(
        clock=SystemClock(),
        tokens=DynamoTokens(_table(settings.registry_table)),
        certificates=DynamoCertificates(_table(settings.certificates_table)),
        versions=S3Versions(Bucket(client("s3"), settings.bucket)),
    )


def build_workshop() -> Workshop:
    """Wire `functions/issuance`; raises `SettingsError`."""
    # Long, but one line for each port.
    from certwright.adapters.account_keys import KeptAccountKeys
    from certwright.adapters.ca_connections import AcmeCas
    from certwright.adapters.ca_directories import AcmeDirectories
    from certwright.adapters.cas import EveryCa
    from certwright.adapters.chance import SystemChance
    from certwright.adapters.dns_notify import Herald, HeraldedAnswers
    from certwright.adapters.dynamodb_account_events import DynamoAccountEvents
    from certwright.adapters.dynamodb_accounts import DynamoAccounts
    from certwright.adapters.dynamodb_answers import DynamoAnswers
    from certwright.adapters.dynamodb_certificates import DynamoCertificates
    from certwright.adapters.dynamodb_holds import DynamoHolds
    from certwright.adapters.dynamodb_jobs import DynamoJobs
    from certwright.adapters.dynamodb_nodes import DynamoNodes
    from certwright.adapters.dynamodb_notices import DynamoNotices
    from certwright.adapters.dynamodb_renewals import DynamoRenewals
    from certwright.adapters.keys import PemKeys
    from certwright.adapters.kms_cipher import KmsCipher
    from certwright.adapters.s3_bucket import Bucket
    from certwright.adapters.s3_pending_keys import S3PendingKeys
    from certwright.adapters.s3_versions import S3Versions
    from certwright.adapters.self_signed_ca import SelfSignedCas
    from certwright.adapters.sqs_queue import SqsQueue
    from certwright.adapters.suffixes import ListedSuffixes

    settings, clock = _limited(read_settings(_WORKSHOP)), SystemClock()
    egress = _egress(settings)
    account_keys = KeptAccountKeys(client("kms"), settings.deployment)
    acme = AcmeCas(egress, clock, settings.acme_ca_bundle, account_keys.signer)
    certificates, bucket = _table(settings.certificates_table), Bucket(client("s3"), settings.bucket)
    return Workshop(
        settings=settings,
        clock=clock,
        chance=SystemChance(),
        jobs=DynamoJobs(certificates),
        certificates=DynamoCertificates(certificates),
        renewals=DynamoRenewals(certificates),
        holds=DynamoHolds(certificates),
        registry=_registry(settings),
        suffixes=ListedSuffixes(),
        accounts=DynamoAccounts(_table(settings.registry_table)),
        cipher=KmsCipher(client("kms"), settings.data_key_id),
        account_keys=account_keys,
        account_events=DynamoAccountEvents(certificates),
        notices=DynamoNotices(certificates),
        cas=EveryCa(acme, SelfSignedCas(clock)),
        directories=AcmeDirectories(egress, clock, settings.acme_ca_bundle),
        keys=PemKeys(),
        checks=_checks(settings),
        answers=HeraldedAnswers(DynamoAnswers(_table(settings.answers_table)), Herald(egress, settings.node_addresses)),
        nodes=DynamoNodes(_table(settings.nodes_table)),
        pending_keys=S3PendingKeys(bucket),
        versions=S3Versions(bucket),
        kept_versions=S3Versions(bucket),
        queue=SqsQueue(client("sqs"), settings.work_queue_url),
    )


def build_sweep() -> Sweep:
    """Wire `functions/renewal`; raises `SettingsError`."""
    from certwright.adapters.dynamodb_beats import DynamoBeats
    from certwright.adapters.dynamodb_cas import DynamoCaDefinitions, DynamoCaStandings
    from certwright.adapters.dynamodb_jobs import DynamoJobs
    from certwright.adapters.dynamodb_owners import DynamoOwners
    from certwright.adapters.dynamodb_tokens import DynamoTokens
    from certwright.adapters.sqs_queue import SqsQueue

    settings = read_settings(_SWEEP)
    registry = _table(settings.registry_table)
    return Sweep(
        settings=settings,
        clock=SystemClock(),
        jobs=DynamoJobs(_table(settings.certificates_table)),
        queue=SqsQueue(client("sqs"), settings.work_queue_url),
        owners=DynamoOwners(registry),
        tokens=DynamoTokens(registry),
        cas=DynamoCaDefinitions(registry),
        standings=DynamoCaStandings(registry),
        beats=DynamoBeats(registry),
    )


def build_instruments() -> Instruments:
    """Wire what `functions/api` looks at the deployment with; raises `SettingsError`."""
    from certwright.adapters.dynamodb_beats import DynamoBeats
    from certwright.adapters.dynamodb_nodes import DynamoNodes
    from certwright.adapters.dynamodb_overview import DynamoOverview
    from certwright.adapters.sqs_queue import SqsQueue

    settings = read_settings(_INSTRUMENTS)
    return Instruments(
        clock=SystemClock(),
        overview=DynamoOverview(_table(settings.certificates_table)),
        beats=DynamoBeats(_table(settings.registry_table)),
        nodes=DynamoNodes(_table(settings.nodes_table)),
        queue=SqsQueue(client("sqs"), settings.work_queue_url),
        dead_letters=SqsQueue(client("sqs"), settings.dead_letters_url),
    )


def build_lookout() -> Lookout:
    """Wire `functions/watch`; raises `SettingsError`."""
    from certwright.adapters.dynamodb_certificates import DynamoCertificates
    from certwright.adapters.dynamodb_nodes import DynamoNodes
    from certwright.adapters.dynamodb_overview import DynamoOverview
    from certwright.adapters.dynamodb_owners import DynamoOwners
    from certwright.adapters.dynamodb_zones import DynamoZones

    settings = read_settings(_LOOKOUT)
    return Lookout(
        clock=SystemClock(),
        overview=DynamoOverview(_table(settings.certificates_table)),
        nodes=DynamoNodes(_table(settings.nodes_table)),
        owners=DynamoOwners(_table(settings.registry_table)),
        zones=DynamoZones(_table(settings.registry_table)),
        certificates=DynamoCertificates(_table(settings.certificates_table)),
        bus=_bus(settings),
    )


def build_crier() -> Crier:
    """Wire `functions/events`; raises `SettingsError`."""
    from certwright.adapters.dynamodb_overview import DynamoOverview
    from certwright.adapters.event_images import read_event_image

    settings = read_settings(_CRIER)
    return Crier(DynamoOverview(_table(settings.certificates_table)), _bus(settings), read_event_image)


def ensure_first_run(sweep: Sweep) -> None:
    """Make a new deployment's owner and admin token, from the secret made with the stack."""
    from certwright.adapters.chance import SystemChance
    from certwright.adapters.secrets_manager import read_secret

    def read_admin_secret() -> str:
        return read_secret(client("secretsmanager"), sweep.settings.admin_token_secret)

    first_run(sweep.owners, sweep.tokens, SystemChance(), sweep.clock, read_admin_secret)


def _registry(settings: Settings) -> Registry:
    from certwright.adapters.dynamodb_budgets import DynamoBudgets
    from certwright.adapters.dynamodb_cas import DynamoCaDefinitions, DynamoCaStandings
    from certwright.adapters.dynamodb_compromised_keys import DynamoCompromisedKeys
    from certwright.adapters.dynamodb_delegations import DynamoDelegations
    from certwright.adapters.dynamodb_holdings import DynamoHoldings
    from certwright.adapters.dynamodb_owners import DynamoOwners
    from certwright.adapters.dynamodb_zones import DynamoZones

    table = _table(settings.registry_table)
    return Registry(
        owners=DynamoOwners(table),
        zones=DynamoZones(table),
        delegations=DynamoDelegations(table),
        holdings=DynamoHoldings(table),
        budgets=DynamoBudgets(table),
        cas=DynamoCaDefinitions(table),
        standings=DynamoCaStandings(table),
        compromised_keys=DynamoCompromisedKeys(table),
    )


def _checks(settings: Settings) -> ports.EveryCheck:
    from certwright.adapters.record_checks import WalkedRecords
    from certwright.adapters.suffixes import ListedSuffixes

    return WalkedRecords(
        _egress(settings),
        _root_addresses(settings.root_hints),
        ListedSuffixes().registrable,
        resolvers=settings.check_resolvers,
    )


def _providers(settings: Settings) -> ports.DnsProviders:
    from certwright.adapters.dns_providers import OpenedProviders

    return OpenedProviders(
        _egress(settings),
        hosted_zones=settings.route53_zones,
        role=settings.route53_role,
        external_id=settings.route53_external_id,
        cloudflare_api=settings.cloudflare_api,
    )


def _bus(settings: Settings) -> ports.Bus:
    from certwright.adapters.eventbridge import EventBridge

    return EventBridge(client("events"), settings.deployment)


def _limited(settings: Settings) -> Settings:
    """See that the limits can be read that an operator has set."""
    from certwright.domain.limits import Limits, parse_limits

    try:
        parse_limits(settings.acme_limits, Limits())
    except InvalidRequest as error:
        raise SettingsError(f"ACME_LIMITS is not right: {error.sentence}") from error
    return settings


def _egress(settings: Settings) -> "Egress":
    from certwright.adapters.egress import Egress, parse_allow_list

    try:
        allow = parse_allow_list(settings.egress_allow)
    except ValueError as error:
        raise SettingsError(f"EGRESS_ALLOW is not right: {error}.") from error
    return Egress(settings.check_dns_port, settings.check_http_port, allow)


def _root_addresses(hints: tuple[str, ...]) -> tuple[str, ...]:
    """Take the addresses of root hints written as `address` or `name=address`."""
    return tuple(hint.rpartition("=")[2] for hint in hints)


def _table(name: str) -> "Table":
    from certwright.adapters.dynamodb_table import Table

    return Table(client("dynamodb"), name)
