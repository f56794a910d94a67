"""What `functions/api` answers with, and most of what pages are served with."""

from certwright import ports
from certwright.adapters.aws import client
from certwright.adapters.ca_directories import AcmeDirectories
from certwright.adapters.chance import SystemChance
from certwright.adapters.clock import SystemClock
from certwright.adapters.dns_providers import OpenedProviders
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
from certwright.bootstrap.desk_settings import read_desk_settings
from certwright.bootstrap.network import build_checks, build_egress
from certwright.bootstrap.registry import build_registry
from certwright.bootstrap.tables import open_table
from certwright.domain.ca import find_ca
from certwright.flows.world import Desk
from certwright.settings import Settings


def build_desk() -> Desk:
    """Wire `functions/api`; raises `SettingsError`."""
    settings = read_desk_settings()
    return Desk(
        settings=settings,
        ca=find_ca(settings.acme_directory),
        clock=SystemClock(),
        chance=SystemChance(),
        suffixes=ListedSuffixes(),
        certificates=DynamoCertificates(open_table(settings.certificates_table)),
        registry=build_registry(settings),
        tokens=DynamoTokens(open_table(settings.registry_table)),
        answers=DynamoAnswers(open_table(settings.answers_table)),
        queue=SqsQueue(client("sqs"), settings.work_queue_url),
        checks=build_checks(settings),
        providers=_providers(settings),
        revocations=DynamoRevocations(open_table(settings.certificates_table)),
        attempts=DynamoAttempts(open_table(settings.certificates_table)),
        renewals=DynamoRenewals(open_table(settings.certificates_table)),
        cipher=KmsCipher(client("kms"), settings.data_key_id),
        key_revoker=LateKeyRevoker(build_egress(settings), SystemClock(), settings.acme_ca_bundle),
        signing_requests=PemSigningRequests(),
        directories=AcmeDirectories(build_egress(settings), SystemClock(), settings.acme_ca_bundle),
    )


def _providers(settings: Settings) -> ports.DnsProviders:
    return OpenedProviders(
        build_egress(settings),
        hosted_zones=settings.route53_zones,
        role=settings.route53_role,
        external_id=settings.route53_external_id,
        cloudflare_api=settings.cloudflare_api,
    )
