"""What CAs offer, as a test sets it."""

from certwright.domain.ca import CaOffer
from certwright.domain.errors import Unavailable

PROFILES = ("classic", "shortlived", "tlsserver")
CAA_IDENTITIES = ("ca.test",)


class FakeCaDirectories:
    """A `CaDirectories`; set `offers` by directory, and `is_silent` for CAs that do not answer."""

    def __init__(self) -> None:
        self.offers: dict[str, CaOffer] = {}
        self.is_silent = False

    def describe(self, directory: str) -> CaOffer:
        if self.is_silent:
            raise Unavailable("The CA does not answer.")
        return self.offers.get(directory, CaOffer(profiles=PROFILES, caa_identities=CAA_IDENTITIES))
