"""The way a CA will take to an answer of ours, hop by hop, each as the last look found it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from certwright.domain.hop import Hop as SeenHop
from certwright.domain.hop import HopState, Part
from certwright.domain.problem import Problem
from certwright.domain.record_states import needed, problem_state, record_state
from certwright.domain.records import NameCheck, Record
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.words import Tone

MARKS = {Tone.OK: "✓", Tone.WAIT: "…", Tone.BROKEN: "!", Tone.QUIET: "?", Tone.WORK: "…"}
IN_WORDS = {
    Tone.OK: "stands",
    Tone.WAIT: "awaited",
    Tone.BROKEN: "broken",
    Tone.QUIET: "not looked at",
    Tone.WORK: "under way",
}


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop: what it is, what it leads to, how it was found; with a number it is a stage that is yet to come."""

    name: str
    detail: str
    tone: Tone
    number: int = 0


def draw_chain(hops: Sequence[Hop], label: str) -> Html:
    """Draw hops as a list that reads well without seeing it."""
    return h.ol(
        *(
            h.li(
                h.b(hop.name),
                h.span(": to come, " if hop.number else f" {IN_WORDS[hop.tone]}: ", class_="hidden"),
                h.small(hop.detail),
                class_=f"hop {hop.tone.value}",
                data_mark=hop.number if hop.number and hop.tone is Tone.QUIET else MARKS[hop.tone],
            )
            for hop in hops
        ),
        class_="chain",
        aria_label=label,
    )


def tone_of(problem: Problem | None) -> Tone:
    """Tell what is merely not there yet from what is wrong."""
    return _TONES[problem_state(problem)]


def record_tone(record: Record, checks: Iterable[NameCheck], records: Sequence[Record]) -> Tone:
    """Tell how a record was found."""
    state = record_state(record, checks, records)
    return _TONES[state] if state else Tone.QUIET


_TONES = {HopState.OK: Tone.OK, HopState.WAITING: Tone.WAIT, HopState.BROKEN: Tone.BROKEN}

_PARTS = {
    Part.DOMAIN: "{}",
    Part.ADDRESS: "{}",
    Part.NODE: "Our node {}",
    Part.DNSSEC: "DNSSEC of {}",
    Part.CAA: "CAA of {}",
    Part.SITE: "The site at {}",
}


def hops_seen(check: NameCheck) -> list[Hop]:
    """List the hops as the last look told them, each with what was found against what is wanted."""
    return [Hop(_call(seen), _compare(seen), _TONES[seen.state]) for seen in check.hops]


def _call(seen: SeenHop) -> str:
    """Name a hop; of names that records stand at, the first label tells them apart."""
    return _PARTS[seen.part].format(seen.name) if seen.part in _PARTS else _first_label(seen.name)


def _compare(seen: SeenHop) -> str:
    if seen.state is HopState.OK or not seen.wanted:
        return seen.found or seen.wanted or "stands"
    if seen.state is HopState.WAITING:
        return f"{seen.wanted.partition(' ')[0]} not there yet"
    return f"found {seen.found or 'nothing'}, wanted {seen.wanted}"


def hops_by_dns(identifier: str, records: Sequence[Record], check: NameCheck | None) -> list[Hop]:
    """List the hops of a DNS-01 name: its CNAME, the zone it leads into, the zone's name server, our nodes."""
    checks = [check] if check else []
    mine = needed(identifier, records)
    hops = [_domain_hop(identifier, mine, check)]
    for kind in ("CNAME", "NS"):
        found = next((record for record in mine if record.type == kind), None)
        if found:
            hops.append(_record_hop(found, record_tone(found, checks, records), _details(check, found)))
    addresses = [record for record in mine if record.type == "A"]
    if addresses:
        shown = ", ".join(record.value for record in addresses)
        tone = record_tone(addresses[0], checks, records)
        hops.append(Hop(_first_label(addresses[0].name), f"A {shown}", tone))
    reached = all(hop.tone is Tone.OK for hop in hops[2:]) and len(hops) > 2
    hops.append(Hop("Our DNS nodes", "answer by UDP and TCP", Tone.OK if reached else Tone.QUIET))
    return hops


def hops_by_http(identifier: str, records: Sequence[Record], check: NameCheck | None) -> list[Hop]:
    """List the hops of an HTTP-01 name: its address, then the node that answers on port 80."""
    tone = tone_of(check.problem) if check else Tone.QUIET
    addresses = ", ".join(record.value for record in records if record.type == "A" and record.name == identifier)
    found = check.problem.found if check and check.problem else ""
    at_name = Tone.OK if tone in (Tone.OK, Tone.BROKEN) else tone
    return [
        Hop(
            identifier,
            {Tone.OK: "is in DNS", Tone.QUIET: "not looked at yet"}.get(at_name, "has no address yet"),
            at_name,
        ),
        Hop("Port 80", f"at {found or addresses or 'its address'}", tone),
        Hop("Our HTTP nodes", "serve the answer", tone if tone is Tone.OK else Tone.QUIET),
    ]


def _domain_hop(identifier: str, records: Sequence[Record], check: NameCheck | None) -> Hop:
    problem = check.problem if check else None
    if problem and not any(record.name == problem.subject for record in records):
        return Hop(identifier, problem.found or "trouble here", tone_of(problem))
    return Hop(
        identifier, "its name servers answer" if check else "not looked at yet", Tone.OK if check else Tone.QUIET
    )


def _record_hop(record: Record, tone: Tone, detail: str) -> Hop:
    return Hop(_first_label(record.name), detail or f"{record.type} → {_first_label(record.value)}", tone)


def _details(check: NameCheck | None, record: Record) -> str:
    problem = check.problem if check else None
    if problem is None or problem.subject != record.name:
        return ""
    return f"{record.type} not there yet" if tone_of(problem) is Tone.WAIT else f"found: {problem.found}"


def _first_label(name: str) -> str:
    return name.partition(".")[0]
