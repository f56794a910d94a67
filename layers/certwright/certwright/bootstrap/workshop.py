"""What certificates are made with."""

from certwright.adapters.account_keys import KeptAccountKeys
from certwright.adapters.aws import client
from certwright.adapters.ca_connections import AcmeCas
from certwright.adapters.ca_directories import AcmeDirectories
from certwright.adapters.cas import EveryCa
from certwright.adapters.chance import SystemChance
from certwright.adapters.clock import SystemClock
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
from certwright.bootstrap.desk_settings import read_desk_settings
from certwright.bootstrap.network import build_checks, build_egress
from certwright.bootstrap.registry import build_registry
from certwright.bootstrap.tables import open_table
from certwright.flows.world import Workshop

_BEYOND_DESK = ("NODES_TABLE", "BUCKET", "DATA_KEY_ID", "DEPLOYMENT")


def build_workshop() -> Workshop:
    """Wire `functions/issuance`; raises `SettingsError`."""
    # Long, but one line for each port.
    settings, clock = read_desk_settings(*_BEYOND_DESK), SystemClock()
    egress = build_egress(settings)
    account_keys = KeptAccountKeys(client("kms"), settings.deployment)
    acme = AcmeCas(egress, clock, settings.acme_ca_bundle, account_keys.signer)
    herald = Herald(egress, settings.node_addresses)
    certificates, bucket = open_table(settings.certificates_table), Bucket(client("s3"), settings.bucket)
    return Workshop(
        settings=settings,
        clock=clock,
        chance=SystemChance(),
        jobs=DynamoJobs(certificates),
        certificates=DynamoCertificates(certificates),
        renewals=DynamoRenewals(certificates),
        holds=DynamoHolds(certificates),
        registry=build_registry(settings),
        suffixes=ListedSuffixes(),
        accounts=DynamoAccounts(open_table(settings.registry_table)),
        cipher=KmsCipher(client("kms"), settings.data_key_id),
        account_keys=account_keys,
        account_events=DynamoAccountEvents(certificates),
        notices=DynamoNotices(certificates),
        cas=EveryCa(acme, SelfSignedCas(clock)),
        directories=AcmeDirectories(egress, clock, settings.acme_ca_bundle),
        keys=PemKeys(),
        checks=build_checks(settings),
        answers=HeraldedAnswers(DynamoAnswers(open_table(settings.answers_table)), herald),
        nodes=DynamoNodes(open_table(settings.nodes_table)),
        pending_keys=S3PendingKeys(bucket),
        versions=S3Versions(bucket),
        kept_versions=S3Versions(bucket),
        queue=SqsQueue(client("sqs"), settings.work_queue_url),
    )
