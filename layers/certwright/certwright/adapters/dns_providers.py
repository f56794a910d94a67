"""The DNS providers that records are added at, for users who ask for it."""

from botocore.exceptions import ClientError

from certwright.adapters.aws import assume_role, client, error_code, translating
from certwright.adapters.cloudflare import CLOUDFLARE_API, CloudflareZones
from certwright.adapters.egress import Egress
from certwright.adapters.route53 import Route53Zones
from certwright.domain.errors import NotAllowed


class OpenedProviders:
    """Fills in `ports.DnsProviders`.

    `hosted_zones` are the ARNs of those that may be written to, `role` one to assume for it (empty: the function's
    own), with the external id that its trust policy may ask for. `cloudflare_api` empty is Cloudflare's own.
    """

    def __init__(
        self,
        egress: Egress,
        *,
        hosted_zones: tuple[str, ...] = (),
        role: str = "",
        external_id: str = "",
        cloudflare_api: str = "",
    ) -> None:
        self._egress = egress
        self._zone_ids = tuple(arn.rpartition("/")[2] for arn in hosted_zones)
        self._role = role
        self._external_id = external_id
        self._cloudflare_api = cloudflare_api or CLOUDFLARE_API

    def route53(self) -> Route53Zones:
        """Connect in the function's own name, or in that of the role, anew each time."""
        if not self._zone_ids:
            raise NotAllowed(
                "This deployment writes to no Route 53 zone: an operator can name some by the parameter Route53Zones.",
                code="route53-off",
            )
        return Route53Zones(self._client(), self._zone_ids)

    def cloudflare(self, token: str) -> CloudflareZones:
        """Connect with a token, which nothing here keeps."""
        return CloudflareZones(self._egress, token, self._cloudflare_api)

    def _client(self) -> object:
        if not self._role:
            return client("route53")
        try:
            with translating("sts"):
                return assume_role("route53", self._role, self._external_id)
        except ClientError as error:
            raise NotAllowed(
                f"The role {self._role} can't be assumed ({error_code(error)}): an operator checks its trust policy "
                "and the external id.",
                code="route53-role",
            ) from error
