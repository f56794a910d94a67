"""Who may do what: owners and tokens, for admins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from certwright.domain.access import Role
from certwright.domain.errors import CertwrightError, Conflict, InvalidRequest, NotAllowed, NotFound, Unavailable
from certwright.domain.owner import Owner, Token
from certwright.flows.owners import NewToken, create_owner, create_token
from certwright.flows.world import Desk
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.layout import Visit, frame, post_form
from certwright.web.dashboard.new_page import split_names
from certwright.web.dashboard.parts import ago, copyable, notice, pill, when
from certwright.web.dashboard.request import BrowserRequest
from certwright.web.dashboard.words import Tone, count, day

ROLES = {
    Role.VIEWER: "Viewer: sees the owner’s certificates",
    Role.REQUESTER: "Requester: also asks for certificates",
    Role.OPERATOR: "Operator: the same for every owner",
    Role.KEY_READER: "Key reader: sees, and downloads private keys",
    Role.ADMIN: "Admin: everything",
}
REFUSALS = (InvalidRequest, NotAllowed, NotFound, Conflict, Unavailable)
"""What a form shows with what was typed, in place of a page of its own."""

LONGEST_NAME = 100
LONGEST_DAYS = 3650
LIFETIMES = ((30, "30 days"), (90, "90 days"), (365, "One year"), (0, "For ever"))


@dataclass(frozen=True, slots=True)
class AccessForm:
    """What was typed into one of the forms, with its errors by field, or what it made."""

    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    made: NewToken | None = None


def errors_by_field(error: CertwrightError, typed: Mapping[str, str]) -> dict[str, str]:
    """Put an error at the field it belongs to, at none where the form has no such field."""
    place = error.field.partition("[")[0] if isinstance(error, InvalidRequest | NotAllowed) else ""
    return {place if place in typed else "": error.sentence}


def check_name(name: str) -> str:
    """Check an owner's name; raises `InvalidRequest`."""
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidRequest(f"Give a name of 1 to {LONGEST_NAME} characters.", field="name")
    return name


def check_days(text: str) -> int:
    """Read how long a token is valid; raises `InvalidRequest`."""
    if not text.isdecimal() or int(text) > LONGEST_DAYS:
        raise InvalidRequest("Choose for how long the token is valid.", field="days")
    return int(text)


def make_owner(desk: Desk, request: BrowserRequest) -> AccessForm | None:
    """Make the owner of a form; where that is refused, return the form with its errors."""
    typed = {name: request.text(name) for name in ("name", "patterns")}
    try:
        create_owner(desk, check_name(typed["name"]), tuple(split_names(typed["patterns"])))
    except REFUSALS as error:
        return AccessForm(typed, errors_by_field(error, typed))
    return None


def make_token(desk: Desk, request: BrowserRequest) -> AccessForm:
    """Make the token of a form and return it, this once; or the form with its errors."""
    typed = {name: request.text(name) for name in ("owner", "role", "label", "days")}
    try:
        days = check_days(typed["days"])
        return AccessForm(made=create_token(desk, typed["owner"], typed["role"], typed["label"][:100], days))
    except REFUSALS as error:
        return AccessForm(typed, errors_by_field(error, typed))


def show_access(desk: Desk, visit: Visit, form: AccessForm, done: str = "") -> Html:
    """Read owners and tokens, and show them."""
    return access_page(visit, desk.registry.owners.list_all(), desk.tokens.list_all(), form, done)


def access_page(
    visit: Visit, owners: Sequence[Owner], tokens: Sequence[Token], form: AccessForm, done: str = ""
) -> Html:
    """List owners and tokens, with a form for one more of each."""
    names = {owner.id: owner.name for owner in owners}
    return frame(
        visit,
        "Access",
        h.div(
            h.div(
                h.h1("Access"),
                h.p(f"{count(len(owners), 'owner')}, {count(len(tokens), 'token')}", class_="quiet"),
            ),
            class_="page-head",
        ),
        notice(done) if done else None,
        h.p(form.errors[""], class_="notice broken", role="alert") if "" in form.errors else None,
        _made(form.made) if form.made else None,
        h.section(h.h2("Tokens"), _tokens(visit, tokens, names), _token_form(visit, owners, form), class_="card"),
        h.section(h.h2("Owners"), _owners(owners), _owner_form(visit, form), class_="card"),
    )


def _made(made: NewToken) -> Html:
    return h.div(
        h.p(h.strong("The token is made. Copy it now: it is shown this once.")),
        h.div(copyable(made.bearer, what="token"), class_="secret"),
        class_="notice ok",
        role="status",
    )


