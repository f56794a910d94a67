"""What the deployment costs, beside what ACM would charge."""

from certwright.domain.cost import ACM_NAME, ACM_RENEWED_AFTER_DAYS, ACM_WILDCARD, PRICES_OF, Names
from certwright.flows.reckon_costs import CostReport
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html, Node
from certwright.web.dashboard.layout import Visit, frame
from certwright.web.dashboard.words import count, day

WIDTH = 100
_LEAST = 0.6
LIVE_SECONDS = 1


def counting_page(visit: Visit) -> Html:
    """Show that the certificates are being counted; the page asks for itself again."""
    reload = h.a("reload", href="/cost")
    told = h.section(h.h2("One moment"), h.p("All certificates are being counted."), class_="card alone")
    return _page(visit, ["Counting; ", reload, " to see the result."], told, is_settled=False)


def cost_page(visit: Visit, report: CostReport, *, is_settled: bool = True) -> Html:
    """Show both sides, then the bill; one that is not settled asks for itself again."""
    certificates = count(report.usage.certificates, "issued certificate")
    return _page(
        visit,
        f"{certificates} with {_names(report.names)}, {_nodes(report)}",
        h.section(
            _side_by_side("A month", report.month, report.acm_month),
            _side_by_side(f"Since {day(report.began, visit.now)}", report.so_far, report.acm_so_far),
            h.p(_verdict(report), class_="verdict"),
            class_="card costs",
        ),
        _bill(report),
        _basis(),
        is_settled=is_settled,
    )


def _page(visit: Visit, in_short: Node, *content: Node, is_settled: bool) -> Html:
    return frame(
        visit,
        "Cost",
        h.div(
            h.div(h.h1("Cost"), h.p(in_short, class_="quiet", id="in-short", data_region=True)),
            class_="page-head",
        ),
        h.div(*content, class_="stack", id="cost", data_region=True),
        live_seconds=0 if is_settled else LIVE_SECONDS,
    )


def dollars(amount: float) -> str:
    """Write an amount: to the cent below 10 dollars, to the dollar above."""
    if 0 < amount < 0.01:
        return "under $0.01"
    return f"${amount:,.2f}" if amount < 10 else f"${amount:,.0f}"


def _side_by_side(title: str, ours: float, theirs: float) -> Html:
    most = max(ours, theirs, 1)
    return h.div(
        h.h2(title),
        h.dl(
            _bar("Certwright, on AWS", ours, most, "ours"),
            _bar("ACM, exportable certificates", theirs, most, "theirs"),
            class_="bars",
        ),
    )


def _bar(name: str, amount: float, most: float, kind: str) -> Html:
    width = max(_LEAST, amount / most * WIDTH) if amount else 0
    drawn = h.svg(
        h.rect(x="0", y="0", width=f"{width:.1f}", height="10", rx="1"),
        viewBox=f"0 0 {WIDTH} 10",
        preserveAspectRatio="none",
        aria_hidden="true",
        class_=kind,
    )
    return h.div(h.dt(name), h.dd(h.b(dollars(amount)), drawn))


def _verdict(report: CostReport) -> str:
    if report.month < report.acm_month:
        return f"At this size ACM would ask for {report.acm_month / report.month:,.1f} times as much."
    each = Names(1, 0).charge * report.acm_month / max(report.names.charge, 1) or ACM_NAME * 365 / 12 / 153
    needed = round(report.month / each)
    return (
        f"At this size ACM would be cheaper: the DNS nodes and their addresses cost the same for one name as for ten "
        f"thousand. From about {needed:,} names on it turns round, and sooner with wildcards."
    )


def _bill(report: CostReport) -> Html:
    rows = (h.tr(h.td(line.what), h.td(dollars(line.dollars), class_="number")) for line in (*report.lines,))
    heads = h.tr(h.th("For", scope="col"), h.th("A month", scope="col", class_="number"))
    total = h.tr(h.td(h.b("Together")), h.td(h.b(dollars(report.month)), class_="number"), class_="total")
    return h.section(
        h.h2("What a month is made of"),
        h.div(
            h.table(
                h.caption("The bill of a month", class_="hidden"), h.thead(heads), h.tbody(*rows, total), class_="bill"
            ),
            class_="records-box",
        ),
        class_="card",
    )


def _basis() -> Html:
    return h.section(
        h.h2("How this is reckoned"),
        h.ul(
            h.li(
                f"A model, not your bill: counted requests times AWS’s list prices for us-east-1 of {PRICES_OF}, "
                "without free tiers, tax and traffic. What has been spent so far is reckoned at today’s size."
            ),
            h.li(
                f"ACM asks ${ACM_NAME:.0f} for each name and ${ACM_WILDCARD:.0f} for each wildcard of a certificate "
                f"that can be exported, once when it is issued and again every {ACM_RENEWED_AFTER_DAYS} days."
            ),
            h.li(
                "ACM’s other certificates are free, and the better choice wherever TLS ends on a load balancer, "
                "CloudFront or API Gateway."
            ),
            class_="hints",
        ),
        class_="card",
    )


def _names(names: Names) -> str:
    plain = count(names.plain, "name")
    return f"{plain} and {count(names.wildcards, 'wildcard')}" if names.wildcards else plain


def _nodes(report: CostReport) -> str:
    return count(report.usage.nodes, "DNS node")
