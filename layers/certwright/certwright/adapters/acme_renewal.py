"""ACME renewal information (RFC 9773 §4)."""

from certwright.adapters.acme_document import child, instant, text
from certwright.adapters.acme_network import AcmeNetwork
from certwright.domain.errors import CaRefusal, Unavailable
from certwright.ports import RenewalWindow

LEAST_RETRY_SECONDS = 60.0
MOST_RETRY_SECONDS = 86400.0
USUAL_RETRY_SECONDS = 6 * 3600.0


class AcmeRenewalInformation:
    """Fills in `ports.RenewalInformation`; needs no account."""

    def __init__(self, network: AcmeNetwork) -> None:
        self._network = network

    def fetch_window(self, ari_id: str) -> RenewalWindow | None:
        """Read the suggested window; None also where the CA refuses for good, as for a certificate it does not know.

        `Unavailable` where it may answer later: 5xx and 429 (RFC 9773 §4.3.3).
        """
        base = self._network.directory.renewal_info
        if not base:
            return None
        try:
            reply = self._network.get(f"{base.rstrip('/')}/{ari_id}")
        except CaRefusal as refusal:
            if refusal.status >= 500 or refusal.status == 429:
                raise Unavailable(refusal.sentence, retry_after_seconds=refusal.retry_after_seconds) from refusal
            return None
        document = reply.document()
        window = child(document, "suggestedWindow")
        start, end = instant(window, "start"), instant(window, "end")
        if not start or end <= start:
            return None
        return RenewalWindow(start, end, _clamp(reply.retry_after_seconds), _web_url(text(document, "explanationURL")))


def _clamp(seconds: float | None) -> float:
    wanted = USUAL_RETRY_SECONDS if seconds is None else seconds
    return min(max(wanted, LEAST_RETRY_SECONDS), MOST_RETRY_SECONDS)


def _web_url(url: str) -> str:
    """Keep a URL that can be shown as a link, and nothing else."""
    return url if url.startswith(("https://", "http://")) and len(url) <= 2000 else ""
