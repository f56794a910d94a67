"""The DNS service: the zones that users delegate to us, and the nodes that answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from certwright.domain.access import Action
from certwright.domain.answer import NodeRow
from certwright.domain.identifier import Registrable
from certwright.domain.owner import Zone
from certwright.domain.problem import Problem
from certwright.domain.records import Record
from certwright.domain.renewal import MINUTE
from certwright.flows.wanted_records import wanted_zone
from certwright.flows.world import Desk
from certwright.flows.zones import check_zone, may_rename
from certwright.web.dashboard import html as h
from certwright.web.dashboard.chain import Hop, draw_chain, tone_of
from certwright.web.dashboard.html import Html, Node
from certwright.web.dashboard.layout import Visit, frame, post_form
from certwright.web.dashboard.parts import ago, back, facts, notice, pill
from certwright.web.dashboard.records_card import exports, records_table
from certwright.web.dashboard.words import Tone, count

STATES = {Tone.OK: "Delegated to us", Tone.WAIT: "Waiting for a record", Tone.WORK: "Being looked at"}
LIVE_SECONDS = {Tone.WAIT: 10}
"""How often the page of a zone that was looked at asks for another look."""

LEASE = MINUTE
"""A node serves for so long after its last complete read, which its row promises (docs/architecture.md)."""


def zones_page(
    visit: Visit, zones: Sequence[Zone], owners: Mapping[str, str], nodes: Sequence[NodeRow], addresses: Sequence[str]
) -> Html:
    """List the zones and the nodes."""
    return frame(
        visit,
        "DNS service",
        h.div(
            h.div(
                h.h1("DNS service"),
                h.p(
                    "Zones that domains delegate their validation to, and the nodes that answer for them.",
                    class_="quiet",
                ),
            ),
            class_="page-head",
        ),
        _no_zone() if not zones else h.div(*(_zone_card(zone, owners) for zone in zones), class_="stack"),
        h.section(
            h.div(
                h.h2("Nodes"),
                h.p("At ", _several(addresses), class_="quiet"),
                class_="section-head",
            ),
            _nodes(visit, nodes),
            class_="card",
        ),
    )


def _no_zone() -> Html:
    return h.section(
        h.h2("No zone yet"),
        h.p("The first certificate by DNS-01 sets one up. HTTP-01 needs none."),
        class_="card alone",
    )


def _zone_card(zone: Zone, owners: Mapping[str, str]) -> Html:
    address = f"/dns/{zone.id}"
    return h.section(
        h.div(
            h.h2(h.a(zone.origin, href=address)),
            h.span(*_kinds(zone), h.span(data_state_of=address), class_="subhead"),
            class_="section-head",
        ),
        h.div(data_chain_of=address),
        facts(
            ("Name server", h.code(zone.name_server)),
            ("Owner", owners.get(zone.owner, zone.owner)),
            ("Records, other names", h.a("Open", href=address)),
        ),
        class_="card zone-card",
    )


def _kinds(zone: Zone) -> list[Html]:
    kinds = [pill("Shared by all owners", Tone.QUIET)] if zone.is_shared else []
    return [*kinds, pill("Retiring", Tone.WAIT)] if zone.is_retiring else kinds


def _nodes(visit: Visit, nodes: Sequence[NodeRow]) -> Html:
    if not nodes:
        return h.p("No node has been seen: nothing is answered, and nothing can be issued.", class_="field-error")
    rows = [
        h.tr(
            h.td(h.code(node.task)),
            h.td(_node_state(node, visit.now)),
            h.td(ago(min(visit.now, node.lease_until - LEASE), visit.now), data_label="Last seen"),
            h.td(ago(node.started_at, visit.now), data_label="Started"),
            h.td(*(h.p(problem) for problem in node.problems) if node.problems else "none", data_label="Problems"),
        )
        for node in nodes
    ]
    heads = (h.th(words, scope="col") for words in ("Node", "State", "Last seen", "Started", "Problems"))
    return h.div(
        h.table(h.caption("Nodes", class_="hidden"), h.thead(h.tr(*heads)), h.tbody(*rows), class_="records"),
        class_="records-box",
    )


def _node_state(node: NodeRow, now: int) -> Html:
    if node.lease_until > now:
        return pill("Serving", Tone.OK)
    return pill("Not heard of", Tone.BROKEN)


@dataclass(frozen=True, slots=True)
class RenameForm:
    """What was typed for a zone's names, with its errors by field."""

    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def zone_page(
    desk: Desk, visit: Visit, zone: Zone, form: RenameForm, done: str = "", *, is_looked_at: bool = False
) -> Html:
    """Show one zone as it is now or was last, and let its names be changed by whoever may; a look takes a second."""
    problem, owner = check_zone(desk, zone) if is_looked_at else zone.problem, desk.registry.owners.read(zone.owner)
    is_changeable = visit.may(Action.REQUEST) and may_rename(visit.caller, zone) and not zone.is_retiring
    rename = _rename_form(visit, zone, form) if is_changeable else None
    records, name = wanted_zone(zone, desk.settings).records, owner.name if owner else zone.owner
    shown = _Zone(zone, records, problem, name, desk.suffixes.registrable, is_looked_at)
    return _draw_zone(visit, shown, rename, done)


