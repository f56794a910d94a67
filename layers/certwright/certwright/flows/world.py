"""The ports that flows are given, together; `bootstrap` fills them in, tests do with fakes."""

from dataclasses import dataclass

from certwright import ports
from certwright.domain.ca import CaEntry
from certwright.domain.identity import Grant
from certwright.settings import Settings


@dataclass(frozen=True, slots=True)
class Registry:
    """What the deployment knows beside certificates."""

    owners: ports.Owners
    zones: ports.Zones
    delegations: ports.EveryDelegation
    holdings: ports.Holdings
    budgets: ports.Budgets
    cas: ports.CaDefinitions
    standings: ports.CaStandings
    compromised_keys: ports.CompromisedKeys


@dataclass(frozen=True, slots=True)
class Desk:
    """What requests from outside are served with: no private keys, no CA."""

    settings: Settings
    ca: CaEntry
    clock: ports.Clock
    chance: ports.Chance
    suffixes: ports.PublicSuffixes
    certificates: ports.Certificates
    registry: Registry
    tokens: ports.Tokens
    answers: ports.Answers
    queue: ports.Queue
    checks: ports.EveryCheck
    providers: ports.DnsProviders
    revocations: ports.Revocations
    attempts: ports.Attempts
    renewals: ports.Renewals
    key_revoker: ports.KeyRevoker
    cipher: ports.Cipher
    signing_requests: ports.SigningRequests
    directories: ports.CaDirectories


@dataclass(frozen=True, slots=True)
class SignInDesk:
    """What people are signed in with by an identity provider: who gets which role, and what ends their sessions.

    `terms` are in every session; other terms end it.
    """

    provider: ports.IdentityProvider
    grants: tuple[Grant, ...]
    terms: str


@dataclass(frozen=True, slots=True)
class Workshop:
    """What certificates are made with."""

    settings: Settings
    clock: ports.Clock
    chance: ports.Chance
    jobs: ports.Jobs
    certificates: ports.Certificates
    renewals: ports.Renewals
    holds: ports.Holds
    registry: Registry
    suffixes: ports.PublicSuffixes
    accounts: ports.Accounts
    account_keys: ports.AccountKeys
    account_events: ports.AccountEvents
    cipher: ports.Cipher
    cas: ports.Cas
    directories: ports.CaDirectories
    keys: ports.Keys
    checks: ports.EveryCheck
    answers: ports.Answers
    nodes: ports.Nodes
    pending_keys: ports.PendingKeys
    versions: ports.Versions
    kept_versions: ports.KeptVersions
    notices: ports.Notices
    queue: ports.Queue
