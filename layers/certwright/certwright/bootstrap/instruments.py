"""What a deployment is looked at with."""

from certwright.adapters.aws import client
from certwright.adapters.clock import SystemClock
from certwright.adapters.dynamodb_beats import DynamoBeats
from certwright.adapters.dynamodb_nodes import DynamoNodes
from certwright.adapters.dynamodb_overview import DynamoOverview
from certwright.adapters.sqs_queue import SqsQueue
from certwright.bootstrap.tables import open_table
from certwright.flows.read_vitals import Instruments
from certwright.settings import read_settings

_INSTRUMENTS = ("CERTIFICATES_TABLE", "REGISTRY_TABLE", "NODES_TABLE", "WORK_QUEUE_URL", "DEAD_LETTERS_URL")


def build_instruments() -> Instruments:
    """Wire what `functions/api` looks at the deployment with; raises `SettingsError`."""
    settings = read_settings(_INSTRUMENTS)
    return Instruments(
        clock=SystemClock(),
        overview=DynamoOverview(open_table(settings.certificates_table)),
        beats=DynamoBeats(open_table(settings.registry_table)),
        nodes=DynamoNodes(open_table(settings.nodes_table)),
        queue=SqsQueue(client("sqs"), settings.work_queue_url),
        dead_letters=SqsQueue(client("sqs"), settings.dead_letters_url),
    )
