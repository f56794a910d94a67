"""The accounts at CAs, as operators define and change them; a worker tells the CA."""

from dataclasses import dataclass, replace

from certwright.domain.ca import CaEntry, CaOffer
from certwright.domain.ca_account import (
    CaDefinition,
    CaStanding,
    KeyKind,
    default_definition,
    parse_account_name,
    parse_contact,
    parse_directory,
    parse_key_kind,
)
from certwright.domain.errors import CaRefusal, Conflict, InvalidRequest, NotFound, StaleRevision, Unavailable
from certwright.domain.limits import Limits, parse_limits
from certwright.flows.hasten import hasten
from certwright.flows.world import Desk, Registry
from certwright.settings import Settings

EAB_PURPOSE = "eab-key"
MESSAGE_PREFIX, MOVE_PREFIX = "ca:", "move:"
"""What messages about an account begin with, and about the move of its certificates."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to define; `eab_hmac` is the CA's secret for it, base64url."""

    name: str
    directory: str
    contact: str = ""
    is_terms_agreed: bool = False
    eab_kid: str = ""
    eab_hmac: str = ""
    profile: str = ""
    is_public: bool = True
    key: str = KeyKind.PLAIN
    staging: str = ""
    limits: str = ""


@dataclass(frozen=True, slots=True)
class AccountWish:
    """What is to change of an account; what is None stays. `is_agreed` agrees to the terms that the CA has now."""

    contact: str | None = None
    profile: str | None = None
    key: str | None = None
    staging: str | None = None
    limits: str | None = None
    is_agreed: bool = False


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with what is known of it; `offer` is None where the CA does not answer."""

    definition: CaDefinition
    standing: CaStanding | None
    offer: CaOffer | None
    is_default: bool

    @property
    def url(self) -> str:
        """Give the account's URL at its CA, empty before it is registered."""
        return self.standing.url if self.standing else ""

    @property
    def has_new_terms(self) -> bool:
        """Tell whether the CA's terms are others than those agreed to, as far as they were looked at."""
        agreed = {terms for terms in (self.standing.terms if self.standing else "", self.definition.terms) if terms}
        return bool(agreed and self.terms_now) and self.terms_now not in agreed

    @property
    def terms_now(self) -> str:
        """The URL of the CA's terms as last seen, empty where that is not known."""
        if self.offer:
            return self.offer.terms_of_service
        return self.standing.terms_now if self.standing else ""


def find_definition(registry: Registry, settings: Settings, name: str) -> CaDefinition | None:
    """Read what is wanted of an account, also of the deployment's own; None where there is none of that name."""
    own = own_definition(settings)
    return registry.cas.read(name) or (own if own.name == name else None)


def own_definition(settings: Settings) -> CaDefinition:
    """Describe the deployment's own account as its settings have it."""
    return default_definition(
        settings.acme_directory, settings.acme_contact, is_terms_agreed=settings.acme_terms_agreed
    )


MOVES_FOLLOWED = 5
"""So many accounts that were moved to each other in turn are followed; a circle can't be made on purpose."""


def choose_ca_to_ask(desk: Desk, name: str) -> CaDefinition:
    """Choose as `choose_ca` does; in the place of an account that is being moved, the one that it is moved to."""
    for _ in range(MOVES_FOLLOWED):
        source = find_definition(desk.registry, desk.settings, name or desk.ca.account)
        if source is None or source.move is None:
            break
        name = source.move.to
    return choose_ca(desk, name)


def choose_ca(desk: Desk, name: str, field: str = "ca") -> CaDefinition:
    """Find the account that a request names, the deployment's own where it names none; raises `InvalidRequest`."""
    if not name:
        return find_definition(desk.registry, desk.settings, desk.ca.account) or _of_entry(desk.ca)
    found = find_definition(desk.registry, desk.settings, name)
    if found is None or found.is_deactivated:
        known = ", ".join(item.name for item in _all(desk) if not item.is_deactivated)
        raise InvalidRequest(f"There is no CA account “{name}”: choose one of {known}.", field=field, code="ca-unknown")
    return found


def _of_entry(entry: CaEntry) -> CaDefinition:
    return CaDefinition(entry.account, entry.directory, 0, is_public=entry.rules.is_public_suffix_required)


def _all(desk: Desk) -> tuple[CaDefinition, ...]:
    """List every account, the deployment's own first."""
    stored = desk.registry.cas.list_all()
    own = next((item for item in stored if item.name == desk.ca.account), None) or choose_ca(desk, "")
    return (own, *(item for item in stored if item.name != own.name))


def list_accounts(desk: Desk) -> tuple[AccountView, ...]:
    """List the accounts as they stand, without asking CAs."""
    return tuple(_view(desk, item, None) for item in _all(desk))


def read_account(desk: Desk, name: str) -> AccountView:
    """Read one account, and ask its CA what it offers; raises `NotFound`."""
    definition = find_account(desk, name)
    return _view(desk, definition, _describe(desk, definition.entry.directory))


def create_account(desk: Desk, new: NewAccount) -> AccountView:
    """Define an account and have it registered; raises `InvalidRequest`, `Conflict` where the name is taken."""
    definition = CaDefinition(
        name=parse_account_name(new.name),
        directory=parse_directory(new.directory),
        created_at=desk.clock.now(),
        contact=parse_contact(new.contact),
        is_terms_agreed=new.is_terms_agreed,
        eab_kid=new.eab_kid,
        profile=new.profile,
        is_public=new.is_public,
        key=parse_key_kind(new.key, new.directory),
        staging=_check_staging(desk, new.staging, new.name),
        limits=_check_limits(new.limits),
    )
    offer = _describe(desk, definition.entry.directory)
    _check_offer(new, offer)
    if new.eab_hmac:
        definition = replace(definition, eab_hmac=desk.cipher.encrypt(new.eab_hmac.encode(), EAB_PURPOSE))
    if definition.name == desk.ca.account or not desk.registry.cas.create(definition):
        raise Conflict(f"There is a CA account “{definition.name}” already: choose another name.", code="ca-exists")
    hasten(desk.queue, MESSAGE_PREFIX + definition.name)
    return _view(desk, definition, offer)


