"""Signing in: with a token, or with an identity provider where there is one."""

from urllib.parse import urlencode

from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.layout import frame, seal


def sign_in_page(to: str, error: str = "", notice: str = "", *, has_provider: bool = False) -> Html:
    """Ask for a token, or offer the identity provider; `to` is the page to go to then."""
    return frame(
        None,
        "Sign in",
        h.section(
            h.div(
                seal(44), h.h1("Certwright"), h.p("Certificates that renew themselves.", class_="quiet"), class_="hello"
            ),
            h.p(notice, class_="notice", role="status") if notice else None,
            _provider(to) if has_provider else None,
            h.form(
                h.input_(type="hidden", name="to", value=to),
                _name_for_password_managers(),
                h.label("Token", for_="token"),
                _token_field(error, is_focused=not has_provider),
                h.p(error, id="token-error", class_="field-error", role="alert") if error else None,
                h.p(
                    "A token of this deployment, like the ones for the API. It is checked and not kept.",
                    id="token-hint",
                    class_="hint",
                ),
                h.button("Sign in", type="submit", class_="wide" if has_provider else "main wide"),
                method="post",
                action="/sign-in",
            ),
            class_="card sign-in",
        ),
    )


def _token_field(error: str, *, is_focused: bool) -> Html:
    return h.input_(
        type="password",
        id="token",
        name="token",
        required=True,
        autocomplete="current-password",
        autofocus=is_focused,
        spellcheck="false",
        placeholder="cw_…",
        aria_describedby="token-error token-hint" if error else "token-hint",
        aria_invalid="true" if error else None,
    )


def _name_for_password_managers() -> Html:
    """Give them a name to keep the token under."""
    return h.input_(
        type="text",
        name="username",
        value="certwright",
        autocomplete="username",
        class_="hidden",
        tabindex=-1,
        aria_hidden="true",
        readonly=True,
    )


def _provider(to: str) -> Html:
    address = f"/sign-in/provider?{urlencode({'to': to})}" if to else "/sign-in/provider"
    return h.div(
        h.a("Sign in with your organization", href=address, class_="button main wide"),
        h.p("or with a token", class_="or"),
        class_="provider",
    )
