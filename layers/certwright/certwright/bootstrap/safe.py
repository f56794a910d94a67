"""What private keys are handed out with."""

from certwright.adapters.aws import client
from certwright.adapters.clock import SystemClock
from certwright.adapters.dynamodb_certificates import DynamoCertificates
from certwright.adapters.dynamodb_tokens import DynamoTokens
from certwright.adapters.s3_bucket import Bucket
from certwright.adapters.s3_versions import S3Versions
from certwright.bootstrap.kits import Safe
from certwright.bootstrap.tables import open_table
from certwright.settings import read_settings

_SAFE = ("CERTIFICATES_TABLE", "REGISTRY_TABLE", "BUCKET")


def build_safe() -> Safe:
    """Wire `functions/keys`; raises `SettingsError`."""
    settings = read_settings(_SAFE)
    return Safe(
        clock=SystemClock(),
        tokens=DynamoTokens(open_table(settings.registry_table)),
        certificates=DynamoCertificates(open_table(settings.certificates_table)),
        versions=S3Versions(Bucket(client("s3"), settings.bucket)),
    )
