"""What callers may send, as pydantic reads it; what names and zones may be is the domain's business."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(max_length=260)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewCertificate(_Request):
    """A request for a certificate."""

    names: Annotated[list[Name], Field(description="Host names; one like *.example.com is a wildcard.")]
    challenge: Annotated[
        str | dict[Name, str],
        Field(description="dns-01 or http-01 for all names, or an object of name and challenge; chosen when left out."),
    ] = ""
    key_type: Annotated[
        str, Field(max_length=16, description="ec-p256 (if left out), ec-p384, rsa-2048, rsa-3072 or rsa-4096.")
    ] = ""
    reuse_key: Annotated[bool, Field(description="Renew with the same key; a new one each time if left out.")] = False
    csr: Annotated[
        str, Field(max_length=16384, description="A PEM certificate request for these names; the key stays yours.")
    ] = ""
    preferred_chain: Annotated[
        str, Field(max_length=64, description="The common name of the root that the chain should end at.")
    ] = ""
    profile: Annotated[str, Field(max_length=64, description="A profile that the CA offers; its default if empty.")] = (
        ""
    )
    ca: Annotated[str, Field(max_length=32, description="A CA account; the deployment's own if left out.")] = ""
    cas: Annotated[
        list[Annotated[str, Field(max_length=32)]],
        Field(max_length=5, description="CA accounts to ask in turn, in place of “ca”."),
    ] = []
    owner: Annotated[str, Field(max_length=64, description="For operators: the owner to request for.")] = ""
    dry_run: Annotated[
        bool, Field(description="Issue at the CA's staging, keep nothing, and say how it went; gone after a day.")
    ] = False
    rehearse_days: Annotated[
        int | None,
        Field(ge=0, le=60, description="Try renewals out so many days before, 0 for never; as the deployment has it."),
    ] = None


class RenewalNow(_Request):
    """How to renew ahead of time."""

    new_key: Annotated[bool, Field(description="Make a new key also where reuse_key was chosen.")] = False


class RevocationOfVersion(_Request):
    """A version to revoke."""

    reason: Annotated[
        str,
        Field(
            max_length=32,
            description="unspecified, keyCompromise, affiliationChanged, superseded or cessationOfOperation.",
        ),
    ] = "unspecified"
    version: Annotated[int, Field(ge=0, description="The current one if left out.")] = 0
    reissue: Annotated[
        bool | None, Field(description="Issue another for it at once; yes if left out, but for cessationOfOperation.")
    ] = None


class RevocationByKey(_Request):
    """A certificate of the deployment's CA, and the key that proves the right to revoke it; neither is kept."""

    certificate: Annotated[str, Field(max_length=32768, description="PEM; of a chain the first counts.")]
    private_key: Annotated[str, Field(max_length=16384, description="The certificate's private key, PEM.")]
    reason: Annotated[str, Field(max_length=32)] = "keyCompromise"


class RecordsToAdd(_Request):
    """Where to add the records that are missing."""

    provider: Literal["route53", "cloudflare"]
    token: Annotated[
        str,
        Field(max_length=400, repr=False, description="For Cloudflare: an API token, used for this and not kept."),
    ] = ""


class NewCa(_Request):
    """An account to have at a CA."""

    name: Annotated[str, Field(max_length=32)]
    directory: Annotated[
        str,
        Field(max_length=512, description="A name like letsencrypt or zerossl, or a URL."),
    ]
    contact: Annotated[str, Field(max_length=254, description="An email address.")] = ""
    terms_agreed: Annotated[bool, Field(description="Whether you agree to the CA's terms.")] = False
    eab_kid: Annotated[str, Field(max_length=256, description="External account binding: the key's id.")] = ""
    eab_hmac: Annotated[str, Field(max_length=1024, description="The HMAC key, base64url; never shown again.")] = ""
    profile: Annotated[str, Field(max_length=64, description="The profile of requests that name none.")] = ""
    public: Annotated[bool, Field(description="Whether names must lie under a public suffix.")] = True
    key: Annotated[
        str, Field(max_length=16, description="Where the account's key is: plain (stored encrypted) or kms.")
    ] = "plain"
    staging: Annotated[str, Field(max_length=32, description="The account that dry runs are made with.")] = ""
    limits: Annotated[str, Field(max_length=200, description="The CA's limits, like orders=300/3h.")] = ""


class Redrive(_Request):
    """What is to become of dead letters that can't be sent again."""

    discard: Annotated[bool, Field(description="Throw away what can't be sent again.")] = False


class CaChange(_Request):
    """What is to change of an account; what is left out stays."""

    contact: Annotated[str | None, Field(max_length=254)] = None
    profile: Annotated[str | None, Field(max_length=64)] = None
    key: Annotated[str | None, Field(max_length=16, description="plain or kms; another one means another key.")] = None
    staging: Annotated[str | None, Field(max_length=32)] = None
    limits: Annotated[str | None, Field(max_length=200)] = None
    terms_agreed: Annotated[bool, Field(description="Agree to the terms that the CA has now.")] = False


class CaMoveWish(_Request):
    """Where all certificates of an account are to go."""

    to: Annotated[str, Field(max_length=32, description="The account that is to be asked from now on.")]
    reissue: Annotated[bool, Field(description="Replace what is issued at once; when it is due if false.")] = True
    per_minute: Annotated[int, Field(ge=1, le=600, description="So many are handed over a minute.")] = 60


class ZoneChange(_Request):
    """New names for a zone; what is left out stays."""

    origin: Name | None = None
    name_server: Name | None = None
    shared: Annotated[bool | None, Field(description="For operators: whether every owner may use the zone.")] = None


class NewOwner(_Request):
    """An owner and what it may ask for."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    patterns: Annotated[
        list[Name], Field(max_length=100, description="Like app.example.com, **.example.com, *.example.com.")
    ]


class ChangedOwner(_Request):
    """New values for an owner; what is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    patterns: Annotated[list[Name], Field(max_length=100)] | None = None
    active: bool | None = None


class NewToken(_Request):
    """A token to make."""

    owner: Annotated[str, Field(max_length=64)]
    role: Annotated[str, Field(description="viewer, requester, operator, key-reader or admin.")]
    label: Annotated[str, Field(max_length=100)] = ""
    days: Annotated[int, Field(ge=0, le=3650, description="How long it is valid; 0 for ever.")] = 90


class NewDelegation(_Request):
    """A domain to prepare the records of."""

    domain: Name
    owner: Annotated[str, Field(max_length=64, description="For operators: the owner to prepare it for.")] = ""


class Offboarding(_Request):
    """What is to go; without `confirm` it is only shown."""

    scope: Annotated[str, Field(pattern="^(domain|owner|deployment)$", description="domain, owner or deployment.")]
    owner: Annotated[str, Field(max_length=64, description="The owner; of a domain the caller's if left out.")] = ""
    domain: Annotated[str, Field(max_length=260, description="With the scope domain: it and all below it.")] = ""
    revoke: Annotated[bool, Field(description="Have current versions revoked first.")] = False
    deactivate_cas: Annotated[bool, Field(description="Give the accounts at CAs up in the end.")] = False
    confirm: Annotated[str, Field(max_length=64, description="What the look that came before has answered.")] = ""
