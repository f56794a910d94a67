"""What CAs say about themselves, kept for some minutes: requests must not wait for a CA each time."""

from certwright.adapters.acme_network import AcmeNetwork
from certwright.adapters.egress import Egress
from certwright.domain.ca import SELF_SIGNED, CaOffer
from certwright.domain.renewal import MINUTE
from certwright.ports import Clock

KEPT = 10 * MINUTE


class AcmeDirectories:
    """Fills in `ports.CaDirectories`."""

    def __init__(self, egress: Egress, clock: Clock, ca_bundle: str = "") -> None:
        self._egress = egress
        self._clock = clock
        self._ca_bundle = ca_bundle
        self._kept: dict[str, tuple[int, CaOffer]] = {}

    def describe(self, directory: str) -> CaOffer:
        """Fetch the directory where what is kept is old; raises as `acme_network.check` does.

        The test CA that is built in has none, and nothing to say.
        """
        if directory == SELF_SIGNED:
            return CaOffer()
        read_at, offer = self._kept.get(directory, (0, CaOffer()))
        now = self._clock.now()
        if now - read_at < KEPT:
            return offer
        network = AcmeNetwork(directory, egress=self._egress, clock=self._clock, ca_bundle=self._ca_bundle)
        try:
            found = network.directory
        finally:
            network.close()
        offer = CaOffer(
            profiles=found.profiles,
            terms_of_service=found.terms_of_service,
            caa_identities=found.caa_identities,
            is_external_account_required=found.is_external_account_required,
            has_renewal_information=bool(found.renewal_info),
        )
        self._kept[directory] = (now, offer)
        return offer
