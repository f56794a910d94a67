"""Asking for a certificate: one form, and beside it what will happen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from certwright.domain.certificate import Desired
from certwright.domain.errors import CertwrightError, InvalidRequest, NotAllowed
from certwright.domain.identifier import display_name
from certwright.domain.key_types import KEY_TYPES
from certwright.flows.create_certificate import CertificateRequest
from certwright.flows.explain_request import Explanation
from certwright.flows.request_choices import KeyWish
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html, Node
from certwright.web.dashboard.layout import Visit, frame, post_form
from certwright.web.dashboard.parts import back
from certwright.web.dashboard.records_card import records_table
from certwright.web.dashboard.request import BrowserRequest
from certwright.web.dashboard.words import count

KEY_WORDS = {
    "ec-p256": "ECDSA P-256: small and fast, right for nearly everyone",
    "ec-p384": "ECDSA P-384",
    "rsa-2048": "RSA 2048: for software that knows no ECDSA",
    "rsa-3072": "RSA 3072",
    "rsa-4096": "RSA 4096",
}
_OF_NAMES = ("name-not-granted", "name-held")


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
    )


def split_names(text: str) -> list[str]:
    """Take names apart: by lines, blanks, commas or semicolons, as people paste them."""
    return [name for name in re.split(r"[\s,;]+", text) if name]


def to_request(draft: Draft, owner: str, names: tuple[str, ...]) -> CertificateRequest:
    """Make the request of a form; with a CSR the key's fields count as not filled in."""
    key = KeyWish(csr=draft.csr) if draft.csr else KeyWish(draft.key_type, draft.is_reused)
    return CertificateRequest(
        owner=owner,
        names=names,
        challenge=draft.challenge,
        key=key,
        profile=draft.profile,
        preferred_chain=draft.chain,
        idempotency_key=draft.once,
    )


def with_error(draft: Draft, error: CertwrightError) -> Draft:
    """Put an error at the field it belongs to; what is no field's stands above the form."""
    place = error.field.partition("[")[0] if isinstance(error, InvalidRequest | NotAllowed) else ""
    if error.code in _OF_NAMES:
        place = "names"
    known = {"preferred_chain": "chain", "reuse_key": "key_type"}
    place = known.get(place, place)
    return replace(draft, errors={place if place in Draft.__dataclass_fields__ else "": error.sentence})


def new_page(visit: Visit, draft: Draft, owners: Mapping[str, str], told: Html | None = None) -> Html:
    """Show the form with what was typed, and what will happen."""
    return frame(
        visit,
        "New certificate",
        h.div(h.div(back("/", "Certificates"), h.h1("New certificate")), class_="page-head"),
        h.p(draft.errors[""], class_="notice broken", role="alert") if "" in draft.errors else None,
        h.div(
            _form(visit, draft, owners),
            h.section(
                h.h2("What will happen"),
                h.div(told or _invitation(), id="told", aria_live="polite", class_="stack"),
                class_="card told",
            ),
            class_="columns",
        ),
    )


def _form(visit: Visit, draft: Draft, owners: Mapping[str, str]) -> Html:
    form = post_form(
        visit,
        "/certificates",
        h.input_(type="hidden", name="once", value=draft.once),
        h.div(_names_field(draft), _challenge_field(draft), _owner_field(draft, owners), _more(draft), class_="stack"),
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


def _more(draft: Draft) -> Html:
    options = [h.option(KEY_WORDS[kind], value=kind, selected=kind == draft.key_type) for kind in KEY_TYPES]
    fields = ("key_type", "profile", "chain", "csr")
    return h.details(
        h.summary("Key, profile and chain: the defaults are good"),
        h.div(
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


def _invitation() -> Html:
    return h.p(
        "Type the names. Here you will see how they are proven and which records are needed, before anything is "
        "asked for.",
        class_="quiet",
    )


def explanation(told: Explanation) -> Html:
    """Say what a request would come to."""
    desired = told.desired
    steps: list[Node] = [h.p(h.strong(desired.reason))]
    if desired.dropped_names:
        covered = ", ".join(map(display_name, desired.dropped_names))
        steps.append(h.p(f"Left out, because a wildcard of this request covers it: {covered}."))
    steps.extend(_by_dns(told) if desired.dns_identifiers else [])
    steps.extend(_by_http(desired) if desired.http_names else [])
    if told.records:
        steps.append(records_table(told.records, label="Records that will be needed"))
    steps.append(h.p("Then nothing more: it is issued, stored and renewed by itself.", class_="quiet"))
    return h.join(*steps)


def refusal(error: CertwrightError) -> Html:
    """Say why a request would be refused."""
    return h.p(error.sentence, class_="field-error")


def _by_dns(told: Explanation) -> list[Node]:
    if not told.zone:
        return [
            h.p(
                "This is the first by DNS-01: two names under ",
                h.code(told.domain),
                " are picked for the DNS service, "
                "and you add an A and an NS record for them, once. Both names can be changed.",
            ),
            h.p(_cnames(told.undecided or told.desired.dns_identifiers)),
        ]
    if not told.undecided:
        return [h.p("The domain is delegated already: if its records still stand, there is nothing to add.")]
    return [h.p(_cnames(told.undecided))]


def _cnames(identifiers: tuple[str, ...]) -> list[Node]:
    shown: list[Node] = ["You add one CNAME for each domain: "]
    for at, name in enumerate(identifiers[:4]):
        shown.extend([", " if at else "", h.code(f"_acme-challenge.{name}")])
    more = len(identifiers) - 4
    return [*shown, f" and {count(more, 'more')}." if more > 0 else ". Its value is shown right after."]


def _by_http(desired: Desired) -> list[Node]:
    names = "The name points" if len(desired.http_names) == 1 else "The names point"
    return [
        h.p(
            f"{names} at our addresses by A records. If a site runs there already, leave it: let it redirect ",
            h.code("/.well-known/acme-challenge/"),
            " to us; the lines for nginx, Apache and Caddy come with the request.",
        )
    ]
