"""The second lock: CAA records that name our account, so that answers alone issue nothing (RFC 8659, RFC 8657)."""

from certwright.domain.records import Record
from certwright.flows.read_certificate import CertificateView
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.parts import pill
from certwright.web.dashboard.records_card import records_table
from certwright.web.dashboard.words import Tone, count


def caa_card(view: CertificateView) -> Html | None:
    """Show whether CAA locks the names, with the records that would; None where CAA was not looked at."""
    locks = [check.lock for check in view.work.checks if check.lock]
    if not locks or view.desired.is_deleted:
        return None
    open_ones = [lock for lock in locks if not lock.is_closed]
    records = tuple(dict.fromkeys(record for lock in open_ones for record in lock.records))
    return h.section(
        h.div(h.h2("The second lock: CAA"), _state(len(open_ones), len(locks)), class_="section-head"),
        h.p(_meaning(bool(open_ones)), class_="quiet"),
        _offer(records) if records else None,
        class_="card",
    )


def _state(open_ones: int, total: int) -> Html:
    if not open_ones:
        return pill("Locked", Tone.OK)
    return pill("Not locked" if open_ones == total else f"{count(open_ones, 'name')} not locked", Tone.WAIT)


def _meaning(is_open: bool) -> str:
    if is_open:
        return (
            "Advice, not needed: with a CAA record that names the CA, our account there and the method, nobody else "
            "gets a certificate for these names, even if the DNS records above fell into wrong hands."
        )
    return "CAA records let only our account at this CA issue for these names, by this method."


def _offer(records: tuple[Record, ...]) -> Html:
    return h.details(
        h.summary(f"The record{'s' if len(records) > 1 else ''} that would lock them"),
        records_table(records, label="CAA records"),
        h.p(
            "Other CAs that these domains use need a record of their own beside it: CAA shuts out all that it does not "
            "name.",
            class_="hint",
        ),
        id="caa-records",
    )
