"""Who people are, by the word of an identity provider."""

from typing import Protocol

from certwright.domain.identity import Claims


class IdentityProvider(Protocol):
    """An OpenID Connect provider, by the authorization code flow with PKCE."""

    def address(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Build where somebody is sent to sign in; `Unavailable` where the provider does not answer."""
        ...

    def redeem(self, code: str, redirect_uri: str, nonce: str, verifier: str) -> Claims:
        """Redeem an authorization code and return the checked claims of its ID token.

        Raises `NotAuthenticated` for a code or a token that is not right, `Unavailable`.
        """
        ...
