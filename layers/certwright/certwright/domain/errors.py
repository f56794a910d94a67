"""The errors of the whole package.

    CertwrightError
    ├── InvalidRequest      the caller sent what can't be accepted      (400, 413, 415, 422)
    ├── NotAuthenticated    no token, or one that is unknown or expired (401)
    ├── NotAllowed          known, but not permitted                    (403)
    ├── NotFound            no such thing, or not the caller's          (404)
    ├── Conflict            it collides with what is there              (409)
    ├── StaleRevision       another writer came first: load again
    ├── CaRefusal           the CA answered with a problem document (RFC 8555 §6.7)
    └── Unavailable         try again: the network, a CA or AWS did not answer in time

Only `Unavailable` and `CaRefusal` know `retry_after_seconds`; retryability is the type's, never the text's.
"""

from certwright.domain.ca_refusals import find_refusal, with_remedy
from certwright.domain.problem import Problem


class CertwrightError(Exception):
    """The root: `code` is a machine's word, the message one sentence for a person."""

    code = "internal"

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if code:
            self.code = code


class InvalidRequest(CertwrightError):
    """The request names something unacceptable; `field` says which, the sentence says the remedy."""

    code = "invalid-request"

    def __init__(self, sentence: str, *, field: str, code: str = "") -> None:
        super().__init__(sentence, code=code)
        self.field = field


class NotAuthenticated(CertwrightError):
    """No valid token came with the request."""

    code = "not-authenticated"


class NotAllowed(CertwrightError):
    """The caller is known but may not do this; `field` is set where a part of the request is what they may not."""

    code = "not-allowed"

    def __init__(self, sentence: str, *, field: str = "", code: str = "") -> None:
        super().__init__(sentence, code=code)
        self.field = field


class NotFound(CertwrightError):
    """No such thing for this caller."""

    code = "not-found"


class Conflict(CertwrightError):
    """What is asked collides with what is there."""

    code = "conflict"


class StaleRevision(CertwrightError):
    """Another writer moved the record on since it was read."""

    code = "stale-revision"


class CaRefusal(CertwrightError):
    """The CA refused: `type` is the problem's type without the `urn:ietf:params:acme:error:` prefix.

    `document` is the problem document as JSON, `status` the HTTP status, `retry_after_seconds` 0 where not given.
    """

    code = "ca-refused"

    def __init__(
        self, detail: str, *, type: str, status: int, document: str = "", retry_after_seconds: float = 0.0
    ) -> None:
        super().__init__(detail)
        self.type = type
        self.status = status
        self.document = document
        self.retry_after_seconds = retry_after_seconds

    @property
    def problem(self) -> Problem:
        """The refusal as a stored value, with who must act."""
        return Problem(
            code=f"ca-{self.type}" if self.type else self.code,
            sentence=with_remedy(f"The CA refused: {self.sentence}", self.type),
            actor=find_refusal(self.type).actor,
            ca_problem=self.document,
        )


class Unavailable(CertwrightError):
    """Something outside did not answer properly; `retry_after_seconds` is 0 where nothing was said."""

    code = "unavailable"

    def __init__(self, sentence: str, *, code: str = "", retry_after_seconds: float = 0.0) -> None:
        super().__init__(sentence, code=code)
        self.retry_after_seconds = retry_after_seconds
