"""The HTTP API: certificates, zones, owners, tokens. No private key can be reached from here.

Long, because it has one small function for each route and nothing else.
"""

from functools import cache
from typing import Annotated, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query

from certwright import bootstrap
from certwright.domain.access import Action
from certwright.domain.errors import InvalidRequest, NotAllowed, NotFound
from certwright.domain.owner import Owner, Zone
from certwright.domain.record_export import RecordFormat
from certwright.flows import (
    ca_accounts,
    delegations,
    export_records,
    list_visible,
    move_certificates,
    owners,
    read_certificate,
    wake_certificate,
    zones,
)
from certwright.flows.add_records import add_by_cloudflare, add_by_route53, counts
from certwright.flows.ask_renewal import ask_renewal
from certwright.flows.ask_revocation import RevocationWish, ask_revocation
from certwright.flows.ca_accounts import AccountWish, NewAccount
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.dead_letters import DeadLetterOffice, list_letters, redrive
from certwright.flows.list_budgets import list_budgets as read_budgets
from certwright.flows.offboard import look_at_offboarding
from certwright.flows.offboard import offboard as take_away
from certwright.flows.offboard_plan import OffboardWish, Scope
from certwright.flows.read_vitals import Instruments, read_vitals
from certwright.flows.request_choices import KeyWish
from certwright.flows.revoke_by_key import revoke_with_key
from certwright.flows.wanted_records import wanted_zone
from certwright.flows.world import Desk
from certwright.web import budgets, moves, replies, vitals
from certwright.web.delegations import show_delegation, show_offboarding
from certwright.web.edge import Edge, Event, Gate, Reply, caller_of, json_reply
from certwright.web.log_keys import request_id
from certwright.web.record_files import records_reply
from certwright.web.requests import (
    CaChange,
    CaMoveWish,
    ChangedOwner,
    NewCa,
    NewCertificate,
    NewDelegation,
    NewOwner,
    NewToken,
    Offboarding,
    RecordsToAdd,
    Redrive,
    RenewalNow,
    RevocationByKey,
    RevocationOfVersion,
    ZoneChange,
)

ACTIONS = {
    "GET /v1/certificates": Action.READ,
    "POST /v1/certificates": Action.REQUEST,
    "GET /v1/certificates/{id}": Action.READ,
    "DELETE /v1/certificates/{id}": Action.REQUEST,
    "POST /v1/certificates/{id}/check": Action.REQUEST,
    "GET /v1/certificates/{id}/events": Action.READ,
    "GET /v1/certificates/{id}/records": Action.READ,
    "POST /v1/certificates/{id}/records/add": Action.REQUEST,
    "GET /v1/certificates/{id}/attempts": Action.READ,
    "POST /v1/certificates/{id}/renew": Action.REQUEST,
    "POST /v1/certificates/{id}/revoke": Action.REQUEST,
    "POST /v1/revocations": Action.REQUEST,
    "GET /v1/zones": Action.READ,
    "GET /v1/zones/{id}": Action.READ,
    "PATCH /v1/zones/{id}": Action.REQUEST,
    "POST /v1/zones/{id}/check": Action.READ,
    "GET /v1/zones/{id}/records": Action.READ,
    "GET /v1/cas": Action.READ,
    "POST /v1/cas": Action.OPERATE,
    "GET /v1/cas/{name}": Action.READ,
    "PATCH /v1/cas/{name}": Action.OPERATE,
    "DELETE /v1/cas/{name}": Action.OPERATE,
    "POST /v1/cas/{name}/rollover": Action.OPERATE,
    "POST /v1/cas/{name}/move": Action.OPERATE,
    "GET /v1/cas/{name}/move": Action.OPERATE,
    "DELETE /v1/cas/{name}/move": Action.OPERATE,
    "GET /v1/delegations": Action.READ,
    "POST /v1/delegations": Action.REQUEST,
    "POST /v1/delegations/{domain}/check": Action.REQUEST,
    "DELETE /v1/delegations/{domain}": Action.REQUEST,
    "POST /v1/offboard": Action.ADMINISTER,
    "GET /v1/budgets": Action.OPERATE,
    "GET /v1/stack": Action.OPERATE,
    "GET /v1/dead-letters": Action.OPERATE,
    "POST /v1/dead-letters/redrive": Action.OPERATE,
    "GET /v1/owners": Action.ADMINISTER,
    "POST /v1/owners": Action.ADMINISTER,
    "PATCH /v1/owners/{id}": Action.ADMINISTER,
    "GET /v1/tokens": Action.ADMINISTER,
    "POST /v1/tokens": Action.ADMINISTER,
    "DELETE /v1/tokens/{id}": Action.ADMINISTER,
    "GET /v1/openapi.json": Action.READ,
}

