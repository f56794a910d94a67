"""How records were found by the last look, each for itself, from what the look said of names."""

from collections.abc import Iterable, Sequence

from certwright.domain.hop import HopState
from certwright.domain.problem import Problem
from certwright.domain.records import NameCheck, Record

_AWAITED = ("-missing", "-not-everywhere")


def problem_state(problem: Problem | None) -> HopState:
    """Tell what is merely not there yet from what is wrong."""
    if problem is None:
        return HopState.OK
    return HopState.WAITING if problem.code.endswith(_AWAITED) else HopState.BROKEN


def record_state(record: Record, checks: Iterable[NameCheck], records: Sequence[Record]) -> HopState | None:
    """Tell how one of the records of a certificate was found; None where no look came that far.

    A look goes from the name server's address over the zone to the CNAME and ends at what is broken first; what comes
    before that stands.
    """
    found = [_seen_by(record, check) for check in checks if record in needed(check.identifier, records)]
    for state in (HopState.BROKEN, HopState.WAITING, HopState.OK):
        if state in found:
            return state
    return None


def lacking(records: Sequence[Record], checks: Sequence[NameCheck]) -> tuple[Record, ...]:
    """Pick the records that were not found as they ought to be; all of them before the first look."""
    return tuple(record for record in records if record_state(record, checks, records) is not HopState.OK)


def needed(identifier: str, records: Sequence[Record]) -> list[Record]:
    """Pick the records that a name needs: its own, and the zone's where it is proven by DNS-01."""
    validation_name = f"_acme-challenge.{identifier}"
    own = (validation_name, f"_certwright.{identifier}", identifier)
    is_by_dns = any(record.name == validation_name for record in records)
    name_servers = {record.value for record in records if record.type == "NS"}
    of_zone = [record for record in records if record.type == "NS" or record.name in name_servers] if is_by_dns else []
    return [record for record in records if record.name in own or record in of_zone]


def _seen_by(record: Record, check: NameCheck) -> HopState | None:
    problem = check.problem
    if problem is None or (check.target and record.type == "CNAME"):
        return HopState.OK
    if problem.subject == record.name:
        return problem_state(problem)
    is_of_zone = problem.code.startswith(("zone-", "ns-"))
    if record.type == "CNAME":
        return None
    return HopState.OK if not is_of_zone or record.type == "A" else None
