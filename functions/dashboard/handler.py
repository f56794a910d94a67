"""The dashboard: pages for people who signed in with a token. No private key can be reached from here.

Long, but a few lines for each route, and all routes of a function stand in its handler.
"""

from dataclasses import replace
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from certwright import bootstrap
from certwright.domain.access import Action
from certwright.domain.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    Unavailable,
)
from certwright.domain.owner import Zone
from certwright.flows import ca_accounts, owners, read_certificate, wake_certificate, zones
from certwright.flows.add_records import add_by_cloudflare, add_by_route53, counts
from certwright.flows.ask_renewal import ask_renewal
from certwright.flows.ask_revocation import RevocationWish, ask_revocation
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.explain_request import explain_request
from certwright.flows.list_budgets import list_budgets
from certwright.flows.list_visible import list_owners, list_zones
from certwright.flows.reckon_costs import reckon_costs
from certwright.web.dashboard import access_page, bulk, entrance, new_page
from certwright.web.dashboard.access_page import REFUSALS, AccessForm
from certwright.web.dashboard.adding_card import Adding
from certwright.web.dashboard.admission import PageGate
from certwright.web.dashboard.assets import read_asset
from certwright.web.dashboard.cas_page import cas_page, choosable_cas
from certwright.web.dashboard.certificate_page import certificate_page
from certwright.web.dashboard.cost_page import cost_page, counting_page
from certwright.web.dashboard.done import said_done
from certwright.web.dashboard.dossier import read_dossier
from certwright.web.dashboard.edge import ANYONE, PageEdge, caller_of, request_of, visit_of
from certwright.web.dashboard.entrance import Entrance
from certwright.web.dashboard.explained import explanation, refusal
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.inventory import Shelf
from certwright.web.dashboard.list_page import list_page
from certwright.web.dashboard.listing import read_query
from certwright.web.dashboard.new_page import Choices, Draft
from certwright.web.dashboard.questions import question_page
from certwright.web.dashboard.replies import Reply, fragment, page, see
from certwright.web.dashboard.zones_page import RenameForm, zone_page, zones_page
from certwright.web.log_keys import request_id

ACTIONS = {
    "GET /assets/{file}": ANYONE,
    "GET /sign-in": ANYONE,
    "POST /sign-in": ANYONE,
    "GET /sign-in/provider": ANYONE,
    "GET /sign-in/return": ANYONE,
    "POST /sign-out": Action.READ,
    "GET /": Action.READ,
    "POST /certificates/check": Action.REQUEST,
    "POST /certificates/renew": Action.REQUEST,
    "GET /certificates/new": Action.REQUEST,
    "POST /certificates": Action.REQUEST,
    "POST /certificates/explain": Action.REQUEST,
    "GET /certificates/{id}": Action.READ,
    "POST /certificates/{id}": Action.REQUEST,
    "POST /certificates/{id}/check": Action.REQUEST,
    "GET /certificates/{id}/renew": Action.REQUEST,
    "POST /certificates/{id}/renew": Action.REQUEST,
    "GET /certificates/{id}/revoke": Action.REQUEST,
    "POST /certificates/{id}/revoke": Action.REQUEST,
    "GET /certificates/{id}/delete": Action.REQUEST,
    "POST /certificates/{id}/delete": Action.REQUEST,
    "GET /dns": Action.READ,
    "GET /dns/{id}": Action.READ,
    "POST /dns/{id}": Action.REQUEST,
    "GET /cas": Action.READ,
    "GET /cost": Action.OPERATE,
    "GET /access": Action.ADMINISTER,
    "POST /access/owners": Action.ADMINISTER,
    "POST /access/tokens": Action.ADMINISTER,
    "POST /access/tokens/{id}/delete": Action.ADMINISTER,
}

logger = Logger(service="certwright-dashboard")
app = APIGatewayHttpResolver()
shelf = Shelf()


