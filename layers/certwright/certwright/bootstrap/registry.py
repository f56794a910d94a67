"""What the registry's table holds, by what it is."""

from certwright.adapters.dynamodb_budgets import DynamoBudgets
from certwright.adapters.dynamodb_cas import DynamoCaDefinitions, DynamoCaStandings
from certwright.adapters.dynamodb_compromised_keys import DynamoCompromisedKeys
from certwright.adapters.dynamodb_delegations import DynamoDelegations
from certwright.adapters.dynamodb_holdings import DynamoHoldings
from certwright.adapters.dynamodb_owners import DynamoOwners
from certwright.adapters.dynamodb_zones import DynamoZones
from certwright.bootstrap.tables import open_table
from certwright.flows.world import Registry
from certwright.settings import Settings


def build_registry(settings: Settings) -> Registry:
    """Wire what lies in the registry's table."""
    table = open_table(settings.registry_table)
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
