"""From what validating resolvers refuse to what is wrong with a domain's DNSSEC."""

from collections.abc import Sequence
from dataclasses import replace

from certwright.domain.dns_facts import Bogus
from certwright.domain.hop import Part, in_order, judge
from certwright.domain.problem import Actor, Problem
from certwright.domain.records import NameCheck


def diagnose_validation(check: NameCheck, resolvers: Sequence[str], found: Sequence[Bogus]) -> NameCheck:
    """Add to a check in order what resolvers make of it.

    CAs validate themselves (CA/Browser Forum BR §3.2.2.4): one resolver that refuses is enough.
    """
    problem = _diagnose(found[0], found) if found else None
    hop = judge(
        Part.DNSSEC, check.identifier, problem, wanted="valid or unsigned", found=f"asked {', '.join(resolvers)}"
    )
    return replace(check, problem=problem, hops=in_order((*check.hops, hop)))


def _diagnose(bogus: Bogus, found: Sequence[Bogus]) -> Problem:
    reason = f" ({bogus.reason})" if bogus.reason else ""
    sentence = (
        f"DNSSEC is broken for {bogus.name}: the validating resolver {bogus.resolver} refuses what its name servers "
        f"answer{reason}. CAs refuse it too. Have the domain signed anew, or correct or delete its DS record at the "
        "registrar."
    )
    evidence = "; ".join(f"{item.type} {item.name}: {item.reason or 'SERVFAIL'} at {item.resolver}" for item in found)
    return Problem("dnssec-bogus", sentence, Actor.USER, bogus.name, f"{bogus.type} {bogus.name} validated", evidence)
