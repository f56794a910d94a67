"""What due certificates are swept up with, and what a new deployment needs."""

from certwright.adapters.aws import client
from certwright.adapters.chance import SystemChance
from certwright.adapters.clock import SystemClock
from certwright.adapters.dynamodb_beats import DynamoBeats
from certwright.adapters.dynamodb_cas import DynamoCaDefinitions, DynamoCaStandings
from certwright.adapters.dynamodb_jobs import DynamoJobs
from certwright.adapters.dynamodb_owners import DynamoOwners
from certwright.adapters.dynamodb_tokens import DynamoTokens
from certwright.adapters.secrets_manager import read_secret
from certwright.adapters.sqs_queue import SqsQueue
from certwright.bootstrap.kits import Sweep
from certwright.bootstrap.tables import open_table
from certwright.flows.first_run import first_run
from certwright.settings import read_settings

_SWEEP = ("CERTIFICATES_TABLE", "REGISTRY_TABLE", "WORK_QUEUE_URL", "ADMIN_TOKEN_SECRET", "ACME_DIRECTORY")


def build_sweep() -> Sweep:
    """Wire `functions/renewal`; raises `SettingsError`."""
    settings = read_settings(_SWEEP)
    registry = open_table(settings.registry_table)
    return Sweep(
        settings=settings,
        clock=SystemClock(),
        jobs=DynamoJobs(open_table(settings.certificates_table)),
        queue=SqsQueue(client("sqs"), settings.work_queue_url),
        owners=DynamoOwners(registry),
        tokens=DynamoTokens(registry),
        cas=DynamoCaDefinitions(registry),
        standings=DynamoCaStandings(registry),
        beats=DynamoBeats(registry),
    )


def ensure_first_run(sweep: Sweep) -> None:
    """Make a new deployment's owner and admin token, from the secret made with the stack."""

    def read_admin_secret() -> str:
        return read_secret(client("secretsmanager"), sweep.settings.admin_token_secret)

    first_run(sweep.owners, sweep.tokens, SystemChance(), sweep.clock, read_admin_secret)
