"""Every code that a problem, a refusal or a reason can have: what it means, who must act, and how.

A module of data, longer than others: one entry a code. docs/errors.md is made from it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from certwright.domain.ca_refusals import REFUSALS, UNKNOWN
from certwright.domain.problem import Actor


class Where(StrEnum):
    """Where a code is met."""

    REQUEST = "request"
    RECORDS = "records"
    ISSUANCE = "issuance"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Code:
    """A code: `actors` are who must act, more than one where it depends; nobody for a mere reason."""

    code: str
    where: Where
    actors: tuple[Actor, ...]
    meaning: str
    remedy: str


type _Entry = tuple[str, tuple[Actor, ...], str, str]

_USER, _OPERATOR, _CA, _US = (Actor.USER,), (Actor.OPERATOR,), (Actor.CA,), (Actor.US,)
_USER_OR_US, _USER_OR_OPERATOR = (Actor.USER, Actor.US), (Actor.USER, Actor.OPERATOR)
_AGAIN = "wait: it is tried again"

_REQUEST: tuple[_Entry, ...] = (
    ("malformed-json", _USER, "the body is no JSON object", "send a JSON object"),
    ("not-json", _USER, "the body is not declared as JSON", "send the header `Content-Type: application/json`"),
    ("not-authenticated", _USER, "no token, or one that is not known", "send a token of this deployment"),
    ("token-expired", _USER, "the token has expired", "ask an admin for a new token"),
    ("identity-refused", _USER_OR_OPERATOR, "the identity provider's answer is not right", "sign in again"),
    ("identity-without-role", _OPERATOR, "no role is given for what the provider says of you", "ask an operator"),
    ("identity-provider", _OPERATOR, "the identity provider gives no usable answer", "sign in with a token"),
    ("role-not-sufficient", _USER, "the token's role does not allow it", "use a token with another role"),
    ("not-allowed", _USER, "it is not permitted", "do as the sentence says"),
    ("owner-not-yours", _USER, "the request is for another owner", "leave `owner` out, or use an operator's token"),
    ("owner-inactive", _OPERATOR, "the owner is not active", "have an operator activate the owner"),
    ("zone-shared", _OPERATOR, "the zone serves other owners too", "have an operator rename the zone"),
    (
        "name-not-granted",
        _USER_OR_OPERATOR,
        "no pattern of the owner grants the name",
        "have an operator grant it by a pattern; for a zone's names, choose one that a pattern grants",
    ),
    ("not-found", _USER, "there is no such thing of yours", "check the id; it may be another owner's"),
    ("no-route", _USER, "there is no such route", "see `/v1/openapi.json`"),
    ("owner-not-found", _USER, "there is no such owner", "check the owner's id"),
    ("name-held", _USER_OR_OPERATOR, "another owner has HTTP-01 for the name", "ask an operator, or use DNS-01"),
    ("ca-moving", _USER, "the account's certificates are being moved elsewhere", "do as the sentence says"),
    ("not-issued-yet", _USER, "there is no version of the certificate yet", "its problem says what is missing"),
    ("idempotent-certificate-deleted", _USER, "the certificate made with this key is deleted", "use a new key"),
    ("zone-retiring", _USER, "the zone is being replaced", "rename the current zone"),
    ("zone-not-current", _USER, "it is not the owner's current zone", "rename the owner's current zone"),
    ("zone-overlaps", _USER, "the name is, contains or lies under another zone", "choose another name"),
    ("delegation-needed", _USER, "certificates need the delegation", "delete the certificates first"),
    ("offboard-changed", _USER, "it is not what you looked at, or more has come since", "look again, then confirm"),
    ("stale-revision", _USER, "somebody changed it in between", "ask again"),
    ("conflict", _USER, "it collides with what is there", "do as the sentence says"),
    ("body-too-large", _USER, "the body is larger than 64 KiB", "ask for fewer names at a time"),
    ("unknown-field", _USER, "a field is not known", "leave the field out"),
    ("field-missing", _USER, "a field is missing", "add the field"),
    ("invalid-field", _USER, "a field has no valid value", "correct it as the sentence says"),
    ("invalid-request", _USER, "a field has no valid value", "correct it as the sentence says"),
    ("idempotency-key-reused", _USER, "the key came with another request before", "use a new key for each request"),
    ("key-type", _USER, "the key type is not known", "choose a key type of the list"),
    ("challenge-name", _USER, "a challenge is chosen for a name that is not asked for", "correct the name"),
    ("challenge-type", _USER, "the challenge is not known", "choose `dns-01` or `http-01`"),
    ("wildcard-needs-dns-01", _USER, "no CA proves a wildcard by HTTP-01", "use `dns-01` for the wildcard"),
    ("names-missing", _USER, "there is no name", "give at least one name"),
    ("too-many-names", _USER, "the CA takes fewer names", "ask for several certificates"),
    ("name-empty", _USER, "a name is empty", "give a name"),
    ("name-not-qualified", _USER, "a name has a single label", "give the full name, with a dot in it"),
    ("name-too-long", _USER, "a name is too long", "names have at most 253 characters"),
    ("too-many-labels", _USER, "a name has too many labels", "names have at most 10 labels"),
    ("empty-label", _USER, "a label is empty", "take out the doubled or leading dot"),
    ("label-too-long", _USER, "a label is too long", "labels have at most 63 characters"),
    ("label-characters", _USER, "a label has other characters", "use letters, digits and inner hyphens only"),
    ("idn-label", _USER, "an internationalized label is not valid", "write the name as people do, or correct `xn--`"),
    ("wildcard-place", _USER, "a `*` is where none may be", "a `*` may only be the whole first label of a name"),
    ("ip-address", _USER, "an IP address stands for a name", "give a host name"),
    ("address-needs-profile", _USER, "the CA takes IP addresses under some profiles only", "choose such a profile"),
    ("address-needs-http-01", _USER, "IP addresses are proven by HTTP-01 only", "use `http-01` for the address"),
    ("address-with-wildcard", _USER, "an IP address can't stand beside a wildcard", "ask for two certificates"),
    ("public-suffix", _USER, "the name is a public suffix", "ask for a name below it"),
    ("not-public", _USER, "the CA wants names and addresses of the public Internet", "use a registered domain"),
    ("profile-not-offered", _USER, "the CA does not offer the profile", "choose one that it offers"),
    ("csr", _USER, "the CSR can't be used", "correct it as the sentence says"),
    ("csr-names", _USER, "the CSR names other names than the request", "make both name the same"),
    ("csr-and-key", _USER, "a CSR leaves no choice of key", "leave the key's fields out"),
    ("revocation-reason", _USER, "the reason for revocation is not known", "choose a reason of the list"),
    ("revocation-refused", _USER, "the CA does not revoke the certificate", "see the CA's own words"),
    ("version-unknown", _USER, "the version is not stored, or has expired", "leave `version` out for the current one"),
    ("certificate", _USER, "the certificate can't be read", "send it as PEM"),
    ("key-mismatch", _USER, "the private key is not the certificate's", "send the key of this certificate"),
    ("ca-unknown", _USER, "there is no such CA account", "choose one of the list"),
    ("ca-name", _USER, "an account can't have this name", "use small letters, digits and hyphens"),
    ("ca-directory", _USER, "the directory is no URL and no known CA", "give a known CA's name or an https URL"),
    ("ca-contact", _USER, "the contact is no email address", "give one email address, or none"),
    ("ca-key", _USER, "an account's key can't be kept so", "choose `plain` or `kms`"),
    ("ca-limits", _USER, "a CA's limits can't be read", "correct them as the sentence says"),
    (
        "staging-unknown",
        _USER_OR_OPERATOR,
        "the CA account has no other for dry runs",
        "leave `dry_run` or `rehearse_days` out, or have an operator set `staging` of the account",
    ),
    ("ca-exists", _USER, "there is an account of this name", "choose another name"),
    ("ca-is-default", _OPERATOR, "it is the deployment's own CA account", "deploy with another directory first"),
    ("eab-needed", _USER, "the CA wants an external account binding", "send both parts that the CA gave you"),
    ("terms-not-agreed", _USER, "the CA's terms were not agreed to", "read them, and agree"),
    ("several-domains", _USER, "a form that is for one zone is asked for with several domains", "name one by `domain`"),
    ("provider-token", _USER, "the DNS provider refuses the token", "send one that may edit the DNS of the zone"),
    ("route53-off", _OPERATOR, "no Route 53 zone may be written to", "name hosted zones by `Route53Zones`"),
    ("route53-role", _OPERATOR, "the role for Route 53 can't be assumed", "correct its trust policy or external id"),
    ("zone-at-domain", _USER, "a zone would take the whole domain", "delegate a sub-domain"),
    ("zone-too-long", _USER, "the targets in the zone would be too long", "choose a shorter name for the zone"),
    ("name-server", _USER, "the name server's name does not do", "give it a name of its own, below a domain"),
    ("pattern", _USER, "a pattern can't be read", "correct it as the sentence says"),
    ("role", _USER, "the role is not known", "choose a role of the list"),
    ("form", _USER, "a form on a page has a wrong value", "correct it as the page says"),
    ("not-a-form", _USER, "a page was sent no form", "use the page's own form"),
    ("other-origin", _USER, "a form came from another site", "open the dashboard itself, and send its form"),
    ("too-large", _USER, "a form is too large", "send less"),
    ("unavailable", _US, "the network, the CA or AWS did not answer in time", "try again after `Retry-After`"),
    ("internal", _OPERATOR, "a mistake of ours", "give the operator the request id in `instance`"),
)

_RECORDS: tuple[_Entry, ...] = (
    ("zone-address-missing", _USER, "the name server has no address", "add its A records"),
    ("zone-address-elsewhere", _USER, "the name server has another address", "correct its A records"),
    ("zone-address-alias", _USER, "the name server is a CNAME", "replace the CNAME by A records"),
    ("zone-ns-missing", _USER, "the zone is not delegated", "add the NS record"),
    (
        "zone-ns-elsewhere",
        _USER,
        "the zone is delegated elsewhere, to others too, or served by the provider itself",
        "correct the NS record; delete others, and the provider's own zone",
    ),
    ("zone-ns-not-everywhere", _USER, "not all servers of the provider have the NS", "wait, then ask the provider"),
    ("zone-ds", _USER, "a DS record stands at our zone, which is not signed", "delete it"),
    ("ns-with-address", _USER, "the NS record holds an address", "put the name server's name there"),
    ("ns-at-apex", _USER, "the NS record was added to the domain itself, which hands it over", "delete it at once"),
    ("unreachable-udp", _OPERATOR, "our name server does not answer over UDP", "look at the nodes and their ports"),
    ("unreachable-tcp", _OPERATOR, "our name server does not answer over TCP", "look at the nodes and their ports"),
    (
        "lame",
        _USER_OR_US,
        "servers answer, but not for the zone",
        "wait some seconds for a new zone; else correct the NS records, or an operator looks at the nodes",
    ),
    ("cname-missing", _USER, "there is no CNAME at `_acme-challenge`", "add it"),
    ("cname-left-over", _USER, "a CNAME leads to a delegation that was deleted", "remove the CNAME"),
    ("cname-elsewhere", _USER, "the CNAME leads elsewhere", "correct it"),
    ("cname-doubled", _USER, "the domain stands twice in a name", "write the name without the domain, or a final dot"),
    ("cname-from-wildcard", _USER, "a wildcard record answers", "add the CNAME; it goes before the wildcard"),
    ("cname-not-everywhere", _USER, "not all servers of the provider have the CNAME", "wait, then ask the provider"),
    ("cname-loop", _USER, "CNAME records run in a circle", "delete or correct one"),
    ("cname-chain-too-long", _USER, "a chain of CNAME records has more than 8 links", "point straight at the target"),
    ("cname-proxied", _USER, "addresses answer in place of the CNAME", "set the record to “DNS only” at the provider"),
    (
        "cname-of-provider",
        _USER,
        "a service proves the domain for certificates of its own by this name",
        "end that, or use HTTP-01",
    ),
    (
        "delegated-elsewhere",
        _USER,
        "the CNAME is another owner's delegation here",
        "correct it, or ask who holds the domain",
    ),
    ("txt-in-the-way", _USER, "TXT records stand where the CNAME belongs", "delete them, then add the CNAME"),
    ("ns-in-the-way", _USER, "NS records stand where the CNAME belongs", "delete them, then add the CNAME"),
    ("domain-missing", _USER, "the domain does not exist", "correct the name, or register the domain"),
    ("address-missing", _USER, "an HTTP-01 name has no address", "add the A records"),
    (
        "address-elsewhere",
        _USER,
        "an HTTP-01 name leads elsewhere",
        "redirect the challenge path as shown, move the records, or use DNS-01",
    ),
    ("ipv6-elsewhere", _USER, "an HTTP-01 name has an IPv6 address that is not ours", "delete the AAAA, or use DNS-01"),
    (
        "redirect-path-lost",
        _USER,
        "the redirect forgets the rest of the path",
        "let it keep what follows `/.well-known/acme-challenge/`",
    ),
    (
        "challenge-answered-elsewhere",
        _USER_OR_OPERATOR,
        "another server than our node answers the challenge path of an HTTP-01 name",
        "let what stands there pass the path on to us, unchanged",
    ),
    ("unreachable-http", _OPERATOR, "our node does not answer over HTTP", "look at the nodes and their port 80"),
    ("caa-forbids", _USER, "CAA does not let the CA issue for our account, by this method", "add the record shown"),
    (
        "caa-unreadable",
        _USER_OR_US,
        "no server answers for the domain's CAA records, and a CA then refuses",
        "wait: it is tried again. If it lasts, ask the provider whether its servers know the type",
    ),
    (
        "dnssec-bogus",
        _USER,
        "validating resolvers refuse what the name servers answer",
        "have the domain signed anew, or correct or delete its DS record",
    ),
    (
        "name-not-proven",
        _USER,
        "several owners share the deployment, and nothing shows whose the name is",
        "add the TXT record shown, or have an operator grant the name",
    ),
    (
        "address-not-granted",
        _OPERATOR,
        "several owners share the deployment, and nothing shows whose the IP address is",
        "grant the address by a pattern of its own",
    ),
    ("zone-missing", _USER, "no zone or delegation of the owner serves the name", "request the certificate again"),
    ("check-too-slow", _USER, "DNS of the certificate's names took too long", "see their name servers"),
    (
        "dns-failure",
        _USER_OR_US,
        "name servers gave no answer",
        "wait: it is tried again. If it lasts, ask the provider",
    ),
    (
        "ipv6-not-testable",
        _USER_OR_US,
        "name servers have IPv6 addresses only, which can't be tested from here",
        "give one of them an IPv4 address",
    ),
    (
        "egress-refused",
        (Actor.OPERATOR, Actor.USER, Actor.US),
        "an address that the egress policy does not let out to",
        "allow private networks by `EgressAllow`, for a private CA",
    ),
    ("budget-spent", _US, "a check took too long, or too many questions", _AGAIN),
)

_ISSUANCE: tuple[_Entry, ...] = (
    ("ca-refused", _CA, "the CA refused without a type", "see its words in `ca_problem`; it is tried again"),
    ("ca-order-ended", _CA, "the CA ended the order without a reason", _AGAIN),
    ("ca-authorization-expired", _CA, "an authorization expired", _AGAIN),
    ("ca-authorization-deactivated", _CA, "an authorization was deactivated", _AGAIN),
    ("ca-authorization-revoked", _CA, "the CA revoked an authorization", _AGAIN),
    ("ca-authorization-invalid", _CA, "an authorization failed without a reason", _AGAIN),
    ("ca-garbled", _CA, "the CA sent what no CA should", _AGAIN),
    ("ca-untrusted", _CA, "the CA's own TLS certificate can't be trusted", "an operator checks the CA bundle"),
    ("order-invalid", _CA, "the CA ended the order without a reason", _AGAIN),
    ("order-expired", _CA, "the order was not finished in time", _AGAIN),
    ("order-not-placed", _CA, "no order could be placed for an hour", _AGAIN),
    ("challenge-not-offered", _OPERATOR, "the CA does not offer this challenge", "use another CA, or DNS-01"),
    ("ca-paused", _USER, "the CA has paused the names after many failures", "mend them, then open the CA's link"),
    ("key-compromised", _US, "the attempt's key was reported as compromised", "wait: a new one is made"),
    ("csr-key-compromised", _USER, "the key of your CSR was reported as compromised", "send a CSR of another key"),
    ("version-gone", _USER, "the version to be revoked is not stored any more, or has expired", "nothing"),
    (
        "waiting-for-budget",
        _CA,
        "what the CA allows in a time is used up",
        "wait: it starts about the time that is told",
    ),
    ("budgets-busy", _US, "many certificates reserve at the same moment", _AGAIN),
    ("foreign-certificate", _CA, "the certificate was for another key or other names, and was not kept", _AGAIN),
    ("answers-not-served", _OPERATOR, "the nodes do not take the answers up", "look at the nodes"),
    (
        "account-missing",
        _OPERATOR,
        "the certificate's CA account is not there, and the deployment's CA is another",
        "set the CA back, or request the certificate again",
    ),
    (
        "account-key-gone",
        _OPERATOR,
        "KMS does not sign with the account's key",
        "cancel the key's deletion, or enable it; see that the stack's role may use it",
    ),
    (
        "rehearsal-failed",
        (Actor.USER, Actor.OPERATOR, Actor.CA, Actor.US),
        "a rehearsal of the next renewal failed",
        "mend what the sentence tells before the renewal comes; it is tried whatever the rehearsal showed",
    ),
    (
        "rehearsal-unfinished",
        _OPERATOR,
        "a rehearsal did not end within half a day",
        "look at the dry run, and at the staging CA",
    ),
    ("ca-deactivated", _OPERATOR, "the CA account was given up", "request the certificate again with another account"),
    ("dynamodb-unavailable", _US, "DynamoDB did not answer in time", _AGAIN),
    ("s3-unavailable", _US, "S3 did not answer in time", _AGAIN),
    ("sqs-unavailable", _US, "SQS did not answer in time", _AGAIN),
    ("kms-unavailable", _US, "KMS did not answer in time", _AGAIN),
    ("not-decryptable", _OPERATOR, "a stored key was encrypted by another key", "restore the KMS key"),
    ("settings", _OPERATOR, "a variable of a function is missing or wrong", "correct it as the sentence says"),
    ("stuck", _OPERATOR, "work on it crashed several times; it is tried after an hour, then daily", "look at the logs"),
    ("deleted", _USER, "the certificate was deleted while an attempt was open", "nothing"),
    ("ca-moved", _US, "it was moved to another CA account while an attempt was open", _AGAIN),
)

_REASONS: tuple[_Entry, ...] = (
    ("new", (), "it was just requested", ""),
    ("requested", (), "it was just requested", ""),
    ("awaiting-nodes", (), "answers are published; not every node serves them yet", ""),
    ("ca-at-work", (), "the CA validates or issues", ""),
    ("same-names-in-flight", (), "another certificate has an order for the same names", ""),
    ("backing-off", (), "the next attempt after a failure is waited for", ""),
    ("revoking", (), "a version is to be revoked", ""),
    ("revoked", (), "the current version is revoked", ""),
    ("renewal-requested", (), "a renewal was asked for, and begins or has begun", ""),
    ("renewal-due", (), "the renewal is due and begins with the next sweep", ""),
    ("dry-run-passed", (), "a dry run would have been issued", ""),
    ("dry-run-failed", (), "a dry run has failed", ""),
    ("issued", (), "all is well", ""),
)


def _codes(where: Where, entries: Iterable[_Entry]) -> tuple[Code, ...]:
    return tuple(Code(code, where, actors, meaning, remedy) for code, actors, meaning, remedy in entries)


def _refusals() -> tuple[Code, ...]:
    known = [(f"ca-{type_}", (item.actor,), item.meaning, item.remedy) for type_, item in REFUSALS.items()]
    return _codes(Where.ISSUANCE, [*known, ("ca-<type>", (UNKNOWN.actor,), "the CA refused", UNKNOWN.remedy)])


CODES = (
    *_codes(Where.REQUEST, _REQUEST),
    *_codes(Where.RECORDS, _RECORDS),
    *_codes(Where.ISSUANCE, _ISSUANCE),
    *_refusals(),
    *_codes(Where.REASON, _REASONS),
)
