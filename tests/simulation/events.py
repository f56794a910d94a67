"""What users, operators and the weather do to a town, when a scenario says so."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from certwright.domain.access import Caller, Role
from certwright.domain.errors import Conflict, NotAllowed
from certwright.domain.renewal import MINUTE, SECOND
from certwright.domain.revocation import Reason
from certwright.flows.ask_revocation import RevocationWish, ask_revocation
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.hasten import hasten
from certwright.flows.read_certificate import describe
from certwright.flows.zones import rename_zone
from tests.fakes.chance import FakeChance
from tests.simulation.scenario import START, Spell, Wish
from tests.simulation.town import Town

FLAPS = (40 * SECOND, 5 * SECOND, 3 * MINUTE, 7 * MINUTE, 8 * SECOND)


def plan(town: Town) -> None:
    """Put everything that a scenario has in store on the schedule."""
    for wish in town.scenario.wishes:
        town.schedule.at(START + wish.asked_at, partial(_ask, town, wish))
    for spell in town.scenario.spells:
        town.schedule.at(START + spell.start, partial(_begin, town, spell))
        town.schedule.at(START + spell.end, partial(_end, town, spell))


def _ask(town: Town, wish: Wish) -> None:
    """Ask as a user does; a name that another owner holds is refused, and that is right."""
    town.asking = wish
    desk = replace(town.desk, chance=FakeChance(wish.number * 1_000_003 + town.scenario.seed))
    request = CertificateRequest(
        wish.owner,
        wish.names,
        challenge=wish.challenge,
        profile=wish.profile,
        is_dry_run=wish.is_dry_run,
        rehearse_days=wish.rehearse_days,
    )
    try:
        certificate_id = create_certificate(desk, request).desired.id
    except (Conflict, NotAllowed) as refused:
        town.note(wish.owner, f"is refused {', '.join(wish.names)}: {refused}")
        return
    finally:
        town.asking = None
    town.chances(certificate_id)
    if wish.is_theft:
        town.count("user: asks for a name that is another's")
    if wish.is_dry_run:
        town.count("user: asks for a dry run")
    town.note(wish.owner, f"asks for {', '.join(wish.names)}: {certificate_id}, certificate {wish.number}")
    town.watch.refresh_one(certificate_id)
    if not wish.is_theft:
        town.schedule.at(START + wish.records_at, partial(_add_records, town, certificate_id))
    if wish.deleted_at:
        town.schedule.at(START + wish.deleted_at, partial(_delete, town, certificate_id))


def _add_records(town: Town, certificate_id: str) -> None:
    """Add the records that are shown."""
    managed = town.managed.get(certificate_id)
    if managed is None:
        return
    if town.now > town.wishes[certificate_id].asked:
        town.count("records: added late")
    for record in describe(town.desk, managed).records:
        town.dns.add(record)
    town.note(managed.desired.owner, f"adds the records of {certificate_id}")
    town.watch.refresh_one(certificate_id)


def _delete(town: Town, certificate_id: str) -> None:
    if certificate_id in town.managed:
        town.note("user", f"deletes {certificate_id}")
        town.count("user: deletes a certificate")
        town.desk.certificates.wake(certificate_id, town.now, is_deleted=True)
        hasten(town.queue, certificate_id)


def _begin(town: Town, spell: Spell) -> None:
    town.note("weather", f"{spell.kind} {spell.target} begins")
    town.spells[spell.kind, spell.target] += 1
    begin = BEGINNINGS.get(spell.kind)
    if begin:
        begin(town, spell)
    town.watch.refresh()


def _end(town: Town, spell: Spell) -> None:
    town.note("weather", f"{spell.kind} {spell.target} ends")
    town.spells[spell.kind, spell.target] -= 1
    mend = ENDS.get(spell.kind)
    if mend and not town.sky(spell.kind, spell.target):
        mend(town, spell)
    town.watch.refresh()


def _identifiers(town: Town, name: str) -> Iterable[str]:
    wishes = (wish for wish in town.scenario.wishes if name in wish.names)
    return {name.removeprefix("*.") for wish in wishes for name in wish.names}


def _flap(town: Town, spell: Spell, turn: int = 0) -> None:
    """Take the records away and put them back, again and again while the spell lasts."""
    if town.now >= START + spell.end:
        return
    (_show if turn % 2 else _hide)(town, spell)
    town.watch.refresh()
    town.schedule.at(town.now + FLAPS[turn % len(FLAPS)], partial(_flap, town, spell, turn + 1))


def _hide(town: Town, spell: Spell) -> None:
    town.dns.hidden.update(dict.fromkeys(_identifiers(town, spell.target), spell.kind))


def _show(town: Town, spell: Spell) -> None:
    for name in _identifiers(town, spell.target):
        town.dns.hidden.pop(name, None)


def _set_active(town: Town, spell: Spell, *, is_active: bool) -> None:
    owner = town.owners.read(spell.target)
    assert owner is not None
    town.owners.change(replace(owner, is_active=is_active))


def _rename_zone(town: Town, spell: Spell) -> None:
    owner = town.owners.read(spell.target)
    zone = town.desk.registry.zones.read(owner.current_zone) if owner and owner.current_zone else None
    if zone is not None:
        town.count("spell: zone-renamed")
        rename_zone(town.desk, zone, f"acme-{town.tally['spell: zone-renamed']}.renamed.test", None)


def _reactivate(town: Town, spell: Spell) -> None:
    """Have an owner active again; others add the records that prove whose a name is, which one owner alone need not."""
    _set_active(town, spell, is_active=True)
    _add_what_is_shown(town)


def _add_what_is_shown(town: Town, _spell: Spell | None = None) -> None:
    """Have all users look at their certificates' pages, and add what these show by now."""
    for certificate_id, wish in list(town.wishes.items()):
        if not wish.is_theft and town.now >= wish.has_records_from:
            _add_records(town, certificate_id)


def _check_now(town: Town, spell: Spell) -> None:
    for certificate_id, wish in list(town.wishes.items()):
        if spell.target in wish.names:
            town.count("spell: checked-now")
            town.desk.certificates.wake(certificate_id, town.now, is_deleted=False)
            hasten(town.queue, certificate_id)


def _revoke(town: Town, spell: Spell) -> None:
    """Have the current version revoked, for a reason that asks for another one."""
    reason = Reason.KEY_COMPROMISE if spell.start % 2 else Reason.SUPERSEDED
    for certificate_id, wish in list(town.wishes.items()):
        if spell.target in wish.names and town.managed[certificate_id].work.current:
            town.count("spell: version-revoked")
            caller = Caller("", wish.owner, Role.REQUESTER)
            ask_revocation(town.desk, caller, certificate_id, RevocationWish(reason, reissues=True))


BEGINNINGS: Mapping[str, Callable[[Town, Spell], None]] = {
    "record-missing": _hide,
    "record-flapping": _flap,
    "node-lags": lambda town, spell: town.nodes.lag(spell.target),
    "node-dies": lambda town, spell: town.nodes.crash(spell.target),
    "owner-inactive": partial(_set_active, is_active=False),
    "zone-renamed": _rename_zone,
    "checked-now": _check_now,
    "version-revoked": _revoke,
}
"""What a spell does when it begins; of the others the sky tells."""

ENDS: Mapping[str, Callable[[Town, Spell], None]] = {
    "record-missing": _show,
    "record-flapping": _show,
    "node-lags": lambda town, spell: town.nodes.recover(spell.target),
    "node-dies": lambda town, spell: town.nodes.recover(spell.target),
    "owner-inactive": _reactivate,
    "zone-renamed": _add_what_is_shown,
}
