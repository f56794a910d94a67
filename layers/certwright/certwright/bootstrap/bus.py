"""The bus that events are put on."""

from certwright import ports
from certwright.adapters.aws import client
from certwright.adapters.eventbridge import EventBridge
from certwright.settings import Settings


def build_bus(settings: Settings) -> ports.Bus:
    """Wire the deployment's bus."""
    return EventBridge(client("events"), settings.deployment)
