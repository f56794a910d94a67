"""The list of certificates."""

from collections.abc import Mapping

from certwright.domain.access import Action
from certwright.domain.identifier import display_name
from certwright.domain.shown import Summary
from certwright.web.dashboard import html as h
from certwright.web.dashboard.expiries import expiries
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.inventory import Inventory
from certwright.web.dashboard.layout import Visit, frame, post_form
from certwright.web.dashboard.listing import VIEWS, Listing, Query, select
from certwright.web.dashboard.parts import ago, domain, notice, pill, when
from certwright.web.dashboard.words import (
    away,
    ca_in_words,
    count,
    day,
    is_under_way,
    needs_someone,
    reason_in_words,
)
from certwright.web.dashboard.words import pill as pill_words

LIVE_SECONDS = 3
LIVE_UNSETTLED = 1
COLUMNS = (
    ("names", "Names"),
    ("state", "State"),
    ("expires", "Expires"),
    ("renewal", "Next renewal"),
    ("issued", "Issued"),
)


def list_page(visit: Visit, inventory: Inventory, query: Query, done: str = "") -> Html:
    """Show the list; with nothing to show yet, how to begin."""
    if not inventory.items:
        return frame(visit, "Certificates", _head(visit, inventory, query), _welcome(visit))
    listing = select(inventory.items, query, visit.now)
    is_moving = any(is_under_way(item) for item in listing.items)
    is_whole = inventory.is_whole
    return frame(
        visit,
        "Certificates",
        _head(visit, inventory, query),
        notice(done) if done else None,
        h.div(expiries(inventory.items, query, visit.now) if is_whole else None, id="weeks", data_region=True),
        _views(query, listing) if is_whole else h.nav(class_="views", id="views", data_region=True),
        _filters(inventory, query),
        h.div(_results(visit, inventory, query, listing), id="results", data_region=True),
        live_seconds=LIVE_UNSETTLED if not inventory.is_settled else LIVE_SECONDS if is_moving else 0,
    )


def _head(visit: Visit, inventory: Inventory, query: Query) -> Html:
    new = h.a("New certificate", href="/certificates/new", class_="button main") if visit.may(Action.REQUEST) else None
    return h.div(
        h.div(
            h.h1("Certificates"),
            h.p(_in_short(inventory, query, visit.now), class_="quiet", id="in-short", data_region=True),
        ),
        h.div(new, class_="actions"),
        class_="page-head",
    )


def _in_short(inventory: Inventory, query: Query, now: int) -> list[Html | str]:
    items = inventory.items
    if not items:
        return ["None yet."]
    if not inventory.is_whole:
        shown = f"The newest {len(items)}. The others" if query.is_newest else "All certificates"
        return [f"{shown} are being counted; ", h.a("reload", href=query.address(page=query.page)), " to see them all."]
    issued = sum(1 for item in items if item.expires_at > now)
    needing = sum(map(needs_someone, items))
    parts: list[Html | str] = [f"{count(issued, 'is', 'are')} issued"]
    if needing:
        words = count(needing, "needs someone", "need someone")
        parts += [" · ", h.a(words, href="/?view=attention", class_="attention")]
    due = min((item.renew_at for item in items if item.renew_at > now), default=0)
    return [*parts, f" · next renewal {away(due, now)}"] if due else parts


def _welcome(visit: Visit) -> Html:
    begin = h.a("Request the first certificate", href="/certificates/new", class_="button main")
    return h.section(
        h.h2("No certificate yet"),
        h.p(
            "Ask for one by its names. You will see at once which records to add with your DNS provider, if any; "
            "from then on it is issued and renewed by itself."
        ),
        h.p(begin, class_="actions") if visit.may(Action.REQUEST) else h.p("Your role may look, not request."),
        class_="card alone",
    )


def _views(query: Query, listing: Listing) -> Html:
    shown = [name for name in VIEWS if not name or listing.views[name] or name == query.view]
    links = [
        h.a(
            VIEWS[name][0],
            h.span(f"{listing.views[name]:,}", class_="tally"),
            href=query.address(view=name),
            aria_current="true" if name == query.view else None,
            class_="attention" if name == "attention" else None,
        )
        for name in shown
    ]
    return h.nav(*links, class_="views", aria_label="Views", id="views", data_region=True)


def _filters(inventory: Inventory, query: Query) -> Html:
    accounts = sorted({item.account for item in inventory.items})
    hidden = {"view": query.view, "sort": query.sort if query.sort != Query().sort else ""}
    week = query.week if query.week >= 0 else None
    return h.form(
        h.label("Search", for_="q", class_="hidden"),
        h.input_(
            type="search",
            id="q",
            name="q",
            value=query.text,
            placeholder="Search names",
            spellcheck="false",
            autocapitalize="none",
        ),
        _choice("owner", "Owner", "Any owner", inventory.owners, query.owner) if len(inventory.owners) > 1 else None,
        _choice("ca", "CA", "Any CA", {name: ca_in_words(name, inventory.ca) for name in accounts}, query.ca)
        if len(accounts) > 1
        else None,
        (h.input_(type="hidden", name=name, value=value) for name, value in hidden.items() if value),
        h.input_(type="hidden", name="week", value=week) if week is not None else None,
        h.button("Search", type="submit"),
        h.a("Clear", href="/", class_="button plain") if query.is_narrowed else None,
        class_="filters",
        role="search",
        action="/",
    )