@cache
def front() -> bootstrap.Front:
    """Build what pages are served with, at the first request."""
    return bootstrap.build_front()


def _gate() -> PageGate:
    made = front()
    return PageGate(made.desk.tokens, made.desk.clock, made.session_key, made.sign_in.terms if made.sign_in else "")


edge = PageEdge(app, ACTIONS, _gate, logger)


def handler(event: dict[str, Any], context: Any) -> Reply:
    """Answer one request."""
    return edge.handle(event, context)


@app.get("/assets/<file>")
def asset(file: str) -> Response[str]:
    """Send a file that pages load."""
    if (found := read_asset(file)) is None:
        raise NotFound("There is no such file.")
    return Response(200, *found, headers={"cache-control": "public, max-age=31536000, immutable"})


@app.get("/sign-in")
def show_sign_in() -> Response[str]:
    """Ask for a token, or offer the identity provider."""
    query = request_of(app).query
    return _entrance().show(query.get("to", ""), notice="You are signed out." if "out" in query else "")


@app.post("/sign-in")
def sign_in() -> Response[str]:
    """Check a token and begin a session with it."""
    return _entrance().by_token(request_of(app))


@app.get("/sign-in/provider")
def go_to_provider() -> Response[str]:
    """Send somebody to the identity provider."""
    return _entrance().to_provider(request_of(app))


@app.get("/sign-in/return")
def return_from_provider() -> Response[str]:
    """Take the identity provider's answer and begin a session with it."""
    return _entrance().from_provider(request_of(app))


@app.post("/sign-out")
def sign_out() -> Response[str]:
    """End the session in this browser."""
    return entrance.sign_out(request_of(app))


@app.get("/")
def show_list() -> Response[str]:
    """Show the certificates."""
    request = request_of(app)
    inventory = shelf.read(front().desk, caller_of(app), in_haste=not request.is_live)
    return page(list_page(visit_of(app), inventory, read_query(request.query), _done()))


@app.post("/certificates/check")
def check_several() -> Response[str]:
    """Look at several certificates again now."""
    chosen = request_of(app).texts("id")[: bulk.MOST_AT_ONCE]
    for certificate_id in chosen:
        wake_certificate.check_now(front().desk, caller_of(app), certificate_id)
    shelf.clear()
    return see(f"/?checked={len(chosen)}")


@app.post("/certificates/renew")
def renew_several() -> Response[str]:
    """Renew several certificates now: asked once more, then said of each that could not be."""
    request, visit = request_of(app), visit_of(app)
    chosen = request.texts("id")[: bulk.MOST_AT_ONCE]
    if not chosen:
        return see("/")
    if request.text("sure") != "yes":
        return page(bulk.renewals_question(visit, chosen))
    refused = bulk.ask_renewals(front().desk, visit, chosen)
    shelf.clear()
    if refused:
        return page(bulk.renewals_result(visit, len(chosen), refused))
    return see(f"/?renewed={len(chosen)}")


@app.get("/certificates/new")
def show_new() -> Response[str]:
    """Show the form for a certificate."""
    draft = Draft(owner=caller_of(app).owner, once=front().desk.chance.new_id("form_"))
    return page(new_page.new_page(visit_of(app), draft, _choices()))


@app.post("/certificates")
def create() -> Response[str]:
    """Request a certificate; a refusal comes back with the form as it was filled in."""
    draft = new_page.read_draft(request_of(app))
    try:
        asked_as = request_id(app.current_event.raw_event)
        managed = create_certificate(front().desk, replace(_to_request(draft), correlation_id=asked_as))
    except REFUSALS as error:
        return page(new_page.new_page(visit_of(app), new_page.with_error(draft, error), _choices()), 422)
    logger.info("requested", certificate=managed.desired.id, correlation_id=managed.desired.correlation_id)
    shelf.clear()
    return see(f"/certificates/{managed.desired.id}")


