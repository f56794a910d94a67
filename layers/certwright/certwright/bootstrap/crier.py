"""What events are announced with."""

from certwright.adapters.dynamodb_overview import DynamoOverview
from certwright.adapters.event_images import read_event_image
from certwright.bootstrap.bus import build_bus
from certwright.bootstrap.kits import Crier
from certwright.bootstrap.tables import open_table
from certwright.settings import read_settings

_CRIER = ("CERTIFICATES_TABLE", "DEPLOYMENT")


def build_crier() -> Crier:
    """Wire `functions/events`; raises `SettingsError`."""
    settings = read_settings(_CRIER)
    return Crier(DynamoOverview(open_table(settings.certificates_table)), build_bus(settings), read_event_image)
