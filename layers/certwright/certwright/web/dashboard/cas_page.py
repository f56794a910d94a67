"""The CAs: our accounts there, and how much room their limits leave."""

from collections.abc import Mapping, Sequence

from certwright.domain.ca import CaEntry
from certwright.domain.limits import Kind, Limit
from certwright.domain.renewal import MINUTE
from certwright.flows import ca_accounts
from certwright.flows.ca_accounts import AccountView
from certwright.flows.list_budgets import BudgetReport, BudgetsReport
from certwright.flows.world import Desk
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html, Node
from certwright.web.dashboard.layout import Visit, frame
from certwright.web.dashboard.parts import ago, facts, pill
from certwright.web.dashboard.problem_card import say
from certwright.web.dashboard.words import Tone, ca_in_words, count, span

LIVE_SECONDS = 5
SHOWN = 40

KINDS: Mapping[Kind, str] = {
    Kind.ORDERS: "New orders of the account",
    Kind.DOMAIN: "Certificates for a registered domain",
    Kind.SET: "Certificates of the same names",
    Kind.FAILURES: "Failed validations of a name",
    Kind.CA: "All requests",
}


def cas_page(
    visit: Visit,
    accounts: Sequence[AccountView],
    budgets: Sequence[BudgetsReport],
    owners: Mapping[str, str],
    ca: CaEntry,
) -> Html:
    """List the accounts; for those who operate, the limits too."""
    is_moving = any(not is_settled(account) and not _awaits_first_order(account) for account in accounts)
    return frame(
        visit,
        "CAs",
        h.div(
            h.div(h.h1("CAs"), h.p("Whom certificates are ordered from, and how much room is left.", class_="quiet")),
            class_="page-head",
        ),
        h.div(*(_account(account, ca, visit.now) for account in accounts), class_="stack", id="cas", data_region=True),
        h.div(*_rooms(budgets, owners, ca, visit.now), id="room", data_region=True, class_="stack"),
        live_seconds=LIVE_SECONDS if is_moving else 0,
    )


def choosable_cas(desk: Desk) -> dict[str, str]:
    """List the CA accounts that a request may name, in words, the deployment's own first."""
    accounts = (account.definition for account in ca_accounts.list_accounts(desk))
    return {item.name: ca_in_words(item.name, desk.ca) for item in accounts if not item.is_deactivated}


def is_settled(account: AccountView) -> bool:
    """Tell whether the CA knows all that is wanted of an account, or has refused it."""
    stands = account.standing
    return bool(stands and (stands.settled >= account.definition.changes or stands.problem))


def _awaits_first_order(account: AccountView) -> bool:
    """Tell whether nobody has asked for the account yet: the deployment's own is registered with the first order."""
    return not account.definition.created_at and not account.url


def _account(account: AccountView, ca: CaEntry, now: int) -> Html:
    wanted, stands = account.definition, account.standing
    problem = stands.problem if stands and not wanted.is_deactivated else None
    return h.section(
        h.div(
            h.h2(ca_in_words(wanted.name, ca)),
            h.span(*_marks(account), class_="subhead"),
            class_="section-head",
        ),
        facts(
            ("Account", h.code(wanted.name)),
            ("Contact", wanted.contact or "none"),
            ("Profile", wanted.profile or "the CA’s default"),
            ("External account", h.code(wanted.eab_kid) if wanted.eab_kid else None),
            ("Terms", _terms(account)),
            ("Tried again", ago(stands.retry_at, now) if problem and stands and stands.retry_at > now else None),
        ),
        facts(
            ("Directory", h.code(wanted.entry.directory)),
            ("Account URL, as CAA records name it", h.code(account.url) if account.url else None),
            is_wide=True,
        ),
        h.div(*say(problem), class_="inset") if problem else None,
        class_="card",
    )


def _marks(account: AccountView) -> list[Html]:
    wanted, stands = account.definition, account.standing
    marks = [pill("For requests that name none", Tone.QUIET)] if account.is_default else []
    if wanted.is_deactivated:
        return [*marks, pill("Given up", Tone.QUIET)]
    if stands and stands.problem:
        return [*marks, pill("Refused", Tone.BROKEN)]
    if account.url and is_settled(account):
        return [*marks, pill("Registered", Tone.OK)]
    if _awaits_first_order(account):
        return [*marks, pill("Registered with the first order", Tone.QUIET)]
    return [*marks, pill("Being told", Tone.WORK)]


def _terms(account: AccountView) -> Node:
    if not account.definition.is_terms_agreed:
        return pill("Not agreed to", Tone.BROKEN)
    if account.has_new_terms:
        return pill("Changed since you agreed", Tone.WAIT)
    agreed = account.standing.terms if account.standing else ""
    return h.a("Agreed to", href=agreed) if agreed.startswith("https://") else "Agreed to"


