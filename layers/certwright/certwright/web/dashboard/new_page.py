"""Asking for a certificate: one form, and beside it what will happen."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from certwright.domain.access import Caller
from certwright.domain.errors import CertwrightError, InvalidRequest, NotAllowed
from certwright.domain.key_types import KEY_TYPES
from certwright.flows.create_certificate import CertificateRequest
from certwright.flows.request_choices import KeyWish
from certwright.web.dashboard import html as h
from certwright.web.dashboard.explained import invitation
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.layout import Visit, frame, post_form
from certwright.web.dashboard.parts import back
from certwright.web.dashboard.request import BrowserRequest

KEY_WORDS = {
    "ec-p256": "ECDSA P-256: small and fast, right for nearly everyone",
    "ec-p384": "ECDSA P-384",
    "rsa-2048": "RSA 2048: for software that knows no ECDSA",
    "rsa-3072": "RSA 3072",
    "rsa-4096": "RSA 4096",
}
_OF_NAMES = ("name-not-granted", "name-held")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers to choose from, each by its name in words: owners by id, CA accounts, the default first."""

    owners: Mapping[str, str]
    cas: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed so far, to be shown again; `errors` has a sentence by field."""

    names: str = ""
    challenge: str = ""
    owner: str = ""
    key_type: str = KEY_TYPES[0]
    is_reused: bool = False
    profile: str = ""
    chain: str = ""
    csr: str = ""
    once: str = ""
    ca: str = ""
    next_ca: str = ""
    is_dry_run: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)


def read_draft(request: BrowserRequest) -> Draft:
    """Read the form."""
    return Draft(
        names=request.text("names"),
        challenge=request.text("challenge"),
        owner=request.text("owner"),
        key_type=request.text("key_type") or KEY_TYPES[0],
        is_reused=request.text("reuse_key") == "yes",
        profile=request.text("profile"),
        chain=request.text("chain"),
        csr=request.text("csr"),
        once=request.text("once"),
        ca=request.text("ca"),
        next_ca=request.text("next_ca"),
        is_dry_run=request.text("dry_run") == "yes",
    )


def split_names(text: str) -> list[str]:
    """Take names apart: by lines, blanks, commas or semicolons, as people paste them."""
    return [name for name in re.split(r"[\s,;]+", text) if name]


def to_request(draft: Draft, caller: Caller, to_a_labels: Callable[[list[str]], tuple[str, ...]]) -> CertificateRequest:
    """Make the request of a form, for an owner that is the caller's to act for; raises `NotAllowed`, `InvalidRequest`.

    With a CSR the key's fields count as not filled in.
    """
    owner = draft.owner or caller.owner
    if not caller.may_touch(owner):
        raise NotAllowed("Only an operator may act for another owner.", field="owner", code="owner-not-yours")
    key = KeyWish(csr=draft.csr) if draft.csr else KeyWish(draft.key_type, draft.is_reused)
    return CertificateRequest(
        owner=owner,
        names=to_a_labels(split_names(draft.names)),
        challenge=draft.challenge,
        key=key,
        profile=draft.profile,
        preferred_chain=draft.chain,
        idempotency_key=draft.once,
        cas=tuple(dict.fromkeys(account for account in (draft.ca, draft.next_ca) if account)),
        is_dry_run=draft.is_dry_run,
    )


def with_error(draft: Draft, error: CertwrightError) -> Draft:
    """Put an error at the field it belongs to; what is no field's stands above the form."""
    place = error.field.partition("[")[0] if isinstance(error, InvalidRequest | NotAllowed) else ""
    if error.code in _OF_NAMES:
        place = "names"
    known = {"preferred_chain": "chain", "reuse_key": "key_type", "cas": "ca", "dry_run": "is_dry_run"}
    place = known.get(place, place)
    return replace(draft, errors={place if place in Draft.__dataclass_fields__ else "": error.sentence})


def new_page(visit: Visit, draft: Draft, choices: Choices, told: Html | None = None) -> Html:
    """Show the form with what was typed, and what will happen."""
    return frame(
        visit,
        "New certificate",
        h.div(h.div(back("/", "Certificates"), h.h1("New certificate")), class_="page-head"),
        h.p(draft.errors[""], class_="notice broken", role="alert") if "" in draft.errors else None,
        h.div(
            _form(visit, draft, choices),
            h.section(
                h.h2("What will happen"),
                h.div(told or invitation(), id="told", aria_live="polite", class_="stack"),
                class_="card told",
            ),
            class_="columns",
        ),
    )


def _form(visit: Visit, draft: Draft, choices: Choices) -> Html:
    form = post_form(
        visit,
        "/certificates",
        h.input_(type="hidden", name="once", value=draft.once),
        h.div(
            _names_field(draft),
            _challenge_field(draft),
            _owner_field(draft, choices.owners),
            _more(draft, choices.cas),
            class_="stack",
        ),
        h.div(
            h.button("Request the certificate", type="submit", class_="main"),
            h.button("What will happen?", type="submit", formaction="/certificates/explain", formnovalidate=True),
            class_="actions",
        ),
        class_="card stack new-form",
        id="new",
    )
    return h.div(form, data_explains="told")