@dataclass(frozen=True, slots=True)
class _Zone:
    zone: Zone
    records: Sequence[Record]
    problem: Problem | None
    owner: str
    registrable: Registrable
    is_looked_at: bool

    @property
    def tone(self) -> Tone:
        """Tell how it stands, or stood when it was last looked at; at work at the first look."""
        return tone_of(self.problem) if self.is_looked_at or self.zone.looked_at else Tone.WORK


def _draw_zone(visit: Visit, shown: _Zone, rename: Html | None, done: str) -> Html:
    zone, problem = shown.zone, shown.problem
    return frame(
        visit,
        zone.origin,
        h.div(
            h.div(
                back("/dns", "DNS service"),
                h.h1(zone.origin, class_="name"),
                h.p(*_standing(shown, visit.now), class_="subhead", id="standing", data_region=True),
            ),
            h.div(h.a("Look again", href=f"/dns/{zone.id}", class_="button"), class_="actions"),
            class_="page-head",
        ),
        notice(done) if done else None,
        h.section(
            h.h2("The way to our nodes"),
            h.div(draw_chain(_hops(shown), f"The way to {zone.origin}"), data_the_chain=True),
            h.p(problem.sentence, class_="verdict") if problem else None,
            class_="card",
            id="way",
            data_region=True,
        ),
        h.section(
            h.h2("Its records"),
            h.p(
                "They stand at the domain’s DNS provider, once, for every name that is delegated here.", class_="quiet"
            ),
            records_table(shown.records, label="Records of the zone"),
            exports(shown.records, shown.registrable),
            class_="card",
        ),
        rename,
        h.p(f"Owner: {shown.owner}", class_="quiet"),
        live_seconds=LIVE_SECONDS.get(shown.tone, 0) if shown.is_looked_at else 1,
    )


def _standing(shown: _Zone, now: int) -> list[Html]:
    state = pill(STATES.get(shown.tone, "Broken"), shown.tone)
    return [h.span(state, data_announced=True), *_kinds(shown.zone), h.span(*_looked(shown, now))]


def _looked(shown: _Zone, now: int) -> list[Node]:
    if shown.is_looked_at:
        return ["Looked at just now, from the root down to our nodes."]
    at, look_now = shown.zone.looked_at, h.a("Look now", href=f"/dns/{shown.zone.id}?look=now")
    told: list[Node] = ["Looked at ", ago(at, now), ". "] if at else []
    return [*told, "A look from the root down to our nodes takes a second or two. ", look_now]


def _hops(shown: _Zone) -> list[Hop]:
    """List what a question passes: the name server's address is looked for first, then the delegation."""
    zone, records, problem = shown.zone, shown.records, shown.problem
    order = (zone.name_server, zone.origin)
    broken = order.index(problem.subject) if problem and problem.subject in order else None
    addresses = ", ".join(record.value for record in records if record.type == "A")
    tones = [Tone.QUIET if shown.tone is Tone.WORK else Tone.OK] * 3
    if problem:
        at = 2 if broken is None else broken
        tones = [Tone.OK] * at + [tone_of(problem)] + [Tone.QUIET] * (2 - at)
    return [
        Hop(zone.name_server, f"A {addresses}", tones[0]),
        Hop(zone.origin, f"NS → {zone.name_server.partition('.')[0]}", tones[1]),
        Hop("Our DNS nodes", "answer by UDP and TCP", tones[2]),
    ]


def _rename_form(visit: Visit, zone: Zone, form: RenameForm) -> Html:
    typed, errors = form.typed, form.errors
    return h.section(
        h.h2("Other names"),
        h.p(
            "A new zone takes this one’s place; this one is served until nothing leads to it any more. New records are "
            "needed then.",
            class_="quiet",
        ),
        post_form(
            visit,
            f"/dns/{zone.id}",
            h.div(
                _name_field("Zone", "origin", typed.get("origin", zone.origin), errors.get("origin", "")),
                _name_field(
                    "Name server",
                    "name_server",
                    typed.get("name_server", zone.name_server),
                    errors.get("name_server", ""),
                ),
                class_="field-row",
            ),
            h.p(errors[""], class_="field-error", role="alert") if "" in errors else None,
            h.div(h.button("Change the names", type="submit"), class_="actions"),
            class_="stack",
        ),
        class_="card",
    )


def _name_field(label: str, name: str, value: str, error: str) -> Html:
    return h.div(
        h.label(label, for_=name),
        h.input_(
            type="text",
            id=name,
            name=name,
            value=value,
            class_="mono",
            spellcheck="false",
            autocapitalize="none",
            required=True,
            aria_invalid="true" if error else None,
            aria_describedby=f"{name}-error" if error else None,
        ),
        h.p(error, class_="field-error", id=f"{name}-error", role="alert") if error else None,
        class_="field",
    )


def _several(addresses: Sequence[str]) -> list[Node]:
    shown: list[Node] = []
    for at, one in enumerate(addresses):
        shown.extend([" and " if at else "", h.code(one)])
    return shown or [count(0, "address", "addresses")]
