"""What a CA's problem types mean to people: who must act, and how (RFC 8555 §6.7, RFC 9773 §7.4)."""

from dataclasses import dataclass

from certwright.domain.problem import Actor

SECONDARY = "During secondary"
"""How Boulder begins the detail of what only its places elsewhere saw: validation, or CAA."""

SEEN_ELSEWHERE = (
    "Some of the CA's places around the world saw another answer, or none: look for a firewall that shuts countries "
    "out, for different answers by place, and for a name server that lags behind the others."
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A type of problem: what it means, who must act, and what they do."""

    actor: Actor
    meaning: str
    remedy: str


_USER, _OPERATOR, _CA, _US = Actor.USER, Actor.OPERATOR, Actor.CA, Actor.US
_AGAIN = "wait: it is tried again"
_TO_US = "wait: it is tried again; an operator reports it if it lasts"

REFUSALS = {
    "unauthorized": Refusal(
        _USER, "the CA found no answer of ours, or another, at the name", "check that the name's records lead here"
    ),
    "dns": Refusal(
        _USER, "the CA's look-up of the name failed", "check the name servers of the domain, and its DNSSEC"
    ),
    "caa": Refusal(_USER, "CAA records forbid it, or could not be read", "correct the CAA records of the domain"),
    "connection": Refusal(
        _USER,
        "the CA could not connect to the name's address",
        "check its A and AAAA records, and that port 80 is open",
    ),
    "tls": Refusal(_USER, "a redirect led to a site whose TLS fails", "correct that site's TLS, or redirect to http"),
    "incorrectResponse": Refusal(
        _USER, "what answers at the name is not our answer", "check that the name's records lead here"
    ),
    "rejectedIdentifier": Refusal(
        _USER, "the CA's policy excludes the name", "take the name out of the request, or use another CA"
    ),
    "unsupportedIdentifier": Refusal(
        _USER, "the CA takes no names of this kind", "take the name out of the request, or use another CA"
    ),
    "badCSR": Refusal(
        _US, "the CA does not take the CSR", "where the CSR is your own, make it anew; else an operator reports it"
    ),
    "badPublicKey": Refusal(_USER, "the CA does not take the public key", "choose another key type, or another key"),
    "rateLimited": Refusal(
        _CA,
        "a limit of the CA is reached",
        "wait: it is tried when the CA allows; a link that the CA gives to unpause a name is for an operator",
    ),
    "serverInternal": Refusal(_CA, "the CA is in trouble", _AGAIN),
    "badNonce": Refusal(_CA, "the CA refused several nonces in a row", _AGAIN),
    "malformed": Refusal(_US, "the CA does not understand the request", _TO_US),
    "orderNotReady": Refusal(_US, "the order was not ready to be finalized", _AGAIN),
    "alreadyReplaced": Refusal(_US, "the certificate to be replaced was replaced before", _AGAIN),
    "alreadyRevoked": Refusal(_US, "the certificate was revoked before", "do nothing"),
    "badRevocationReason": Refusal(_USER, "the CA does not take the reason for revocation", "give another reason"),
    "badSignatureAlgorithm": Refusal(_OPERATOR, "the CA does not take the account key's algorithm", "use another key"),
    "userActionRequired": Refusal(
        _OPERATOR, "the CA wants the operator to do something, such as to agree to new terms", "follow the CA's link"
    ),
    "accountDoesNotExist": Refusal(
        _OPERATOR, "the CA does not know the account, or has closed it", "connect another account"
    ),
    "externalAccountRequired": Refusal(
        _OPERATOR, "the CA wants accounts to be bound to one of its own", "give the account EAB credentials of the CA"
    ),
    "invalidContact": Refusal(_OPERATOR, "the CA does not take the account's contact", "correct the contact address"),
    "unsupportedContact": Refusal(_OPERATOR, "the CA takes no contacts of this kind", "give an e-mail address"),
    "invalidProfile": Refusal(_OPERATOR, "the CA does not offer the profile to this account", "choose another profile"),
}

UNKNOWN = Refusal(_CA, "the CA refused", "see the CA's own words: it is tried again")


def find_refusal(type_: str) -> Refusal:
    """Find what is known of a type without its prefix; of an unknown one the CA's own words must do."""
    return REFUSALS.get(type_, UNKNOWN)


def with_remedy(told: str, type_: str) -> str:
    """Add to what the CA said, in full, what to do about it."""
    remedy = find_refusal(type_).remedy
    what_to_do = SEEN_ELSEWHERE if SECONDARY in told else f"{remedy[0].upper()}{remedy[1:]}."
    return f"{told.rstrip('. ')}. {what_to_do}"
