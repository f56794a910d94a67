"""The registry in memory: owners, zones, delegations, holdings, tokens, CA accounts."""

from dataclasses import replace
from threading import RLock

from certwright.domain.account_event import AccountEvent
from certwright.domain.ca_account import CaDefinition, CaStanding, KeyKind
from certwright.domain.errors import Conflict, NotFound, StaleRevision
from certwright.domain.owner import Delegation, Owner, Token, Zone
from certwright.ports import StoredAccount


class FakeOwners:
    """An `Owners`."""

    def __init__(self) -> None:
        self._owners: dict[str, Owner] = {}
        self._lock = RLock()

    def read(self, owner_id: str) -> Owner | None:
        return self._owners.get(owner_id)

    def create(self, owner: Owner) -> Owner:
        return self._owners.setdefault(owner.id, owner)

    def list_all(self) -> tuple[Owner, ...]:
        return tuple(sorted(self._owners.values(), key=lambda owner: owner.id))

    def set_current_zone(self, owner_id: str, zone_id: str, instead_of: str) -> bool:
        with self._lock:
            owner = self._owners.get(owner_id)
            if owner is None or owner.current_zone != instead_of:
                return False
            self._owners[owner_id] = replace(owner, current_zone=zone_id)
            return True

    def change(self, owner: Owner) -> Owner:
        with self._lock:
            stored = self._owners.get(owner.id)
            if stored is None:
                raise NotFound(f"There is no owner {owner.id}.", code="owner-not-found")
            changed = replace(stored, name=owner.name, patterns=owner.patterns, is_active=owner.is_active)
            self._owners[owner.id] = changed
            return changed


class FakeZones:
    """A `Zones`."""

    def __init__(self) -> None:
        self._zones: dict[str, Zone] = {}
        self._lock = RLock()

    def create(self, zone: Zone) -> None:
        with self._lock:
            if any(_overlap(zone.origin, other.origin) for other in self._zones.values()):
                raise Conflict(f"{zone.origin} overlaps a zone that is there.", code="zone-overlaps")
            self._zones[zone.id] = zone

    def read(self, zone_id: str) -> Zone | None:
        return self._zones.get(zone_id)

    def list_all(self) -> tuple[Zone, ...]:
        return tuple(sorted(self._zones.values(), key=lambda zone: zone.id))

    def update(self, before: Zone, after: Zone) -> None:
        with self._lock:
            if self._zones.get(before.id) != before:
                raise StaleRevision("Another writer changed the zone.")
            self._zones[before.id] = replace(after, id=before.id, origin=before.origin)

    def remove(self, zone: Zone) -> None:
        with self._lock:
            self._zones.pop(zone.id, None)


class FakeDelegations:
    """An `EveryDelegation`."""

    def __init__(self) -> None:
        self._delegations: dict[tuple[str, str], Delegation] = {}
        self._lock = RLock()

    def obtain(self, delegation: Delegation) -> Delegation:
        key = delegation.owner, delegation.domain
        return self._delegations.setdefault(key, replace(delegation, certificates=()))

    def read(self, owner: str, domain: str) -> Delegation | None:
        return self._delegations.get((owner, domain))

    def list_of(self, owner: str, after: str = "", limit: int | None = None) -> tuple[Delegation, ...]:
        mine = (item for item in self._delegations.values() if item.owner == owner and item.domain > after)
        return tuple(sorted(mine, key=lambda item: item.domain)[:limit])

    def hold(self, owner: str, domain: str, certificate_id: str) -> None:
        with self._lock:
            found = self.read(owner, domain)
            if found:
                holders = tuple(sorted({*found.certificates, certificate_id}))
                self._delegations[owner, domain] = replace(found, certificates=holders, deleted_at=0)

    def release(self, owner: str, domain: str, certificate_id: str) -> None:
        with self._lock:
            found = self.read(owner, domain)
            if found:
                rest = tuple(each for each in found.certificates if each != certificate_id)
                self._delegations[owner, domain] = replace(found, certificates=rest)

    def set_deleted(self, owner: str, domain: str, deleted_at: int) -> bool:
        with self._lock:
            found = self.read(owner, domain)
            if found is None or found.certificates:
                return False
            if not (deleted_at and found.deleted_at):
                self._delegations[owner, domain] = replace(found, deleted_at=deleted_at)
            return True

    def note_look(self, delegation: Delegation) -> None:
        with self._lock:
            key = delegation.owner, delegation.domain
            if key in self._delegations:
                self._delegations[key] = replace(
                    self._delegations[key],
                    looked_at=delegation.looked_at,
                    seen_at=delegation.seen_at,
                    target=delegation.target,
                    problem=delegation.problem,
                )