logger = Logger(service="certwright-api")
app = APIGatewayHttpResolver(enable_validation=True)


@cache
def desk() -> Desk:
    """Build what requests are served with, at the first of them."""
    return bootstrap.build_desk()


@cache
def dead_letter_office() -> DeadLetterOffice:
    """Build what dead letters are handled with, when somebody asks for them."""
    return bootstrap.build_dead_letter_office()


@cache
def instruments() -> Instruments:
    """Build what the deployment is looked at with, when somebody first asks."""
    return bootstrap.build_instruments()


edge = Edge(app, ACTIONS, lambda: Gate(desk().tokens, desk().clock), logger)


def handler(event: Event, context: Any) -> Reply:
    """Answer one request."""
    return edge.handle(event, context)


@app.post("/v1/certificates")
def create(
    body: NewCertificate, idempotency_key: Annotated[str, Header(alias="Idempotency-Key", max_length=200)] = ""
) -> Response[str]:
    """Request a certificate: 202 with its state and the records to add."""
    request = CertificateRequest(
        owner=_owner(body.owner),
        names=bootstrap.to_a_labels(body.names),
        challenge=_by_a_label(body.challenge),
        key=KeyWish(body.key_type, body.reuse_key, body.csr),
        profile=body.profile,
        preferred_chain=body.preferred_chain,
        cas=_cas(body.ca, body.cas),
        idempotency_key=idempotency_key,
        is_dry_run=body.dry_run,
        rehearse_days=-1 if body.rehearse_days is None else body.rehearse_days,
        correlation_id=request_id(app.current_event.raw_event),
    )
    managed = create_certificate(desk(), request)
    logger.info("requested", certificate=managed.desired.id, correlation_id=managed.desired.correlation_id)
    reply = json_reply(202, replies.certificate(read_certificate.describe(desk(), managed)))
    reply.headers["location"] = f"/v1/certificates/{managed.desired.id}"
    return reply