@app.post("/certificates/explain")
def explain() -> Response[str]:
    """Say what a request would come to: beside the form while it is filled in, or as the whole page."""
    draft = new_page.read_draft(request_of(app))
    try:
        told = explanation(explain_request(front().desk, _to_request(draft)))
    except REFUSALS as error:
        told = refusal(error)
    if request_of(app).is_live:
        return fragment(told)
    return page(new_page.new_page(visit_of(app), draft, _choices(), told))


@app.get("/certificates/<id>")
def show_certificate(id: str) -> Response[str]:
    """Show one certificate."""
    visit = visit_of(app)
    return page(certificate_page(visit, read_dossier(front().desk, visit, id, request_of(app).origin), _done()))


@app.post("/certificates/<id>")
def add_records(id: str) -> Response[str]:
    """Add the records that are missing at a DNS provider, and tell what each came to."""
    desk, caller, request = front().desk, caller_of(app), request_of(app)
    try:
        if request.text("provider") == "route53":
            adding = Adding(add_by_route53(desk, caller, id))
        else:
            adding = Adding(add_by_cloudflare(desk, caller, id, request.text("token")))
    except (InvalidRequest, NotAllowed, Unavailable) as error:
        adding = Adding(error=error.sentence)
    logger.info("records added", certificate=id, outcomes=counts(adding.additions))
    dossier = read_dossier(desk, visit_of(app), id, request.origin)
    return page(certificate_page(visit_of(app), dossier, adding=adding), 422 if adding.error else 200)


@app.post("/certificates/<id>/check")
def check(id: str) -> Response[str]:
    """Look at everything again now."""
    wake_certificate.check_now(front().desk, caller_of(app), id)
    return see(f"/certificates/{id}?done=checked")


@app.get("/certificates/<id>/renew")
@app.get("/certificates/<id>/revoke")
@app.get("/certificates/<id>/delete")
def ask(id: str) -> Response[str]:
    """Ask whether to renew, revoke or delete a certificate."""
    return page(_question(id))


@app.post("/certificates/<id>/renew")
def renew(id: str) -> Response[str]:
    """Renew a certificate now."""
    try:
        ask_renewal(front().desk, caller_of(app), id, has_new_key=request_of(app).text("new_key") == "yes")
    except (Conflict, InvalidRequest) as error:
        return page(_question(id, error.sentence), 422)
    shelf.clear()
    return see(f"/certificates/{id}?done=renewed")


@app.post("/certificates/<id>/revoke")
def revoke(id: str) -> Response[str]:
    """Have a version revoked."""
    request = request_of(app)
    version = request.text("version")
    wish = RevocationWish(request.text("reason"), int(version) if version.isdecimal() else 0)
    try:
        ask_revocation(front().desk, caller_of(app), id, wish)
    except (Conflict, InvalidRequest) as error:
        return page(_question(id, error.sentence), 422)
    shelf.clear()
    return see(f"/certificates/{id}?done=revoked")


@app.post("/certificates/<id>/delete")
def delete(id: str) -> Response[str]:
    """Delete a certificate."""
    wake_certificate.delete_certificate(front().desk, caller_of(app), id)
    shelf.clear()
    return see("/?done=deleted")


@app.get("/dns")
def show_zones() -> Response[str]:
    """Show the zones and the nodes."""
    desk = front().desk
    seen = list_zones(desk, caller_of(app))
    return page(
        zones_page(visit_of(app), seen, _owner_names(), front().nodes.list_rows(), desk.settings.node_addresses)
    )


@app.get("/dns/<id>")
def show_zone(id: str) -> Response[str]:
    """Show one zone, and then, when the page asks again, look at it."""
    request = request_of(app)
    is_look = request.is_live or "look" in request.query
    return page(zone_page(front().desk, visit_of(app), _zone(id), RenameForm(), _done(), is_looked_at=is_look))