class FakeHoldings:
    """A `Holdings`."""

    def __init__(self) -> None:
        self._holdings: dict[str, tuple[str, frozenset[str]]] = {}
        self._lock = RLock()

    def take(self, name: str, owner: str, certificate_id: str) -> bool:
        with self._lock:
            holder, certificates = self._holdings.get(name, (owner, frozenset()))
            if holder != owner:
                return False
            self._holdings[name] = (owner, certificates | {certificate_id})
            return True

    def release(self, name: str, certificate_id: str) -> None:
        with self._lock:
            owner, certificates = self._holdings.pop(name, ("", frozenset()))
            if rest := certificates - {certificate_id}:
                self._holdings[name] = (owner, rest)

    def holder(self, name: str) -> str:
        return self._holdings.get(name, ("", frozenset()))[0]


class FakeTokens:
    """A `Tokens`."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def read(self, token_id: str) -> Token | None:
        return self._tokens.get(token_id)

    def create(self, token: Token) -> bool:
        return self._tokens.setdefault(token.id, token) is token

    def list_all(self) -> tuple[Token, ...]:
        return tuple(sorted(self._tokens.values(), key=lambda token: token.id))

    def remove(self, token_id: str) -> None:
        self._tokens.pop(token_id, None)


class FakeAccounts:
    """An `Accounts`."""

    def __init__(self) -> None:
        self._accounts: dict[str, StoredAccount] = {}

    def read(self, name: str) -> StoredAccount | None:
        return self._accounts.get(name)

    def create(self, account: StoredAccount) -> StoredAccount:
        return self._accounts.setdefault(account.name, account)

    def set_url(self, name: str, url: str) -> None:
        if name not in self._accounts:
            raise NotFound(f"There is no account “{name}”.")
        self._accounts[name] = replace(self._accounts[name], url=url)

    def update(self, before: StoredAccount, after: StoredAccount) -> StoredAccount:
        stored = self._accounts.get(before.name)
        if stored is None or (stored.encrypted_key, stored.next_key) != (before.encrypted_key, before.next_key):
            raise StaleRevision("Another worker changes this account's key.")
        self._accounts[before.name] = after
        return after


class FakeAccountKeys:
    """An `AccountKeys`; the first key is `account-key-1`."""

    def __init__(self) -> None:
        self.made: list[tuple[str, KeyKind]] = []
        self.discarded: list[bytes] = []

    def make(self, account: str, kind: KeyKind) -> bytes:
        self.made.append((account, kind))
        return f"account-key-{len(self.made)}".encode()

    def discard(self, key: bytes) -> None:
        self.discarded.append(key)


class FakeAccountEvents:
    """An `AccountEvents`."""

    def __init__(self) -> None:
        self.events: dict[tuple[str, int, str], AccountEvent] = {}

    def put(self, event: AccountEvent) -> None:
        self.events[event.account, event.at, event.change] = event

    def list_newest(self, account: str, limit: int) -> tuple[AccountEvent, ...]:
        mine = sorted((key, event) for key, event in self.events.items() if key[0] == account)
        return tuple(event for _, event in reversed(mine))[:limit]


class FakeCompromisedKeys:
    """A `CompromisedKeys`."""

    def __init__(self) -> None:
        self.noted: dict[str, int] = {}

    def note(self, public_key: str, at: int) -> None:
        self.noted[public_key] = at

    def is_noted(self, public_key: str) -> bool:
        return public_key in self.noted


class FakeCaDefinitions:
    """A `CaDefinitions`."""

    def __init__(self) -> None:
        self._definitions: dict[str, CaDefinition] = {}
        self._lock = RLock()

    def read(self, name: str) -> CaDefinition | None:
        return self._definitions.get(name)

    def create(self, definition: CaDefinition) -> bool:
        return self._definitions.setdefault(definition.name, definition) is definition

    def update(self, before: CaDefinition, after: CaDefinition) -> None:
        with self._lock:
            stored = self._definitions.get(before.name)
            if stored is None or stored.changes != before.changes:
                raise StaleRevision("Somebody else has changed this CA account.")
            self._definitions[before.name] = after

    def list_all(self) -> tuple[CaDefinition, ...]:
        return tuple(self._definitions[name] for name in sorted(self._definitions))


class FakeCaStandings:
    """A `CaStandings`."""

    def __init__(self) -> None:
        self._standings: dict[str, CaStanding] = {}

    def read(self, name: str) -> CaStanding | None:
        return self._standings.get(name)

    def put(self, standing: CaStanding) -> None:
        self._standings[standing.name] = standing


def _overlap(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
