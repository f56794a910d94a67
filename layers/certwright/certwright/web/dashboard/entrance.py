"""Signing in and out: what the routes of it do, with a token or by an identity provider."""

from dataclasses import dataclass

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response

from certwright import ports
from certwright.domain.errors import CertwrightError, NotAllowed, NotAuthenticated, NotFound, Unavailable
from certwright.domain.renewal import SECOND
from certwright.flows.world import SignInDesk
from certwright.web.dashboard import provider_sign_in, session
from certwright.web.dashboard.address import page_within
from certwright.web.dashboard.admission import PageGate
from certwright.web.dashboard.cookies import errand_name, write_cookie, write_errand
from certwright.web.dashboard.provider_sign_in import RETURN_PATH, Answer
from certwright.web.dashboard.replies import COOKIE, ERRAND_COOKIE, page, see
from certwright.web.dashboard.request import BrowserRequest
from certwright.web.dashboard.sign_in_page import sign_in_page

REFUSED = {
    "not-authenticated": "This is no token of this deployment. It begins with cw_, and may have been deleted since."
}


@dataclass(frozen=True, slots=True)
class Entrance:
    """What signing in needs; `sign_in` is None where no identity provider is configured."""

    gate: PageGate
    owners: ports.Owners
    chance: ports.Chance
    sign_in: SignInDesk | None
    logger: Logger

    def show(self, to: str, *, notice: str = "", error: CertwrightError | None = None) -> Response[str]:
        """Show the sign-in page; after a refusal with its reason."""
        has_provider = self.sign_in is not None
        if error is None:
            return page(sign_in_page(to, notice=notice, has_provider=has_provider))
        self.logger.info("sign-in refused", code=error.code)
        return page(sign_in_page(to, error=error.sentence, has_provider=has_provider), 401)

    def by_token(self, request: BrowserRequest) -> Response[str]:
        """Check a token and begin a session with it."""
        gate, to = self.gate, request.text("to")
        try:
            token = session.prove(gate.tokens, request.text("token"), gate.clock.now())
        except NotAuthenticated as error:
            known = REFUSED.get(error.code, error.sentence)
            return self.show(to, error=NotAuthenticated(known, code=error.code))
        begun = session.begin(token, gate.clock.now() // SECOND)
        return _go_in(request, to, session.write(begun, token, gate.session_key))

    def to_provider(self, request: BrowserRequest) -> Response[str]:
        """Send somebody to the identity provider, with what must come back kept in a cookie."""
        gate, desk = self.gate, self._desk()
        errand = provider_sign_in.begin(self.chance, request.query.get("to", ""), gate.clock.now())
        try:
            address = desk.provider.address(request.origin + RETURN_PATH, errand.state, errand.nonce, errand.verifier)
        except (Unavailable, NotAllowed, NotAuthenticated) as error:
            return self.show(errand.to, error=error)
        reply = see(address)
        reply.headers[ERRAND_COOKIE] = write_errand(request, provider_sign_in.write(errand, gate.session_key))
        return reply

    def from_provider(self, request: BrowserRequest) -> Response[str]:
        """Take the identity provider's answer and begin a session with it."""
        gate, desk, now = self.gate, self._desk(), self.gate.clock.now()
        errand = provider_sign_in.read(request.cookies.get(errand_name(request), ""), gate.session_key)
        try:
            person = provider_sign_in.finish(desk, self.owners, Answer(errand, request.query, request.origin), now)
        except (NotAuthenticated, NotAllowed, Unavailable) as error:
            reply = self.show(errand.to if errand else "", error=error)
        else:
            self.logger.info("signed in by the identity provider", person=person.subject, role=person.role.value)
            cookie = provider_sign_in.write_session(person, gate.session_key, desk.terms, now)
            reply = _go_in(request, errand.to if errand else "", cookie)
        reply.headers[ERRAND_COOKIE] = write_errand(request, "")
        return reply

    def _desk(self) -> SignInDesk:
        if self.sign_in is None:
            raise NotFound("There is no such page.", code="no-route")
        return self.sign_in


def sign_out(request: BrowserRequest) -> Response[str]:
    """End the session in this browser."""
    reply = see("/sign-in?out=1")
    reply.headers[COOKIE] = write_cookie(request, "")
    return reply


def _go_in(request: BrowserRequest, to: str, cookie: str) -> Response[str]:
    """Lead on to the page that was asked for, with the session's cookie."""
    reply = see(page_within(to))
    reply.headers[COOKIE] = write_cookie(request, cookie)
    return reply