def _rooms(reports: Sequence[BudgetsReport], owners: Mapping[str, str], ca: CaEntry, now: int) -> list[Html]:
    known = [report for report in reports if report.budgets or any(report.ca.limits.of(kind) for kind in Kind)]
    others = [report.account for report in reports if report not in known]
    rooms = [_room(report, owners, ca, now) for report in known]
    return [*rooms, _unlimited(others)] if others else rooms


def _unlimited(accounts: Sequence[str]) -> Html:
    names = [[", " if at else "", h.code(name)] for at, name in enumerate(accounts)]
    setting = h.code("certwright cas change NAME --limits …")
    return h.section(
        h.h2("Without known limits"), h.p(*names, ". ", setting, " sets some.", class_="quiet"), class_="card"
    )


def _room(report: BudgetsReport, owners: Mapping[str, str], ca: CaEntry, now: int) -> Html:
    limits = report.ca.limits
    spared = "Renewals that the CA suggests are exempt." if limits.spares_renewals else "Renewals count."
    account = h.p("Account ", h.code(report.account), ". ", spared, class_="quiet")
    kinds = [kind for kind in KINDS if limits.of(kind) or any(item.kind is kind for item in report.budgets)]
    return h.section(
        h.div(h.h2(f"Room at the limits of {ca_in_words(report.account, ca)}"), account, class_="section-head"),
        *(_kind(kind, limits.of(kind), report.budgets, owners, now) for kind in kinds),
        class_="card",
    )


def _kind(
    kind: Kind, limit: Limit | None, budgets: Sequence[BudgetReport], owners: Mapping[str, str], now: int
) -> Html:
    mine = sorted((item for item in budgets if item.kind is kind), key=lambda item: (item.room, item.subject))
    refill = f"{limit.burst:,} at once, one more every {_interval(limit.interval)}" if limit else ""
    rows = [_budget(item, limit, owners, now) for item in mine[:SHOWN]]
    more = len(mine) - SHOWN
    return h.div(
        h.div(h.h3(KINDS[kind]), h.p(refill, class_="quiet"), class_="section-head"),
        h.ul(*rows, class_="budgets") if rows else h.p("Nothing is used at the moment.", class_="quiet"),
        h.p(f"and {count(more, 'more')} with more room", class_="quiet") if more > 0 else None,
        class_="budget-kind",
    )


def _budget(budget: BudgetReport, limit: Limit | None, owners: Mapping[str, str], now: int) -> Html:
    free = f"{budget.room:,} of {limit.burst:,} free" if limit else ""
    if budget.closed_until > now:
        free = "Closed by the CA"
    elif limit and not budget.room:
        free = "None free"
    return h.li(
        h.span(h.code(budget.subject or "the account"), class_="budget-name"),
        _meter(budget, limit, now),
        h.span(free, class_="budget-room"),
        h.div(*_waiting(budget, owners, now), class_="budget-more"),
    )


def _meter(budget: BudgetReport, limit: Limit | None, now: int) -> Html:
    share = budget.room / limit.burst if limit and budget.closed_until <= now else 0
    tone = Tone.BROKEN if share <= 0 else Tone.WAIT if share < 0.2 else Tone.OK
    return h.svg(
        h.rect(class_="ground", x="0", y="0", width="100", height="6", rx="3"),
        h.rect(class_="filled", x="0", y="0", width=f"{max(share * 100, 3):.0f}", height="6", rx="3"),
        viewBox="0 0 100 6",
        preserveAspectRatio="none",
        aria_hidden="true",
        class_=f"meter {tone.value}",
    )


def _waiting(budget: BudgetReport, owners: Mapping[str, str], now: int) -> list[Html]:
    """Say when there is room again, who waits, and what the CA said."""
    told = []
    if budget.closed_until > now:
        told.append(h.p("Open again ", ago(budget.closed_until, now), f": “{budget.said}”" if budget.said else ""))
    elif budget.next_at > now:
        told.append(h.p("Who comes now gets a place ", ago(budget.next_at, now)))
    for line in budget.waiting:
        parts = [count(line.renewals, "renewal")] if line.renewals else []
        parts += [count(line.requests, "request")] if line.requests else []
        told.append(h.p(f"{owners.get(line.owner, line.owner)} waits with {' and '.join(parts)}"))
    return told


def _interval(milliseconds: int) -> str:
    """Write how often a place comes back, as one would say it."""
    return span(milliseconds) if milliseconds >= 2 * MINUTE else f"{milliseconds / 1000:g} s"
