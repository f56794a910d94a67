"""Write the records of a certificate or a zone in the forms that DNS tools take."""

from collections.abc import Sequence

from certwright.domain.access import Caller
from certwright.domain.errors import InvalidRequest
from certwright.domain.owner import Zone
from certwright.domain.record_export import RecordFormat, domains_of, write_records
from certwright.domain.record_states import lacking
from certwright.domain.records import Record
from certwright.flows.read_certificate import read_certificate
from certwright.flows.wanted_records import wanted_zone
from certwright.flows.world import Desk


def export_certificate(
    desk: Desk, caller: Caller, certificate_id: str, form: RecordFormat, *, is_missing_only: bool, domain: str
) -> str:
    """Write all records of a certificate, or those that the last look did not find; raises `NotFound`.

    `domain` leaves only the records at it and below it. Raises `InvalidRequest` where the form takes one domain only.
    """
    view = read_certificate(desk, caller, certificate_id)
    records = lacking(view.records, view.work.checks) if is_missing_only else view.records
    return _write(desk, _within(records, domain), form)


def export_zone(desk: Desk, zone: Zone, form: RecordFormat) -> str:
    """Write the records that delegate a zone to us; raises as `export_certificate`."""
    return _write(desk, wanted_zone(zone, desk.settings).records, form)


def _within(records: Sequence[Record], domain: str) -> tuple[Record, ...]:
    wanted = domain.strip().lower().removesuffix(".")
    return tuple(item for item in records if not wanted or item.name == wanted or item.name.endswith(f".{wanted}"))


def _write(desk: Desk, records: Sequence[Record], form: RecordFormat) -> str:
    domains = domains_of(records, desk.suffixes.registrable)
    if form is RecordFormat.ROUTE53 and len(domains) > 1:
        raise InvalidRequest(
            f"A change batch is for one hosted zone, and these records lie in {', '.join(domains)}: ask for each "
            f"by itself, as in domain={domains[0]}.",
            field="domain",
            code="several-domains",
        )
    return write_records(records, form, desk.suffixes.registrable)
