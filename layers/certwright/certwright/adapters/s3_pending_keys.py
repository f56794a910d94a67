"""Private keys of attempts, in S3, encrypted by the bucket's own key."""

from certwright.adapters.s3_bucket import Bucket
from certwright.domain.errors import NotFound
from certwright.domain.storage_keys import pending_key


class S3PendingKeys:
    """Fills in `ports.PendingKeys`."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def keep(self, certificate_id: str, attempt: str, private_key: bytes) -> None:
        """Put one object; the bucket's rules delete it after 30 days."""
        key = pending_key(certificate_id, attempt)
        self._bucket.put({"Key": key, "Body": private_key, "ContentType": "application/x-pem-file"})

    def read(self, certificate_id: str, attempt: str) -> bytes:
        """Read one object."""
        private_key = self._bucket.read(pending_key(certificate_id, attempt))
        if private_key is None:
            raise NotFound(f"The private key of attempt {attempt} is not there; keys are kept for 30 days.")
        return private_key
