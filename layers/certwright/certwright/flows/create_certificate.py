"""Take a request for a certificate: check it, prepare its records, store it, and have it looked at."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from certwright.domain.ca import CaEntry
from certwright.domain.ca_account import CaDefinition
from certwright.domain.ca_choice import CaWish
from certwright.domain.certificate import Desired, Event, Work
from certwright.domain.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from certwright.domain.identifier import Names, is_wildcard, read_address
from certwright.domain.order import ChallengeType
from certwright.domain.owner import Delegation, Owner, may_ask
from certwright.flows.ca_accounts import choose_ca, choose_ca_to_ask
from certwright.flows.hasten import hasten
from certwright.flows.request_choices import NEW_KEY, KeyChoice, KeyWish, check_profile, choose_key, choose_names
from certwright.flows.staging import find_staging, keep_staging
from certwright.flows.world import Desk
from certwright.flows.zones import ensure_zone
from certwright.ports import IdempotencyKey, Managed

type ChallengeWish = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """What a caller asks for; `challenge` is empty, one type for all names, or a type for each of some names.

    `preferred_chain` is the common name of the root that the chain should end at, empty for the CA's default. `cas`
    name accounts to ask in turn, none the deployment's own. A dry run asks the first one's staging. Renewals are
    rehearsed `rehearse_days` before, -1 for what the deployment has. `correlation_id` is the id of the request itself.
    """

    owner: str
    names: tuple[str, ...]
    challenge: ChallengeWish = ""
    key: KeyWish = NEW_KEY
    profile: str = ""
    preferred_chain: str = ""
    idempotency_key: str = ""
    cas: tuple[str, ...] = ()
    is_dry_run: bool = False
    rehearse_days: int = -1
    correlation_id: str = ""


def create_certificate(desk: Desk, request: CertificateRequest) -> Managed:
    """Accept a request; the same one with the same idempotency key gives the same certificate.

    Raises `InvalidRequest`, `NotAllowed` (a name no pattern grants), `Conflict` (a name held by another owner);
    nothing is stored then.
    """
    owner, desired = draft_certificate(desk, request)
    if request.is_dry_run:
        keep_staging(desk.registry, _find_staging(desk, choose_ca(desk, desired.dry_run_of)))
    _prepare_delegations(desk, owner, desired)
    managed = _store(desk, desired, request)
    if managed.desired.id == desired.id:
        _take_holdings(desk, desired)
        for domain in desired.dns_identifiers:
            desk.registry.delegations.hold(owner.id, domain, desired.id)
    hasten(desk.queue, managed.desired.id)
    return managed


def draft_certificate(desk: Desk, request: CertificateRequest) -> tuple[Owner, Desired]:
    """Check a request and build what it would come to; nothing is stored. Raises as `create_certificate` does."""
    owner = _find_owner(desk, request.owner)
    chosen = [choose_ca_to_ask(desk, name) for name in request.cas or ("",)]
    accounts = tuple({account.name: account for account in chosen}.values())
    first = accounts[0]
    request = replace(request, profile=request.profile or first.profile)
    names = _check(desk, owner, request, [account.entry for account in accounts])
    desired = _build(desk, request, names, choose_key(desk, request.key, names), first.entry)
    if len(accounts) > 1:
        others = (CaWish(account.name, account.profile) for account in accounts[1:])
        desired = replace(desired, cas=(CaWish(first.name, request.profile), *others))
    desired = replace(desired, is_untrusted=all(account.entry.is_untrusted for account in accounts))
    if request.is_dry_run:
        staging = _find_staging(desk, first).name
        desired = replace(desired, account=staging, dry_run_of=first.name, cas=(), is_untrusted=True)
    elif request.rehearse_days > 0:
        _find_staging(desk, first, "rehearse_days")
    _refuse_held(desk, desired)
    return owner, desired


def _find_staging(desk: Desk, account: CaDefinition, field: str = "dry_run") -> CaDefinition:
    found = find_staging(desk.registry, desk.settings, account, desk.clock.now())
    if found is None:
        raise InvalidRequest(
            f"The CA account {account.name} has no other to try things with: set its “staging” to the name of an "
            "account at a CA for tests (PATCH /v1/cas/…), or leave this out.",
            field=field,
            code="staging-unknown",
        )
    return found


def _find_owner(desk: Desk, owner_id: str) -> Owner:
    owner = desk.registry.owners.read(owner_id)
    if owner is None:
        raise NotFound(f"There is no owner {owner_id}: check the field “owner”.", code="owner-not-found")
    if not owner.is_active:
        raise NotAllowed("This owner is not active: an operator must activate it.", code="owner-inactive")
    return owner


def _check(desk: Desk, owner: Owner, request: CertificateRequest, cas: Sequence[CaEntry]) -> Names:
    """Check the names by the rules of every CA that may be asked, a profile by those of the first.

    The test CA that is built in stands alone: what nobody trusts must never take the place of what was wanted.
    """
    if len(cas) > 1 and any(entry.is_self_signed for entry in cas):
        raise InvalidRequest("The self-signed test CA can't be one of several.", field="cas", code="ca-unknown")
    names = choose_names(desk, cas[0], request.names, request.profile)
    for other in cas[1:]:
        choose_names(desk, other, request.names, "")
    ungranted = next((name for name in names.kept if not may_ask(owner, name)), None)
    if ungranted:
        raise NotAllowed(
            f"No pattern of this owner grants {ungranted}: have an operator grant it.", code="name-not-granted"
        )
    check_profile(desk, cas[0], request.profile)
    return names


def _build(desk: Desk, request: CertificateRequest, names: Names, key: KeyChoice, ca: CaEntry) -> Desired:
    is_self_signed = ca.is_self_signed
    http_names, reason = choose_challenges(names.kept, request.challenge)
    if is_self_signed:
        http_names, reason = (), "None: the self-signed test CA wants nothing proven. Nobody trusts what it issues."
    return Desired(
        id=desk.chance.new_id("crt_"),
        owner=request.owner,
        names=names.kept,
        http_names=http_names,
        reason=reason,
        account=ca.account,
        created_at=desk.clock.now(),
        dropped_names=names.dropped,
        profile=request.profile,
        key_type=key.type,
        reuses_key=key.is_reused,
        csr=key.csr,
        csr_key=key.public_key,
        preferred_chain=request.preferred_chain,
        rehearse_days=0 if request.is_dry_run else request.rehearse_days,
        is_self_signed=is_self_signed,
        correlation_id=request.correlation_id,
    )


def choose_challenges(names: tuple[str, ...], wish: ChallengeWish) -> tuple[tuple[str, ...], str]:
    """Decide which names are proven by HTTP-01, and say why; raises `InvalidRequest`.

    A wildcard among the names makes it DNS-01 for all, without one it is HTTP-01; a wish overrides that, but never for
    a wildcard (RFC 8555 §7.1.3 leaves it to CAs, and no public one offers it).
    """
    wildcard = next((name for name in names if is_wildcard(name)), None)
    if wildcard:
        default, reason = ChallengeType.DNS_01, f"DNS-01, because {wildcard} is a wildcard."
    else:
        default, reason = ChallengeType.HTTP_01, "HTTP-01, because no name is a wildcard."
    if not wish:
        return _by_http(dict.fromkeys(names, default)), reason
    wishes = _read_wishes(names, wish)
    chosen = {name: wishes.get(name, default) for name in names}
    address = next((name for name in names if read_address(name) and chosen[name] is ChallengeType.DNS_01), None)
    if address:
        raise InvalidRequest(
            f"{address} is an IP address, which no CA proves by DNS-01: use http-01 for it.",
            field="challenge",
            code="address-needs-http-01",
        )
    refused = next((name for name in names if is_wildcard(name) and chosen[name] is ChallengeType.HTTP_01), None)
    if refused:
        raise InvalidRequest(
            f"{refused} is a wildcard, which no CA proves by HTTP-01: use dns-01 for it.",
            field="challenge",
            code="wildcard-needs-dns-01",
        )
    return _by_http(chosen), "As the request chose."


def _by_http(chosen: Mapping[str, ChallengeType]) -> tuple[str, ...]:
    return tuple(name for name, challenge in chosen.items() if challenge is ChallengeType.HTTP_01)


def _read_wishes(names: tuple[str, ...], wish: ChallengeWish) -> dict[str, ChallengeType]:
    pairs = dict.fromkeys(names, wish) if isinstance(wish, str) else {name.lower(): one for name, one in wish.items()}
    known = {item.value: item for item in ChallengeType}
    for name, challenge in pairs.items():
        if name not in names:
            raise InvalidRequest(f"“{name}” is not among the names.", field="challenge", code="challenge-name")
        if challenge not in known:
            raise InvalidRequest(f"Choose {' or '.join(known)} for {name}.", field="challenge", code="challenge-type")
    return {name: known[challenge] for name, challenge in pairs.items()}


def _refuse_held(desk: Desk, desired: Desired) -> None:
    for name in desired.http_names:
        if desk.registry.holdings.holder(name) not in ("", desired.owner):
            raise _held(name)


def _take_holdings(desk: Desk, desired: Desired) -> None:
    """Hold every HTTP-01 name for the owner.

    The certificate is stored before, so that a crash leaves no name held for one that does not exist; a worker takes
    what was not taken here. Where another owner came first after all, the certificate is deleted again.
    """
    for name in desired.http_names:
        if not desk.registry.holdings.take(name, desired.owner, desired.id):
            desk.certificates.wake(desired.id, desk.clock.now(), is_deleted=True)
            hasten(desk.queue, desired.id)
            raise _held(name)


def _held(name: str) -> Conflict:
    return Conflict(f"{name} is held by another owner for HTTP-01: ask an operator, or use DNS-01.", code="name-held")


def _prepare_delegations(desk: Desk, owner: Owner, desired: Desired) -> None:
    if desired.dns_identifiers:
        ensure_zone(desk, owner, desired.dns_identifiers[0])
    for item in desired.dns_identifiers:
        desk.registry.delegations.obtain(Delegation(owner.id, item, desk.chance.new_uuid(), desired.created_at))


def _store(desk: Desk, desired: Desired, request: CertificateRequest) -> Managed:
    now = desired.created_at
    managed = Managed(desired, Work(desired.id, due_at=now))
    said = f"Requested for {', '.join(desired.names)}. {desired.reason}"
    event = Event(now, "waiting", "requested", said, desired.correlation_id)
    key = IdempotencyKey(request.idempotency_key, _digest(request)) if request.idempotency_key else None
    stored_id = desk.certificates.create(managed, event, key)
    if stored_id == desired.id:
        return managed
    earlier = desk.certificates.read(stored_id)
    if earlier is None:
        raise Conflict(
            "The certificate that was made with this idempotency key has been deleted: use a new key.",
            code="idempotent-certificate-deleted",
        )
    return earlier


def _digest(request: CertificateRequest) -> str:
    """Hash what was asked for, without the idempotency key, so that a repeated request is known again."""
    challenge = request.challenge if isinstance(request.challenge, str) else dict(request.challenge)
    key = [request.key.type, request.key.is_reused, request.key.csr]
    asked: list[object] = [request.owner, request.names, challenge, key, request.profile, request.preferred_chain]
    asked.append(request.cas)
    if request.is_dry_run or request.rehearse_days >= 0:
        asked += [request.is_dry_run, request.rehearse_days]
    return sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