@app.post("/dns/<id>")
def rename_zone(id: str) -> Response[str]:
    """Change a zone's names."""
    zone = _zone(id)
    typed = {name: request_of(app).text(name) for name in ("origin", "name_server")}
    if not zones.may_rename(caller_of(app), zone):
        raise NotAllowed("Other owners use this zone too: have an operator rename it.", code="zone-shared")
    try:
        changed = zones.rename_zone(front().desk, zone, typed["origin"], typed["name_server"])
    except REFUSALS as error:
        form = RenameForm(typed, access_page.errors_by_field(error, typed))
        return page(zone_page(front().desk, visit_of(app), zone, form), 422)
    return see(f"/dns/{changed.id}?done=renamed")


@app.get("/cas")
def show_cas() -> Response[str]:
    """Show the accounts at CAs, and to those who operate also the room at their limits."""
    desk, visit = front().desk, visit_of(app)
    accounts = ca_accounts.list_accounts(desk)
    active = (each.name for each in (item.definition for item in accounts) if each.is_limited)
    budgets = [list_budgets(desk, name) for name in active] if visit.may(Action.OPERATE) else []
    return page(cas_page(visit, accounts, budgets, _owner_names(), desk.ca))


@app.get("/cost")
def show_cost() -> Response[str]:
    """Show what the deployment costs."""
    desk, now = front().desk, visit_of(app).now
    nodes = sum(node.lease_until > now for node in front().nodes.list_rows())
    began = min((owner.created_at for owner in desk.registry.owners.list_all()), default=now)
    inventory = shelf.read(desk, caller_of(app), in_haste=not request_of(app).is_live)
    if not inventory.is_whole:
        return page(counting_page(visit_of(app)))
    report = reckon_costs(inventory.items, nodes, began, now)
    return page(cost_page(visit_of(app), report, is_settled=inventory.is_settled))


@app.get("/access")
def show_access() -> Response[str]:
    """Show owners and tokens."""
    return page(access_page.show_access(front().desk, visit_of(app), AccessForm(), _done()))


@app.post("/access/owners")
def create_owner() -> Response[str]:
    """Make an owner."""
    refused = access_page.make_owner(front().desk, request_of(app))
    if refused:
        return page(access_page.show_access(front().desk, visit_of(app), refused), 422)
    return see("/access?done=owner-made")


@app.post("/access/tokens")
def create_token() -> Response[str]:
    """Make a token; its text is shown this once."""
    form = access_page.make_token(front().desk, request_of(app))
    return page(access_page.show_access(front().desk, visit_of(app), form), 200 if form.made else 422)


@app.post("/access/tokens/<id>/delete")
def delete_token(id: str) -> Response[str]:
    """Delete a token; it counts at once."""
    owners.delete_token(front().desk, id)
    return see("/access?done=token-deleted")


def _entrance() -> Entrance:
    made = front()
    return Entrance(_gate(), made.desk.registry.owners, made.desk.chance, made.sign_in, logger)


def _done() -> str:
    """Say what the form before this page has done."""
    return said_done(request_of(app).query)


def _question(certificate_id: str, error: str = "") -> Html:
    view = read_certificate.read_certificate(front().desk, caller_of(app), certificate_id)
    return question_page(request_of(app).path.rpartition("/")[2], visit_of(app), view, error)


def _owner_names() -> dict[str, str]:
    return {owner.id: owner.name for owner in list_owners(front().desk, caller_of(app))}


def _choices() -> Choices:
    return Choices(_owner_names(), choosable_cas(front().desk))


def _to_request(draft: Draft) -> CertificateRequest:
    return new_page.to_request(draft, caller_of(app), bootstrap.to_a_labels)


def _zone(zone_id: str) -> Zone:
    """Read a zone that is the caller's to see."""
    zone = zones.find_zone(front().desk, zone_id)
    if not zone.is_shared and not caller_of(app).may_touch(zone.owner):
        raise NotFound(f"There is no zone {zone_id} of yours: check the id.")
    return zone
