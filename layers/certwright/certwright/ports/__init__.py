"""What the flows need of the world: small interfaces, owned here, filled in by `adapters` and by the tests' fakes.

Each method raises only what its docstring names and `Unavailable`, when the world does not answer in time.
"""

from certwright.ports.accounts import Accounts, Budgets, CaDefinitions, CaStandings, StoredAccount, StoredBudget
from certwright.ports.answers import Answers, Nodes
from certwright.ports.ca import (
    AccountChanges,
    AccountRegistration,
    Ca,
    CaAuthorizations,
    CaDirectories,
    CaOrders,
    CaRevocations,
    Cas,
    ExternalAccount,
    Registration,
    RenewalInformation,
    RenewalWindow,
)
from certwright.ports.certificates import (
    Attempts,
    Certificates,
    Changes,
    Holder,
    Holds,
    IdempotencyKey,
    Jobs,
    KeyRevoker,
    Lateness,
    Managed,
    NotClaimed,
    Overview,
    Page,
    Renewals,
    Revocations,
)
from certwright.ports.checks import RecordChecks
from certwright.ports.keys import Cipher, Keys, Leaf, SigningRequest, SigningRequests
from certwright.ports.messages import Bus, Queue
from certwright.ports.registry import Delegations, Holdings, Owners, Tokens, Zones
from certwright.ports.storage import KeptVersions, PendingKeys, StoredBundle, Versions
from certwright.ports.surroundings import Chance, Clock, PublicSuffixes

__all__ = [
    "AccountChanges",
    "AccountRegistration",
    "Accounts",
    "Answers",
    "Attempts",
    "Budgets",
    "Bus",
    "Ca",
    "CaAuthorizations",
    "CaDefinitions",
    "CaDirectories",
    "CaOrders",
    "CaRevocations",
    "CaStandings",
    "Cas",
    "Certificates",
    "Chance",
    "Changes",
    "Cipher",
    "Clock",
    "Delegations",
    "ExternalAccount",
    "Holder",
    "Holdings",
    "Holds",
    "IdempotencyKey",
    "Jobs",
    "KeptVersions",
    "KeyRevoker",
    "Keys",
    "Lateness",
    "Leaf",
    "Managed",
    "Nodes",
    "NotClaimed",
    "Overview",
    "Owners",
    "Page",
    "PendingKeys",
    "PublicSuffixes",
    "Queue",
    "RecordChecks",
    "Registration",
    "RenewalInformation",
    "RenewalWindow",
    "Renewals",
    "Revocations",
    "SigningRequest",
    "SigningRequests",
    "StoredAccount",
    "StoredBudget",
    "StoredBundle",
    "Tokens",
    "Versions",
    "Zones",
]
