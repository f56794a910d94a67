"""What the nodes must serve to meet an authorization (RFC 8555 §8.3, §8.4)."""

from certwright.domain.answer import Answer, HttpAnswer, TxtAnswer, shard_of
from certwright.domain.certificate import Attempt, Desired, Publication, Work
from certwright.domain.identifier import as_host
from certwright.domain.order import Account, Authorization, Challenge, ChallengeType, key_authorization, txt_value
from certwright.domain.renewal import HOUR, SECOND

ANSWER_LIFETIME = 2 * HOUR
"""How long after an attempt's beginning the nodes serve an answer that nobody withdraws; CAs look within minutes."""


def build_publication(
    desired: Desired, work: Work, account: Account, attempt: Attempt, authorization: Authorization
) -> Publication | None:
    """Name the answer of a pending authorization; None where the CA does not offer the challenge it is proven by."""
    challenge = authorization.challenge(desired.challenge_type(authorization.name))
    if challenge is None:
        return None
    answer = _answer(challenge, work.target(authorization.identifier), account, attempt, authorization)
    return Publication(answer, shard_of(answer), challenge_url=challenge.url)


def _answer(
    challenge: Challenge, target: str, account: Account, attempt: Attempt, authorization: Authorization
) -> Answer:
    expires_at = (attempt.started_at + ANSWER_LIFETIME) // SECOND
    if challenge.type == ChallengeType.HTTP_01:
        body = key_authorization(challenge.token, account.thumbprint)
        return HttpAnswer(challenge.token, as_host(authorization.identifier), body, attempt.id, expires_at)
    return TxtAnswer(target, txt_value(challenge.token, account.thumbprint), attempt.id, expires_at)
