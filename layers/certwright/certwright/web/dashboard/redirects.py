"""HTTP-01 for a name that serves a site already: the lines that send the CA on to us."""

from collections.abc import Sequence

from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.parts import block

PATH = "/.well-known/acme-challenge/"


def redirect_choice(names: Sequence[str], challenge_host: str) -> Html | None:
    """Offer a redirect in place of an address; None where there is no host to lead to."""
    if not names or not challenge_host:
        return None
    return h.details(
        h.summary("A site runs there already? Redirect the CA instead of moving the name"),
        h.p(
            "Leave its address as it is, and let the site redirect ",
            h.code(PATH),
            " to us. These lines do it; all else stays.",
            class_="quiet",
        ),
        h.h3("nginx"),
        block(nginx(challenge_host), what="lines for nginx"),
        h.h3("Apache"),
        block(apache(challenge_host), what="lines for Apache"),
        h.h3("Caddy"),
        block(caddy(names[0], challenge_host), what="lines for Caddy"),
        id="redirect",
    )


def nginx(host: str) -> str:
    """Write a location, for the server block that listens on port 80."""
    return f"location ^~ {PATH} {{\n    return 302 http://{host}$request_uri;\n}}"


def apache(host: str) -> str:
    """Write a mod_alias line, for the virtual host on port 80."""
    return f"Redirect 302 {PATH} http://{host}{PATH}"


def caddy(name: str, host: str) -> str:
    """Write a site block."""
    return f"http://{name} {{\n    redir {PATH}* http://{host}{{uri}} 302\n}}"
