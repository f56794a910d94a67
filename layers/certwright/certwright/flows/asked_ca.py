"""Which CA a worker asks for a certificate that lists several."""

from dataclasses import replace

from certwright.domain.ca_choice import choose_ca_account
from certwright.domain.certificate import Desired, Work


def with_ca(desired: Desired, work: Work, now: int) -> Desired:
    """Show the CA that is to be asked: that of an open attempt, else the one that is chosen now."""
    if not desired.cas:
        return desired
    begun = (wish for wish in desired.cas if work.attempt and wish.account == work.attempt.account)
    chosen = next(begun, None) or choose_ca_account(desired.cas, work.ca_troubles, now)
    return replace(desired, account=chosen.account, profile=chosen.profile)
