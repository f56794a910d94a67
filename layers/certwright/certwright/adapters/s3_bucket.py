"""One S3 bucket: sends requests, and tells a failed precondition from other errors."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from certwright.adapters.aws import error_code, translating
from certwright.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_DELETE_BATCH = 1000
"""So many keys DeleteObjects takes."""


class PreconditionFailed(Exception):
    """Another object is there than If-Match or If-None-Match asked for."""


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """What is known of an object without reading it."""

    etag: str
    metadata: Mapping[str, str]


class Bucket:
    """A bucket by name; each method raises `Unavailable`."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self._name = name

    def put(self, request: Mapping[str, Any]) -> str:
        """Put an object and return its ETag; `PreconditionFailed`.

        409 means that another conditional write was under way, and is `Unavailable`.
        """
        try:
            with translating("s3"):
                return self._client.put_object(Bucket=self._name, **request)["ETag"]
        except ClientError as error:
            if error_code(error) == "PreconditionFailed" or _is_missing(error):
                raise PreconditionFailed(request["Key"]) from error
            raise

    def read(self, key: str) -> bytes | None:
        """Read an object, None where there is none."""
        try:
            with translating("s3"):
                return self._client.get_object(Bucket=self._name, Key=key)["Body"].read()
        except ClientError as error:
            if _is_missing(error):
                return None
            raise

    def head(self, key: str) -> ObjectHead | None:
        """Read an object's ETag and metadata, None where there is none."""
        try:
            with translating("s3"):
                answer = self._client.head_object(Bucket=self._name, Key=key)
        except ClientError as error:
            if _is_missing(error):
                return None
            raise
        return ObjectHead(answer["ETag"], answer.get("Metadata", {}))

    def delete_all(self, prefix: str) -> None:
        """Delete every object that begins with a prefix; the bucket keeps old versions as long as its rules say."""
        for keys in batched(self._list(prefix), _DELETE_BATCH, strict=False):
            with translating("s3"):
                answer = self._client.delete_objects(
                    Bucket=self._name, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
                )
            if answer.get("Errors"):
                raise Unavailable("AWS s3 did not delete every object: try again.", code="s3-unavailable")

    def _list(self, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix)
        with translating("s3"):
            for page in pages:
                yield from (item["Key"] for item in page.get("Contents", ()))


def _is_missing(error: ClientError) -> bool:
    return error_code(error) in ("NoSuchKey", "404")
