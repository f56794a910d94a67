"""From the CAA records that were found to whether we may issue, and what to add where we may not."""

from certwright.domain.caa import (
    ISSUE,
    ISSUEWILD,
    Applicant,
    CaaRecord,
    Refusal,
    build_issuer,
    is_locked,
    issuing_records,
    parse_issuer,
    parse_record,
    permits,
    refusal,
)
from certwright.domain.dns_facts import CaaFacts, Chain, Meaning
from certwright.domain.hop import Part, judge
from certwright.domain.identifier import Registrable, is_wildcard
from certwright.domain.lookup_diagnosis import describe, diagnose_chain_shape, registrable_by_two_labels
from certwright.domain.problem import Actor, Problem
from certwright.domain.records import Lock, NameCheck, Record, WantedCaa

type Records = tuple[CaaRecord, ...]

_ONLY_FOR = {
    Refusal.ACCOUNT: "for another account only",
    Refusal.METHOD: "by other methods only",
    Refusal.REPEATED: "for nobody, since it has a parameter twice",
}


def diagnose_caa(wanted: WantedCaa, facts: CaaFacts, registrable: Registrable = registrable_by_two_labels) -> NameCheck:
    """Judge each name against the nearest records; where servers differ, against what each of them has."""
    chain = facts.last
    trouble = diagnose_chain_shape(chain) or (_unreadable(chain, registrable) if chain.last.is_failed else None)
    if trouble:
        return NameCheck(wanted.identifier, trouble, hops=(judge(Part.CAA, wanted.identifier, trouble),))
    sets = _sets(chain)
    refused = next(
        (
            (name, records)
            for name in wanted.names
            for records in sets
            if not permits(records, wanted.applicant, is_wildcard=is_wildcard(name))
        ),
        None,
    )
    problem = _forbidden(wanted, chain, *refused, registrable) if refused else None
    found = "; ".join(f"CAA {record}" for records in sets for record in records) or "no CAA record"
    hop = judge(Part.CAA, chain.end if sets else wanted.identifier, problem, found=found)
    return NameCheck(wanted.identifier, problem, lock=_lock(wanted, facts, () if problem else sets), hops=(hop,))


def _sets(chain: Chain) -> tuple[Records, ...]:
    """List the different sets that servers have; one for nothing at all."""
    found = {said.values for said in chain.last.answers if said.meaning is Meaning.FOUND}
    return tuple(tuple(filter(None, map(parse_record, values))) for values in sorted(found))


def _unreadable(chain: Chain, registrable: Registrable) -> Problem:
    lookup = chain.last
    zone = lookup.zone or "the root"
    evidence = "; ".join(map(describe, lookup.said))
    is_users = bool(lookup.zone) and registrable(lookup.zone) is not None
    remedy = "ask the DNS provider: some servers do not know the type" if is_users else "the registry must mend it"
    return Problem(
        code="caa-unreadable",
        sentence=f"The CAA records of {chain.end} can't be read: no name server of {zone} answered ({evidence}). A CA "
        f"issues nothing as long as that is so. It is tried again; if it lasts, {remedy}.",
        actor=Actor.USER if is_users else Actor.US,
        subject=chain.end,
        wanted=f"an answer for CAA {chain.end}, even an empty one",
        found=evidence,
    )


def _forbidden(wanted: WantedCaa, chain: Chain, name: str, records: Records, registrable: Registrable) -> Problem:
    """Say which record keeps the CA from issuing a name, and the one that would let it."""
    owner = chain.end if registrable(chain.end) else registrable(wanted.identifier) or wanted.identifier
    place = f"{chain.end}, of which {chain.names[0]} is an alias," if len(chain.names) > 1 else chain.end
    critical = next((record for record in records if record.is_unknown_and_critical), None)
    if critical:
        sentence = (
            f"A CAA record at {place} has the critical flag and a tag that CAs do not know: {critical}. They issue "
            f"nothing as long as it is there: delete CAA {chain.end} → {critical}."
        )
        return _problem(chain.end, sentence, "no critical CAA record with an unknown tag", records)
    counting = issuing_records(records, is_wildcard=is_wildcard(name))
    tag, ca = counting[0].tag, wanted.applicant.ca_domains[0]
    reason = _refusal(counting, wanted.applicant)
    value = build_issuer(wanted.applicant, wanted.methods) if reason else ca
    to_add = CaaRecord(0, tag, value)
    if reason:
        only = _ONLY_FOR[reason]
        sentence = f"The CAA record at {place} lets {ca} issue {name} {only}. Change it to CAA {owner} → {to_add}."
    else:
        sentence = f"The CAA records at {place} do not let {ca} issue {name}. Add CAA {owner} → {to_add}."
    return _problem(owner, sentence, f"CAA {to_add}", counting)


def _refusal(counting: Records, applicant: Applicant) -> Refusal | None:
    """Tell why a record that names the CA does not do; None where none names it."""
    issuers = (parse_issuer(record.value) for record in counting)
    named = (issuer for issuer in issuers if issuer.domain in applicant.ca_domains)
    return next((refusal(issuer, applicant) for issuer in named), None)


def _problem(subject: str, sentence: str, wanted: str, found: Records) -> Problem:
    evidence = "; ".join(map(str, found))
    return Problem("caa-forbids", sentence, Actor.USER, subject, wanted, f"CAA {evidence}")


def _lock(wanted: WantedCaa, facts: CaaFacts, sets: tuple[Records, ...]) -> Lock:
    """Tell whether the lock is closed, and the records for it: where the set is, or would have room."""
    is_closed = bool(sets) and all(
        is_locked(records, is_wildcard=is_wildcard(name)) for records in sets for name in wanted.names
    )
    value = build_issuer(wanted.applicant, wanted.methods)
    has_wild = any(record.tag == ISSUEWILD for records in _sets(facts.last) for record in records)
    tags = (ISSUE, ISSUEWILD) if has_wild else (ISSUE,)
    owner = facts.last.end if facts.last.last.values else _without_alias(facts)
    return Lock(is_closed, tuple(Record("CAA", owner, str(CaaRecord(0, tag, value))) for tag in tags))


def _without_alias(facts: CaaFacts) -> str:
    """Find the nearest name that is no alias: nothing stands beside a CNAME (RFC 1034 §3.6.2)."""
    return next((chain.end for chain in facts.levels if len(chain.names) == 1), facts.levels[0].end)