def _tokens(visit: Visit, tokens: Sequence[Token], names: Mapping[str, str]) -> Html:
    rows = [
        h.tr(
            h.td(h.b(token.label or "no label"), h.small(h.code(token.id))),
            h.td(names.get(token.owner, token.owner), data_label="Owner"),
            h.td(token.role, data_label="Role"),
            h.td(when(token.created_at, day(token.created_at, visit.now)), data_label="Made"),
            h.td(_end(token, visit.now), data_label="Ends"),
            h.td(_delete_button(visit, token), class_="mark"),
        )
        for token in sorted(tokens, key=lambda token: token.created_at, reverse=True)
    ]
    heads = (h.th(words, scope="col") for words in ("Token", "Owner", "Role", "Made", "Ends"))
    return h.div(
        h.table(
            h.caption("Tokens", class_="hidden"),
            h.thead(h.tr(*heads, h.th(h.span("Delete", class_="hidden"), scope="col"))),
            h.tbody(*rows),
            class_="records",
        ),
        class_="records-box",
    )


def _end(token: Token, now: int) -> Html | str:
    if not token.expires_at:
        return "never"
    return pill("Expired", Tone.QUIET) if token.expires_at <= now else ago(token.expires_at, now)


def _delete_button(visit: Visit, token: Token) -> Html:
    if token.id == visit.caller.token_id:
        return h.small("this visit’s")
    words = h.button("Delete", type="submit", class_="plain", aria_label=f"Delete the token {token.label or token.id}")
    return post_form(visit, f"/access/tokens/{token.id}/delete", words)


def _token_form(visit: Visit, owners: Sequence[Owner], form: AccessForm) -> Html:
    typed = form.typed
    owner_options = [h.option(owner.name, value=owner.id, selected=owner.id == typed.get("owner")) for owner in owners]
    role_options = [
        h.option(words, value=role.value, selected=role == typed.get("role")) for role, words in ROLES.items()
    ]
    chosen = typed.get("days", "90")
    lifetimes = [h.option(words, value=days, selected=str(days) == chosen) for days, words in LIFETIMES]
    return h.details(
        h.summary("Make a token"),
        post_form(
            visit,
            "/access/tokens",
            h.div(
                _field("Label", "label", _input("label", typed, "ci, backup job, …"), form),
                _field("Owner", "owner", h.select(*owner_options, id="owner", name="owner"), form),
                _field("Role", "role", h.select(*role_options, id="role", name="role"), form),
                _field("Valid for", "days", h.select(*lifetimes, id="days", name="days"), form),
                class_="field-row",
            ),
            h.div(h.button("Make the token", type="submit", class_="main"), class_="actions"),
            class_="stack",
        ),
        open="role" in typed,
        id="new-token",
    )


def _owners(owners: Sequence[Owner]) -> Html:
    rows = [
        h.tr(
            h.td(h.b(owner.name), h.small(h.code(owner.id))),
            h.td(*(h.code(pattern, " ") for pattern in owner.patterns), data_label="May ask for"),
            h.td(pill("Active", Tone.OK) if owner.is_active else pill("Not active", Tone.QUIET), class_="mark"),
        )
        for owner in owners
    ]
    heads = (h.th(words, scope="col") for words in ("Owner", "May ask for", "State"))
    return h.div(
        h.table(h.caption("Owners", class_="hidden"), h.thead(h.tr(*heads)), h.tbody(*rows), class_="records"),
        class_="records-box",
    )


def _owner_form(visit: Visit, form: AccessForm) -> Html:
    typed = form.typed
    patterns = h.textarea(
        typed.get("patterns", ""),
        id="patterns",
        name="patterns",
        rows=3,
        spellcheck="false",
        placeholder="**.example.com\n*.example.com",
        aria_describedby="patterns-hint",
    )
    hint = "One on each line. **.example.com grants every name below it, *.example.com that wildcard itself."
    return h.details(
        h.summary("Make an owner"),
        post_form(
            visit,
            "/access/owners",
            _field("Name", "name", _input("name", typed, "a team or tenant"), form),
            _field("May ask for", "patterns", patterns, form, hint),
            h.div(h.button("Make the owner", type="submit", class_="main"), class_="actions"),
            class_="stack",
        ),
        open="patterns" in typed,
        id="new-owner",
    )


def _input(name: str, typed: Mapping[str, str], placeholder: str) -> Html:
    return h.input_(type="text", id=name, name=name, value=typed.get(name, ""), maxlength=100, placeholder=placeholder)


def _field(label: str, name: str, control: Html, form: AccessForm, hint: str = "") -> Html:
    error = form.errors.get(name)
    return h.div(
        h.label(label, for_=name),
        control,
        h.p(error, class_="field-error", role="alert") if error else None,
        h.p(hint, class_="hint", id=f"{name}-hint") if hint else None,
        class_="field",
    )
