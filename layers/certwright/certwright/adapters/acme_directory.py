"""The directory: a CA's index of endpoints (RFC 8555 §7.1.1)."""

from dataclasses import dataclass

from certwright.adapters.acme_document import Document, child, malformed, text, texts


@dataclass(frozen=True, slots=True)
class Directory:
    """The endpoints we use and what the CA says about itself; a small value, made to be kept between invocations.

    `renewal_info` is empty where the CA has no ARI (RFC 9773), `profiles` where it has no profiles.
    """

    new_nonce: str
    new_account: str
    new_order: str
    renewal_info: str = ""
    revoke_cert: str = ""
    key_change: str = ""
    terms_of_service: str = ""
    caa_identities: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    is_external_account_required: bool = False


def read_directory(document: Document, url: str) -> Directory:
    """Read a directory; `Unavailable` when the document is not one."""
    endpoints = {field: text(document, field) for field in ("newNonce", "newAccount", "newOrder")}
    missing = [field for field, value in endpoints.items() if not value]
    if missing:
        raise malformed(f"sent a directory without {', '.join(missing)}, check its URL", url)
    meta = child(document, "meta")
    return Directory(
        new_nonce=endpoints["newNonce"],
        new_account=endpoints["newAccount"],
        new_order=endpoints["newOrder"],
        renewal_info=text(document, "renewalInfo"),
        revoke_cert=text(document, "revokeCert"),
        key_change=text(document, "keyChange"),
        terms_of_service=text(meta, "termsOfService"),
        caa_identities=texts(meta, "caaIdentities"),
        profiles=tuple(sorted(child(meta, "profiles"))),
        is_external_account_required=meta.get("externalAccountRequired") is True,
    )