def _check_offer(new: NewAccount, offer: CaOffer | None) -> None:
    """Check what the CA asks for; one that does not answer now will say so itself."""
    if bool(new.eab_kid) != bool(new.eab_hmac):
        raise InvalidRequest("Give both “eab_kid” and “eab_hmac”, or neither.", field="eab_kid", code="eab-needed")
    if offer and offer.is_external_account_required and not new.eab_kid:
        raise InvalidRequest(
            "This CA asks for an external account binding: get a key id and an HMAC key from it, and send them as "
            "“eab_kid” and “eab_hmac”.",
            field="eab_kid",
            code="eab-needed",
        )
    if offer and offer.terms_of_service and not new.is_terms_agreed:
        raise InvalidRequest(
            f"Read the CA's terms at {offer.terms_of_service}, and send “terms_agreed” as true if you agree.",
            field="terms_agreed",
            code="terms-not-agreed",
        )
    if offer and new.profile and new.profile not in offer.profiles:
        raise InvalidRequest(f"The CA offers no profile “{new.profile}”.", field="profile", code="profile-not-offered")


def change_account(desk: Desk, name: str, wish: AccountWish) -> AccountView:
    """Change an account as wished; another place for its key means another key. Raises `NotFound`, `InvalidRequest`."""
    before = find_account(desk, name)
    key = before.key if wish.key is None else parse_key_kind(wish.key, before.directory)
    after = replace(
        before,
        contact=before.contact if wish.contact is None else parse_contact(wish.contact),
        profile=before.profile if wish.profile is None else wish.profile,
        key=key,
        rollovers=before.rollovers + (key != before.key),
        staging=before.staging if wish.staging is None else _check_staging(desk, wish.staging, name),
        limits=before.limits if wish.limits is None else _check_limits(wish.limits),
    )
    return _change(desk, before, _agreed(desk, after) if wish.is_agreed else after)


def _agreed(desk: Desk, wanted: CaDefinition) -> CaDefinition:
    offer = _describe(desk, wanted.entry.directory)
    return replace(wanted, is_terms_agreed=True, terms=offer.terms_of_service if offer else wanted.terms)


def _check_staging(desk: Desk, staging: str, name: str) -> str:
    """See that there is an account for dry runs; a CA for tests may be its own."""
    if staging and staging != name:
        choose_ca(desk, staging, "staging")
    return staging


def _check_limits(limits: str) -> str:
    """See that the limits can be read; raises `InvalidRequest`."""
    try:
        parse_limits(limits, Limits())
    except InvalidRequest as error:
        raise InvalidRequest(error.sentence, field="limits", code="ca-limits") from error
    return limits


def roll_over(desk: Desk, name: str) -> AccountView:
    """Have the account's key replaced; its URL stays, and with it every CAA record that names it (RFC 8555 §7.3.5)."""
    before = find_account(desk, name)
    return _change(desk, before, replace(before, rollovers=before.rollovers + 1))


def deactivate(desk: Desk, name: str, *, is_offboarding: bool = False) -> AccountView:
    """Give an account up for good (RFC 8555 §7.3.6).

    Raises `NotFound`, and `Conflict` for the deployment's own unless all of it goes (`is_offboarding`).
    """
    before = find_account(desk, name)
    if name == desk.ca.account and before.move is None and not is_offboarding:
        raise Conflict(
            "This is the deployment's own CA: deploy it with another directory, or move its certificates first.",
            code="ca-is-default",
        )
    return _change(desk, before, replace(before, is_deactivated=True))


def _change(desk: Desk, before: CaDefinition, after: CaDefinition) -> AccountView:
    if before.is_deactivated and not after == before:
        raise Conflict(f"The CA account “{before.name}” was deactivated, which is for good.", code="ca-deactivated")
    if after != before:
        after = replace(after, changes=before.changes + 1)
        put_definition(desk, before, after)
    hasten(desk.queue, MESSAGE_PREFIX + after.name)
    return _view(desk, after, None)


def put_definition(desk: Desk, before: CaDefinition, after: CaDefinition) -> None:
    """Store a changed definition; of the deployment's own account there is none before its first change."""
    if desk.registry.cas.read(before.name) is not None:
        desk.registry.cas.update(before, after)
    elif not desk.registry.cas.create(after):
        raise StaleRevision("Somebody else has changed this CA account: load it again.")


def find_account(desk: Desk, name: str) -> CaDefinition:
    """Read what is wanted of an account; raises `NotFound`."""
    if name == desk.ca.account:
        return choose_ca(desk, "")
    found = desk.registry.cas.read(name)
    if found is None:
        raise NotFound(f"There is no CA account “{name[:64]}”: see GET /v1/cas.")
    return found


def _describe(desk: Desk, directory: str) -> CaOffer | None:
    try:
        return desk.directories.describe(directory)
    except (CaRefusal, Unavailable):
        return None


def _view(desk: Desk, definition: CaDefinition, offer: CaOffer | None) -> AccountView:
    standing = desk.registry.standings.read(definition.name)
    return AccountView(definition, standing, offer, definition.name == desk.ca.account)
