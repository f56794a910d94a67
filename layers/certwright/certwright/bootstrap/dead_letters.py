"""What dead letters are handled with."""

from certwright.adapters.aws import client
from certwright.adapters.sqs_dead_letters import SqsDeadLetters
from certwright.adapters.sqs_queue import SqsQueue
from certwright.flows.dead_letters import DeadLetterOffice
from certwright.settings import read_settings

_OFFICE = ("WORK_QUEUE_URL", "DEAD_LETTERS_URL")


def build_dead_letter_office() -> DeadLetterOffice:
    """Wire what `functions/api` handles dead letters with; raises `SettingsError`."""
    settings, sqs = read_settings(_OFFICE), client("sqs")
    return DeadLetterOffice(SqsQueue(sqs, settings.work_queue_url), SqsDeadLetters(sqs, settings.dead_letters_url))
