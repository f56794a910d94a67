"""What a deployment is watched with."""

from certwright.adapters.clock import SystemClock
from certwright.adapters.dynamodb_certificates import DynamoCertificates
from certwright.adapters.dynamodb_nodes import DynamoNodes
from certwright.adapters.dynamodb_overview import DynamoOverview
from certwright.adapters.dynamodb_owners import DynamoOwners
from certwright.adapters.dynamodb_zones import DynamoZones
from certwright.bootstrap.bus import build_bus
from certwright.bootstrap.kits import Lookout
from certwright.bootstrap.tables import open_table
from certwright.settings import read_settings

_LOOKOUT = ("CERTIFICATES_TABLE", "REGISTRY_TABLE", "NODES_TABLE", "DEPLOYMENT")


def build_lookout() -> Lookout:
    """Wire `functions/watch`; raises `SettingsError`."""
    settings = read_settings(_LOOKOUT)
    return Lookout(
        clock=SystemClock(),
        overview=DynamoOverview(open_table(settings.certificates_table)),
        nodes=DynamoNodes(open_table(settings.nodes_table)),
        owners=DynamoOwners(open_table(settings.registry_table)),
        zones=DynamoZones(open_table(settings.registry_table)),
        certificates=DynamoCertificates(open_table(settings.certificates_table)),
        bus=build_bus(settings),
    )
