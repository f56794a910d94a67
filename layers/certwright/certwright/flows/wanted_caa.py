"""Who is to issue a certificate, as CAA records name them (RFC 8659, RFC 8657)."""

from certwright.domain.caa import Applicant
from certwright.domain.certificate import Desired
from certwright.domain.errors import CaRefusal, Unavailable
from certwright.domain.identifier import identifier, read_address
from certwright.domain.order import ChallengeType
from certwright.domain.records import WantedCaa
from certwright.flows.connect_account import connect_account
from certwright.flows.job import Job
from certwright.flows.world import Workshop


def known_account(workshop: Workshop, job: Job) -> tuple[WantedCaa, ...] | None:
    """Tell what CAA must let in; None where the account has no URL yet, or the CA does not tell its domains now."""
    stored = workshop.accounts.read(job.desired.account)
    if stored is None or not stored.url:
        return None
    try:
        domains = workshop.directories.describe(stored.directory).caa_identities
    except (CaRefusal, Unavailable):
        return None
    return _wanted(job.desired, domains, stored.url)


def connected_account(workshop: Workshop, job: Job) -> tuple[Job, tuple[WantedCaa, ...]]:
    """Connect the account, registering it at its first use, and tell what CAA must let in.

    Raises `CaRefusal` and `Unavailable`.
    """
    job = connect_account(workshop, job).job
    if job.connection is None:
        raise ValueError(f"The account of {job.desired.id} was not connected.")
    account = job.connection.account
    return job, _wanted(job.desired, workshop.directories.describe(account.directory).caa_identities, account.url)


def _wanted(desired: Desired, domains: tuple[str, ...], account_url: str) -> tuple[WantedCaa, ...]:
    """Group the names by what is proven; nothing for a CA that names no domains, and for IP addresses (RFC 8738 §7)."""
    ca_domains = tuple(domain.lower() for domain in domains)
    groups: dict[tuple[str, ChallengeType], list[str]] = {}
    for name in desired.names:
        if ca_domains and not read_address(name):
            groups.setdefault((identifier(name), desired.challenge_type(name)), []).append(name)
    return tuple(
        WantedCaa(
            about,
            tuple(names),
            Applicant(ca_domains, account_url, type_.value),
            tuple(other.value for other in sorted(ChallengeType) if (about, other) in groups),
        )
        for (about, type_), names in groups.items()
    )
