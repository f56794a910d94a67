"""Downloading key and chain: a form that goes to the function that may read keys, with a token of its own.

Pages here can't reach private keys, and a session is no right to them: whoever wants one proves it again with a token
whose role may read keys, and the function behind that address checks it.
"""

from certwright.flows.read_certificate import CertificateView
from certwright.web.dashboard import html as h
from certwright.web.dashboard.html import Html
from certwright.web.dashboard.parts import block


def download_card(view: CertificateView, origin: str) -> Html | None:
    """Offer the bundle; None while nothing is issued."""
    current = view.work.current
    if current is None or view.desired.is_deleted:
        return None
    address = f"/v1/certificates/{view.desired.id}/bundle"
    return h.section(
        h.h2("Download"),
        h.p("Private key and chain in one PEM file.", class_="quiet"),
        h.form(
            h.div(
                h.label("A token that may read keys", for_="key-token"),
                h.input_(
                    type="password",
                    id="key-token",
                    name="token",
                    required=True,
                    autocomplete="off",
                    placeholder="cw_…",
                    aria_describedby="key-hint",
                ),
                h.p("Being signed in is not enough for a private key.", class_="hint", id="key-hint"),
                class_="field",
            ),
            h.button("Download key and chain", type="submit"),
            method="post",
            action=address,
            class_="stack",
        ),
        h.details(
            h.summary("From a script"),
            block(f'curl -fsS -H "Authorization: Bearer $TOKEN" \\\n  {origin}{address} -o bundle.pem', what="command"),
            id="script",
        ),
        class_="card",
    )