def _choice(name: str, label: str, anything: str, choices: Mapping[str, str], chosen: str) -> Html:
    options = [h.option(words, value=value, selected=value == chosen) for value, words in choices.items()]
    return h.join(
        h.label(label, for_=name, class_="hidden"),
        h.select(h.option(anything, value=""), *options, id=name, name=name, data_submits=True),
    )


def _results(visit: Visit, inventory: Inventory, query: Query, listing: Listing) -> Html:
    if not inventory.is_whole and not query.is_newest:
        return h.section(
            h.h2("One moment"),
            h.p("All certificates are being read, to find and sort those asked for."),
            class_="card alone",
        )
    if not listing.items:
        return h.section(
            h.h2("Nothing matches"),
            h.p("No certificate is as asked for. ", h.a("Show all", href="/"), "."),
            class_="card alone",
        )
    rows = [_row(visit, inventory, item) for item in listing.items]
    table = h.table(
        h.caption("Certificates", class_="hidden"),
        h.thead(h.tr(*_headings(visit, query))),
        h.tbody(*rows),
        class_="certificates",
    )
    if not visit.may(Action.REQUEST):
        return h.join(h.div(table, class_="card flush"), _pager(query, listing))
    bulk = h.div(
        h.span("Selected certificates", class_="quiet", data_selected=True),
        h.button("Check now", type="submit"),
        h.button("Renew…", type="submit", formaction="/certificates/renew"),
        class_="bulk",
    )
    return h.join(
        post_form(visit, "/certificates/check", h.div(table, class_="card flush"), bulk, class_="bulk-form"),
        _pager(query, listing),
    )


def _headings(visit: Visit, query: Query) -> list[Html]:
    every = h.input_(type="checkbox", aria_label="Select all on this page", data_selects_all=True)
    headings = [h.th(every, class_="pick")] if visit.may(Action.REQUEST) else []
    for sort, words in COLUMNS:
        is_chosen = query.sort == sort
        link = h.a(words, href=query.address(sort="created" if is_chosen else sort), class_="sort")
        headings.append(h.th(link, scope="col", aria_sort="ascending" if is_chosen else None, class_=f"col-{sort}"))
    return [*headings, h.th("CA", scope="col"), h.th("Owner", scope="col")]


def _row(visit: Visit, inventory: Inventory, item: Summary) -> Html:
    now = visit.now
    pick = h.td(
        h.input_(type="checkbox", name="id", value=item.id, aria_label=f"Select {item.names[0]}"), class_="pick"
    )
    return h.tr(
        pick if visit.may(Action.REQUEST) else None,
        h.td(_names(item), class_="name-cell"),
        h.td(_state(item), class_="state-cell"),
        h.td(_date(item.expires_at, now), data_label="Expires"),
        h.td(_renewal(item, now), data_label="Next renewal"),
        h.td(when(item.issued_at, day(item.issued_at, now)) if item.issued_at else "–", data_label="Issued"),
        h.td(ca_in_words(item.account, inventory.ca), data_label="CA"),
        h.td(inventory.owners.get(item.owner, item.owner), data_label="Owner"),
    )


def _names(item: Summary) -> Html:
    more = item.names_total - len(item.names)
    first, *others = item.names
    return h.join(
        h.a(domain(display_name(first)), href=f"/certificates/{item.id}", class_="name"),
        [h.span(domain(display_name(name)), class_="name more") for name in others],
        h.small(f"and {count(more, 'more name')}") if more else None,
        h.small(item.challenge.replace("+", " and ").upper().replace("AND", "and")),
    )


def _state(item: Summary) -> Html:
    words, tone = pill_words(item.state, item.reason)
    is_said = needs_someone(item) or item.reason in ("ca-at-work", "awaiting-nodes")
    return h.join(pill(words, tone), h.small(reason_in_words(item.reason)) if is_said and item.reason else None)


def _date(at: int, now: int) -> Html | str:
    return h.join(when(at, day(at, now)), h.small(ago(at, now))) if at else "–"


def _renewal(item: Summary, now: int) -> Html | str:
    if not item.renew_at:
        return "–"
    return "due" if item.renew_at <= now else _date(item.renew_at, now)


def _pager(query: Query, listing: Listing) -> Html | None:
    if listing.pages == 1:
        return None
    at, last = listing.page, listing.pages
    before = h.a("← Newer" if query.sort == "created" else "← Back", href=query.address(page=at - 1), rel="prev")
    after = h.a("Older →" if query.sort == "created" else "On →", href=query.address(page=at + 1), rel="next")
    return h.nav(
        before if at > 1 else h.span(),
        h.span(f"Page {at:,} of {last:,} · {listing.total:,} certificates", class_="quiet"),
        after if at < last else h.span(),
        class_="pager",
        aria_label="Pages",
    )
