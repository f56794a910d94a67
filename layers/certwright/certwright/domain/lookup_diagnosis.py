"""What is wrong where a question to the DNS was not answered, or the domain does not exist at all."""

from certwright.domain.dns_facts import Chain, Lookup, Meaning, Said
from certwright.domain.hop import Hop, Part, judge
from certwright.domain.identifier import Registrable
from certwright.domain.problem import Actor, Problem


def registrable_by_two_labels(name: str) -> str | None:
    """Take top-level domains for the only public suffixes: enough where no list of them is at hand."""
    labels = name.split(".")
    return ".".join(labels[-2:]) if len(labels) > 1 else None


def diagnose_lookup(lookup: Lookup, registrable: Registrable) -> Problem | None:
    """Judge a look-up that led nowhere: no server answered, or a registry denies the domain; else None."""
    if lookup.is_failed:
        return _diagnose_failure(lookup, registrable)
    is_registry = not lookup.zone or registrable(lookup.zone) is None
    if lookup.is_denied and lookup.missing and is_registry:
        return Problem(
            code="domain-missing",
            sentence=f"{lookup.missing} does not exist: the servers of {_zone(lookup)} know no such name. "
            "Correct the name, or have the domain registered and delegated to its name servers.",
            actor=Actor.USER,
            subject=lookup.missing,
            wanted=f"{lookup.missing} registered",
            found="NXDOMAIN",
        )
    return None


def diagnose_chain_shape(chain: Chain) -> Problem | None:
    """Judge a chain that never ends."""
    path = " → ".join(chain.names)
    if chain.is_loop:
        return Problem(
            code="cname-loop",
            sentence=f"The CNAME records run in a circle: {path}. Delete or correct one of them.",
            actor=Actor.USER,
            subject=chain.end,
            wanted="a chain that ends",
            found=path,
        )
    if chain.is_too_long:
        return Problem(
            code="cname-chain-too-long",
            sentence=f"The chain of CNAME records has more than 8 links: {path}. CAs give up on it; point "
            f"{chain.names[0]} straight at the target.",
            actor=Actor.USER,
            subject=chain.names[0],
            wanted="at most 8 links",
            found=path,
        )
    return None


def domain_hop(lookup: Lookup, registrable: Registrable) -> Hop:
    """Describe the zone that holds a name, by its servers that answer."""
    servers = ", ".join(said.server for said in lookup.answers)
    return judge(Part.DOMAIN, lookup.zone or ".", diagnose_lookup(lookup, registrable), found=servers)


def link_hops(chain: Chain, problem: Problem | None, to_add: str) -> tuple[Hop, ...]:
    """Describe each link; the problem is of the link that it names, else of the last."""
    links = list(zip(chain.names, chain.names[1:], strict=False))
    names = [name for name, _ in links]
    broken = names.index(problem.subject) if problem and problem.subject in names[1:] else len(names) - 1
    return tuple(
        judge(Part.ALIAS, name, problem, wanted=to_add, found=f"CNAME {target}")
        if problem and at == broken
        else judge(Part.ALIAS, name, None, found=f"CNAME {target}")
        for at, (name, target) in enumerate(links)
    )


def describe(said: Said) -> str:
    """Tell one server's word as evidence."""
    text = said.detail or ", ".join(said.values) or said.meaning.value
    return f"{said.server}: {text}" if said.server else text


def _diagnose_failure(lookup: Lookup, registrable: Registrable) -> Problem:
    meanings = {said.meaning for said in lookup.said}
    evidence = "; ".join(map(describe, lookup.said))
    is_users = bool(lookup.zone) and registrable(lookup.zone) is not None
    code, explanation = _explain(meanings)
    return Problem(
        code=code,
        sentence=f"The name servers of {_zone(lookup)} {explanation} ({evidence}).{_REMEDIES[code]}",
        actor=Actor.USER if is_users else Actor.US,
        subject=lookup.zone or ".",
        wanted=f"{lookup.type} {lookup.name}",
        found=evidence,
    )


def _explain(meanings: set[Meaning]) -> tuple[str, str]:
    if meanings == {Meaning.IPV6_ONLY}:
        return "ipv6-not-testable", "have IPv6 addresses only, which can't be tested from here"
    if meanings == {Meaning.FORBIDDEN}:
        return "egress-refused", "are at addresses that may not be asked"
    if meanings == {Meaning.LAME}:
        return "lame", "do not serve it"
    return "dns-failure", "gave no answer"


def _zone(lookup: Lookup) -> str:
    return lookup.zone or "the root"


_REMEDIES = {
    "ipv6-not-testable": " Give one of them an IPv4 address.",
    "egress-refused": " A CA could not reach private addresses either; an operator can allow them for a private CA.",
    "lame": " Set the domain's NS records to servers that hold the zone, or add the zone there.",
    "dns-failure": " This is tried again by itself; if it lasts, ask the DNS provider.",
}
