"""Services that have `_acme-challenge` names pointed at themselves, to prove domains for certificates of their own."""

from collections.abc import Iterable

_HOLDERS = {
    "acm-validations.aws": "AWS Certificate Manager",
    "dcv.cloudflare.com": "Cloudflare",
    "fastly-validations.com": "Fastly",
    "authorize.certificatemanager.goog": "Google Certificate Manager",
    "acme-dns.io": "acme-dns.io",
    "akamai.com": "Akamai",
    "azurefd.net": "Azure Front Door",
    "dcv.digicert.com": "DigiCert",
}


def find_holder(names: Iterable[str]) -> str:
    """Tell whose service one of the names of a chain belongs to, empty for none that is known."""
    return next((holder for name in names for end, holder in _HOLDERS.items() if name.endswith(f".{end}")), "")