def _names_field(draft: Draft) -> Html:
    area = h.textarea(
        draft.names,
        id="names",
        name="names",
        rows=4,
        required=True,
        spellcheck="false",
        autocapitalize="none",
        autofocus=not draft.names or "names" in draft.errors,
        placeholder="www.example.com\nexample.com\n*.example.com",
        **_described(draft, "names"),
    )
    hint = "One on each line. A name like *.example.com is a wildcard: it covers every name one label below."
    return _field("Names", "names", area, draft, hint)


def _challenge_field(draft: Draft) -> Html:
    choices = (
        ("", "Choose for me", "DNS-01 if there is a wildcard, else HTTP-01."),
        ("dns-01", "DNS-01", "One CNAME for each domain, once; for wildcards, and for names without a web server."),
        ("http-01", "HTTP-01", "The names point at us, or their site redirects one path to us; not for wildcards."),
    )
    return h.fieldset(
        h.legend("How the names are proven"),
        h.div(
            *(
                h.label(
                    h.input_(type="radio", name="challenge", value=value, checked=draft.challenge == value),
                    h.span(words),
                    h.small(hint),
                )
                for value, words, hint in choices
            ),
            class_="choices",
        ),
        _error(draft, "challenge"),
    )


def _owner_field(draft: Draft, owners: Mapping[str, str]) -> Html | None:
    if len(owners) < 2:
        return None
    options = [h.option(name, value=owner, selected=owner == draft.owner) for owner, name in owners.items()]
    choice = h.select(*options, id="owner", name="owner", **_described(draft, "owner"))
    return _field("Owner", "owner", choice, draft, "Whose certificate it is: the team or tenant it counts for.")


def _more(draft: Draft, cas: Mapping[str, str]) -> Html:
    options = [h.option(KEY_WORDS[kind], value=kind, selected=kind == draft.key_type) for kind in KEY_TYPES]
    fields = ("key_type", "profile", "chain", "csr", "ca", "is_dry_run")
    return h.details(
        h.summary("More choices: the defaults are good"),
        h.div(
            _dry_run_field(draft),
            _ca_fields(draft, cas) if len(cas) > 1 else None,
            _field("Key", "key_type", h.select(*options, id="key_type", name="key_type"), draft),
            h.label(
                h.input_(type="checkbox", name="reuse_key", value="yes", checked=draft.is_reused),
                " Keep the same key at each renewal",
            ),
            h.div(
                _field("Profile", "profile", _line(draft, "profile", draft.profile), draft, "As the CA names it."),
                _field("Root", "chain", _line(draft, "chain", draft.chain), draft, "The chain should end at this one."),
                class_="field-row",
            ),
            _field(
                "Your own CSR",
                "csr",
                h.textarea(draft.csr, id="csr", name="csr", rows=4, spellcheck="false", **_described(draft, "csr")),
                draft,
                "In PEM, for the same names. The key then stays with you.",
            ),
            class_="stack",
        ),
        open=any(name in draft.errors for name in fields),
        id="more",
    )


def _dry_run_field(draft: Draft) -> Html:
    box = h.input_(
        type="checkbox",
        id="is_dry_run",
        name="dry_run",
        value="yes",
        checked=draft.is_dry_run,
        **_described(draft, "is_dry_run"),
    )
    hint = "The CA’s staging issues it and nothing is kept: you see whether it would work. It is gone a day later."
    return h.div(
        h.label(box, " Only try it"),
        _error(draft, "is_dry_run"),
        h.p(hint, class_="hint", id="is_dry_run-hint"),
        class_="field",
    )


def _ca_fields(draft: Draft, cas: Mapping[str, str]) -> Html:
    first, after = (
        [h.option(words, value=name, selected=name == chosen) for name, words in cas.items()]
        for chosen in (draft.ca, draft.next_ca)
    )
    choice = h.select(*first, id="ca", name="ca", **_described(draft, "ca"))
    then = h.select(h.option("none", value=""), *after, id="next_ca", name="next_ca", **_described(draft, "next_ca"))
    return h.div(
        _field("CA", "ca", choice, draft, "Whom to order from."),
        _field("Else", "next_ca", then, draft, "Asked where the first will not, or can’t for long."),
        class_="field-row",
    )


def _line(draft: Draft, name: str, value: str) -> Html:
    return h.input_(
        type="text", id=name, name=name, value=value, maxlength=64, autocapitalize="none", **_described(draft, name)
    )


def _field(label: str, name: str, control: Html, draft: Draft, hint: str = "") -> Html:
    return h.div(
        h.label(label, for_=name),
        control,
        _error(draft, name),
        h.p(hint, class_="hint", id=f"{name}-hint") if hint else None,
        class_="field",
    )


def _error(draft: Draft, name: str) -> Html | None:
    sentence = draft.errors.get(name)
    return h.p(sentence, class_="field-error", id=f"{name}-error", role="alert") if sentence else None


def _described(draft: Draft, name: str) -> dict[str, str | None]:
    has_error = name in draft.errors
    return {
        "aria_describedby": f"{name}-error {name}-hint" if has_error else f"{name}-hint",
        "aria_invalid": "true" if has_error else None,
    }