@app.get("/v1/certificates")
def list_all(
    owner: Annotated[str, Query(max_length=64)] = "",
    cursor: Annotated[str, Query(max_length=1000)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response[str]:
    """List an owner's certificates, newest first."""
    page = read_certificate.list_certificates(desk(), _owner(owner), cursor, limit)
    return json_reply(200, {"items": [replies.summary(item) for item in page.items], "cursor": page.cursor or None})


@app.get("/v1/certificates/<id>")
def read(id: str) -> Response[str]:
    """Show one certificate."""
    return json_reply(200, replies.certificate(read_certificate.read_certificate(desk(), caller_of(app), id)))


@app.delete("/v1/certificates/<id>")
def delete(id: str) -> Response[str]:
    """Delete a certificate: 202, its answers are withdrawn first."""
    wake_certificate.delete_certificate(desk(), caller_of(app), id)
    return json_reply(202, replies.certificate(read_certificate.read_certificate(desk(), caller_of(app), id)))


@app.post("/v1/certificates/<id>/check")
def check(id: str) -> Response[str]:
    """Look at everything again now."""
    wake_certificate.check_now(desk(), caller_of(app), id)
    return json_reply(202, replies.certificate(read_certificate.read_certificate(desk(), caller_of(app), id)))


@app.get("/v1/certificates/<id>/events")
def events(id: str) -> Response[str]:
    """List what happened to a certificate, newest first."""
    found = read_certificate.list_events(desk(), caller_of(app), id)
    return json_reply(200, {"items": [replies.event(item) for item in found]})


@app.get("/v1/certificates/<id>/attempts")
def attempts(id: str) -> Response[str]:
    """List what was tried for a certificate and is over, newest first."""
    found = read_certificate.list_attempts(desk(), caller_of(app), id)
    return json_reply(200, {"items": [replies.closed_attempt(item) for item in found]})


@app.post("/v1/certificates/<id>/renew")
def renew(id: str, body: RenewalNow | None = None) -> Response[str]:
    """Have a new version issued now, ahead of its time: 202; the current one stays until that is stored."""
    ask_renewal(desk(), caller_of(app), id, has_new_key=bool(body and body.new_key))
    return json_reply(202, replies.certificate(read_certificate.read_certificate(desk(), caller_of(app), id)))


@app.get("/v1/certificates/<id>/records")
def write_records(
    id: str,
    format: Annotated[RecordFormat, Query()] = RecordFormat.JSON,  # noqa: A002 - the parameter's name
    missing: Annotated[bool, Query()] = False,
    domain: Annotated[str, Query(max_length=253)] = "",
) -> Response[str]:
    """Write the records of a certificate in a form that DNS tools take."""
    text = export_records.export_certificate(desk(), caller_of(app), id, format, is_missing_only=missing, domain=domain)
    return records_reply(format, text)


@app.post("/v1/certificates/<id>/records/add")
def add_records(id: str, body: RecordsToAdd) -> Response[str]:
    """Add the records that are missing at a DNS provider; each has an outcome of its own."""
    if body.provider == "route53":
        additions = add_by_route53(desk(), caller_of(app), id)
    else:
        additions = add_by_cloudflare(desk(), caller_of(app), id, body.token)
    logger.info("records added", certificate=id, provider=body.provider, outcomes=counts(additions))
    return json_reply(200, {"items": [replies.addition(item) for item in additions]})


@app.post("/v1/certificates/<id>/revoke")
def revoke(id: str, body: RevocationOfVersion) -> Response[str]:
    """Have a version revoked: 202; a worker asks the CA."""
    ask_revocation(desk(), caller_of(app), id, RevocationWish(body.reason, body.version, body.reissue))
    return json_reply(202, replies.certificate(read_certificate.read_certificate(desk(), caller_of(app), id)))


@app.post("/v1/revocations")
def revoke_by_key(body: RevocationByKey) -> Response[str]:
    """Revoke any certificate of the CA whose private key is sent along; it is done when this answers."""
    found = revoke_with_key(desk(), caller_of(app), body.certificate, body.private_key, body.reason)
    return json_reply(200, {"revoked": True, "certificates": list(found)})


@app.get("/v1/zones")
def list_zones() -> Response[str]:
    """List the zones the caller may see."""
    seen = list_visible.list_zones(desk(), caller_of(app))
    return json_reply(200, {"items": [_show(zone) for zone in seen]})


@app.get("/v1/zones/<id>")
def read_zone(id: str) -> Response[str]:
    """Show one zone with its records."""
    return json_reply(200, _show(_zone(id)))


@app.patch("/v1/zones/<id>")
def rename_zone(id: str, body: ZoneChange) -> Response[str]:
    """Change a zone's names, or who may use it; a new origin answers with the zone that takes its place."""
    zone, caller = _zone(id), caller_of(app)
    is_sharing = body.shared is not None
    if not zones.may_rename(caller, zone) or (is_sharing and not caller.sees_all_owners):
        raise NotAllowed("What other owners use is an operator's to change: ask one.", code="zone-shared")
    if body.shared is not None:
        zone = zones.share_zone(desk(), zone, is_shared=body.shared)
    if body.origin or body.name_server or not is_sharing:
        zone = zones.rename_zone(desk(), zone, body.origin, body.name_server)
    return json_reply(200, {**_show(zone), "notice": zones.notice_of_sharing(desk(), zone) or None})


@app.post("/v1/zones/<id>/check")
def check_zone(id: str) -> Response[str]:
    """Look now whether a zone is delegated to us and answers."""
    zone = _zone(id)
    problem = zones.check_zone(desk(), zone)
    return json_reply(200, {**_show(zone), "stands": problem is None, "problem": replies.problem(problem)})


@app.get("/v1/zones/<id>/records")
def write_zone_records(
    id: str,
    format: Annotated[RecordFormat, Query()] = RecordFormat.JSON,  # noqa: A002 - the parameter's name
) -> Response[str]:
    """Write the records that delegate a zone in a form that DNS tools take."""
    return records_reply(format, export_records.export_zone(desk(), _zone(id), format))


@app.get("/v1/cas")
def list_cas() -> Response[str]:
    """List the accounts at CAs, the deployment's own first."""
    return json_reply(200, {"items": [replies.ca(item) for item in ca_accounts.list_accounts(desk())]})


@app.post("/v1/cas")
def create_ca(body: NewCa) -> Response[str]:
    """Define an account: 202, a worker registers it."""
    new = NewAccount(
        name=body.name,
        directory=body.directory,
        contact=body.contact,
        is_terms_agreed=body.terms_agreed,
        eab_kid=body.eab_kid,
        eab_hmac=body.eab_hmac,
        profile=body.profile,
        is_public=body.public,
        key=body.key,
        staging=body.staging,
        limits=body.limits,
    )
    return json_reply(202, replies.ca(ca_accounts.create_account(desk(), new)))


@app.get("/v1/cas/<name>")
def read_ca(name: str) -> Response[str]:
    """Show an account, with what its CA offers now."""
    return json_reply(200, replies.ca(ca_accounts.read_account(desk(), name)))


@app.patch("/v1/cas/<name>")
def change_ca(name: str, body: CaChange) -> Response[str]:
    """Change an account: 202, a worker tells the CA what concerns it."""
    wish = AccountWish(
        contact=body.contact,
        profile=body.profile,
        key=body.key,
        staging=body.staging,
        limits=body.limits,
        is_agreed=body.terms_agreed,
    )
    return json_reply(202, replies.ca(ca_accounts.change_account(desk(), name, wish)))


@app.delete("/v1/cas/<name>")
def deactivate_ca(name: str) -> Response[str]:
    """Give an account up for good: 202, a worker tells the CA."""
    return json_reply(202, replies.ca(ca_accounts.deactivate(desk(), name)))


@app.post("/v1/cas/<name>/rollover")
def roll_over_ca(name: str) -> Response[str]:
    """Replace an account's key: 202, a worker tells the CA."""
    return json_reply(202, replies.ca(ca_accounts.roll_over(desk(), name)))


@app.post("/v1/cas/<name>/move")
def move_ca(name: str, body: CaMoveWish) -> Response[str]:
    """Have all certificates of an account moved to another: 202, workers hand them over."""
    view = move_certificates.ask_move(desk(), name, body.to, reissues=body.reissue, per_minute=body.per_minute)
    return json_reply(202, moves.show(view))


@app.get("/v1/cas/<name>/move")
def read_move(name: str) -> Response[str]:
    """Tell how far a move is."""
    return json_reply(200, moves.show(move_certificates.read_move(desk(), name)))


@app.delete("/v1/cas/<name>/move")
def end_move(name: str) -> Response[str]:
    """Hand over nothing more; what was moved stays where it is."""
    move_certificates.end_move(desk(), name)
    return Response(204, body="")


@app.get("/v1/delegations")
def list_delegations(
    owner: Annotated[str, Query(max_length=64)] = "",
    cursor: Annotated[str, Query(max_length=253)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response[str]:
    """List an owner's delegations, and deleted ones of which something may be left over."""
    found = delegations.list_delegations(desk(), _owner(owner), cursor, limit)
    return json_reply(200, {"items": [show_delegation(item) for item in found.items], "cursor": found.cursor or None})


@app.post("/v1/delegations")
def prepare_delegation(body: NewDelegation) -> Response[str]:
    """Prepare a domain's records before anything is requested for it; again is fine."""
    (domain,) = bootstrap.to_a_labels([body.domain], "domain")
    return json_reply(200, show_delegation(delegations.prepare_delegation(desk(), _owner(body.owner), domain)))


@app.post("/v1/delegations/<domain>/check")
def check_delegation(domain: str, owner: Annotated[str, Query(max_length=64)] = "") -> Response[str]:
    """Look now where a domain leads."""
    return json_reply(200, show_delegation(delegations.check_delegation(desk(), _owner(owner), domain)))


@app.delete("/v1/delegations/<domain>")
def delete_delegation(domain: str, owner: Annotated[str, Query(max_length=64)] = "") -> Response[str]:
    """Give a delegation up that no certificate needs."""
    return json_reply(200, show_delegation(delegations.delete_delegation(desk(), _owner(owner), domain)))


@app.post("/v1/offboard")
def offboard(body: Offboarding) -> Response[str]:
    """Show what would go of a domain, an owner or everything; with what that answered as `confirm`, take it away."""
    caller = caller_of(app)
    owner = "" if body.scope == Scope.DEPLOYMENT else body.owner or caller.owner
    wish = OffboardWish(Scope(body.scope), owner, body.domain, body.revoke, body.deactivate_cas)
    if not body.confirm:
        return json_reply(200, show_offboarding(look_at_offboarding(desk(), caller, wish)))
    return json_reply(202, show_offboarding(take_away(desk(), caller, wish, body.confirm)))


@app.get("/v1/budgets")
def list_budgets(ca: Annotated[str, Query(max_length=64)] = "") -> Response[str]:
    """List what is left of a CA's limits, and who waits for them."""
    return json_reply(200, budgets.show(read_budgets(desk(), ca)))


@app.get("/v1/dead-letters")
def list_dead_letters() -> Response[str]:
    """List the messages that failed again and again."""
    return json_reply(200, {"items": [replies.dead_letter(item) for item in list_letters(dead_letter_office())]})


@app.post("/v1/dead-letters/redrive")
def redrive_dead_letters(body: Redrive | None = None) -> Response[str]:
    """Send all work among them again."""
    done = redrive(dead_letter_office(), discards=bool(body and body.discard))
    logger.info("dead letters redriven", sent=done.sent, discarded=done.discarded, left=done.left)
    return json_reply(200, {"sent": done.sent, "discarded": done.discarded, "left": done.left})


@app.get("/v1/stack")
def read_stack() -> Response[str]:
    """Tell how the deployment stands: tables, queue, schedule, worker, nodes."""
    found = read_vitals(instruments())
    return json_reply(200, vitals.show(found, desk(), caller_of(app), bootstrap.VERSION))


@app.get("/v1/owners")
def list_owners() -> Response[str]:
    """List the owners."""
    return json_reply(200, {"items": [replies.owner(item) for item in desk().registry.owners.list_all()]})


@app.post("/v1/owners")
def create_owner(body: NewOwner) -> Response[str]:
    """Make an owner."""
    return _show_owner(201, owners.create_owner(desk(), body.name, tuple(body.patterns)))


@app.patch("/v1/owners/<id>")
def change_owner(id: str, body: ChangedOwner) -> Response[str]:
    """Change an owner's name, patterns or activity."""
    patterns = None if body.patterns is None else tuple(body.patterns)
    return _show_owner(200, owners.change_owner(desk(), id, owners.OwnerChange(body.name, patterns, body.active)))


@app.get("/v1/tokens")
def list_tokens() -> Response[str]:
    """List the tokens, without their secrets."""
    return json_reply(200, {"items": [replies.token(item) for item in desk().tokens.list_all()]})


@app.post("/v1/tokens")
def create_token(body: NewToken) -> Response[str]:
    """Make a token; its text is shown this once."""
    made = owners.create_token(desk(), body.owner, body.role, body.label, body.days)
    return json_reply(201, {**replies.token(made.token), "token": made.bearer})


@app.delete("/v1/tokens/<id>")
def delete_token(id: str) -> Response[str]:
    """Delete a token; it counts at once."""
    owners.delete_token(desk(), id)
    return Response(204, body="")


@app.get("/v1/openapi.json", include_in_schema=False)
def openapi() -> Response[str]:
    """Describe this API (OpenAPI 3.1)."""
    document = app.get_openapi_json_schema(title="Certwright", version=bootstrap.VERSION)
    return Response(200, "application/json", document)


def _cas(one: str, several: list[str]) -> tuple[str, ...]:
    """Read the CA accounts of a request, each once; `InvalidRequest` where both fields name some."""
    if one and several:
        raise InvalidRequest("Give “ca” or “cas”, not both.", field="cas", code="ca-unknown")
    return tuple(dict.fromkeys([one] if one else several))


def _by_a_label(challenge: str | dict[str, str]) -> str | dict[str, str]:
    """Know the names of a wish by their A-labels, as the names themselves are."""
    if isinstance(challenge, str):
        return challenge
    return dict(zip(bootstrap.to_a_labels(list(challenge), "challenge"), challenge.values(), strict=True))


def _owner(wished: str) -> str:
    """Choose the owner to act for: the caller's, or another where the role allows it."""
    caller = caller_of(app)
    if wished and not caller.may_touch(wished):
        raise NotAllowed("Only an operator may act for another owner: leave “owner” out.", code="owner-not-yours")
    return wished or caller.owner


def _zone(zone_id: str) -> Zone:
    """Read a zone that is the caller's to change."""
    zone = zones.find_zone(desk(), zone_id)
    if not caller_of(app).may_touch(zone.owner):
        raise NotFound(f"There is no zone {zone_id} of yours: check the id.")
    return zone


def _show_owner(status: int, owner: Owner) -> Response[str]:
    return json_reply(status, {**replies.owner(owner), "notice": owners.notice_of_sharing(desk()) or None})


def _show(zone: Zone) -> replies.Json:
    return replies.zone(zone, wanted_zone(zone, desk().settings).records)
