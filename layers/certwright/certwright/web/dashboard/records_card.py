"""The records to add: where, what, in which form, and how each was found."""

from collections.abc import Sequence

from certwright.domain.identifier import Registrable
from certwright.domain.record_export import RecordFormat, are_plain, domains_of, write_records
from certwright.domain.records import NameCheck, Record
from certwright.web.dashboard import html as h
from certwright.web.dashboard.chain import record_tone
from certwright.web.dashboard.html import Html, Node
from certwright.web.dashboard.parts import block, copyable, pill
from certwright.web.dashboard.words import Tone

FORMS = {
    RecordFormat.BIND: "Zone-file lines",
    RecordFormat.TERRAFORM: "Terraform, for Route 53",
    RecordFormat.TERRAFORM_CLOUDFLARE: "Terraform, for Cloudflare",
}

STATES = {
    Tone.OK: ("In place", Tone.OK),
    Tone.WAIT: ("To add", Tone.WAIT),
    Tone.BROKEN: ("To change", Tone.BROKEN),
    Tone.QUIET: ("To add", Tone.QUIET),
}


def records_table(records: Sequence[Record], checks: Sequence[NameCheck] = (), *, label: str) -> Html:
    """Show records with buttons to copy; with checks, also how each was found."""
    has_state = bool(checks)
    head = h.tr(
        h.th("Type", scope="col"),
        h.th("Name", scope="col"),
        h.th("Value", scope="col"),
        h.th("Seen", scope="col") if has_state else None,
    )
    rows = [_row(record, record_tone(record, checks, records) if has_state else None) for record in records]
    return h.div(
        h.table(h.caption(label, class_="hidden"), h.thead(head), h.tbody(*rows), class_="records"),
        class_="records-box",
    )


def _row(record: Record, tone: Tone | None) -> Html:
    state = h.td(pill(*STATES[tone]), class_="mark") if tone else None
    return h.tr(
        h.td(record.type, class_="type"),
        h.td(copyable(record.name, what="name"), data_label="Name"),
        h.td(copyable(record.value, what="value"), data_label="Value"),
        state,
        class_="stands" if tone is Tone.OK else None,
    )


def other_forms(records: Sequence[Record], registrable: Registrable) -> Html:
    """Show the records as other providers' forms want them, with what goes wrong there."""
    short = [h.tr(h.td(record.type, class_="type"), *_short_cells(record, registrable)) for record in records]
    heads = (h.th(words, scope="col") for words in ("Type", "Name without the domain", "At the domain"))
    return h.details(
        h.summary("In other forms: without the domain, as files for other tools; and what goes wrong at providers"),
        h.ul(*map(h.li, _hints(records)), class_="hints"),
        h.div(
            h.table(
                h.caption("Names without the domain", class_="hidden"),
                h.thead(h.tr(*heads)),
                h.tbody(*short),
                class_="records",
            ),
            class_="records-box",
        ),
        exports(records, registrable),
        id="other-forms",
    )


def exports(records: Sequence[Record], registrable: Registrable) -> Html | None:
    """Show the records as other tools take them; a change batch is for one hosted zone, so there is one a domain."""
    if not are_plain(records):
        return None
    texts = [(words, write_records(records, form, registrable)) for form, words in FORMS.items()]
    for domain in domains_of(records, registrable):
        within = [record for record in records if domain in domains_of([record], registrable)]
        words = f"Route 53 change batch for {domain}"
        texts.append((words, write_records(within, RecordFormat.ROUTE53, registrable)))
    return h.join(
        *(
            h.details(h.summary(words), block(text.strip(), what=words), id=f"export-{at}")
            for at, (words, text) in enumerate(texts)
        )
    )


def short_name(name: str, domain: str) -> str:
    """Write a name relative to its domain, `@` for the domain itself."""
    return "@" if name == domain else name.removesuffix(f".{domain}")


def _short_cells(record: Record, registrable: Registrable) -> list[Html]:
    domain = registrable(record.name) or record.name
    short = copyable(short_name(record.name, domain), what="short name")
    return [h.td(short, data_label="Name"), h.td(h.code(domain), data_label="At the domain")]


def _hints(records: Sequence[Record]) -> list[list[Node]]:
    kinds = {record.type for record in records}
    hints: list[list[Node]] = []
    if kinds & {"CNAME", "A"}:
        hints.append(
            [h.b("Cloudflare: "), "set “DNS only” (the grey cloud). Proxied records show its addresses, not yours."]
        )
    hints.append(
        [
            h.b("GoDaddy, Namecheap, Hetzner, IONOS and others "),
            "append the domain to what you type. Use the name without it: else the record’s name has the domain twice.",
        ]
    )
    if "NS" in kinds:
        hints.append(
            [h.b("NS: "), "only at the sub-domain above, never at the domain itself: that would take all of it down."]
        )
    if "CNAME" in kinds:
        hints.append(["Some providers want the value of a CNAME or NS with a dot at its end."])
    hints.append(["Leave the records there: every renewal needs them."])
    return hints
