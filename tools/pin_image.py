"""Tell the digest that a tag of a public container image has now, for the parameter NodeImage.

    python3 tools/pin_image.py [IMAGE]      without IMAGE: the stock image that template.yaml names

Prints NodeImage=NAME@sha256:… for `sam deploy --parameter-overrides`. Needs the Internet and nothing but Python.
"""

import hashlib
import json
import re
import sys
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

STOCK_IMAGE = "public.ecr.aws/lambda/python:3.13-arm64"
MANIFESTS = ", ".join(
    f"application/vnd.{name}+json"
    for name in (
        "oci.image.index.v1",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.list.v2",
        "docker.distribution.manifest.v2",
    )
)
LARGEST_MANIFEST = 4 * 1024 * 1024  # what registries take
SECONDS = 20


class NoDigest(Exception):
    """Why there is none; the message is for the one who asked."""


def split(image: str) -> tuple[str, str, str]:
    """Split HOST/REPOSITORY:TAG; raises `NoDigest`."""
    found = re.fullmatch(r"([a-z0-9.-]+(?::\d+)?)/([a-z0-9._/-]+):([A-Za-z0-9_][A-Za-z0-9._-]{0,127})", image)
    if not found:
        raise NoDigest(f"{image!r} is not HOST/REPOSITORY:TAG, such as {STOCK_IMAGE}")
    return found[1], found[2], found[3]


def find_digest(registry: str, repository: str, tag: str) -> str:
    """Ask a registry, by its base URL, for a tag's manifest; raises `NoDigest`. OCI distribution specification 1.1.

    The digest is worked out from the manifest itself, so that it names what was seen, whatever the registry says.
    """
    request = Request(f"{registry}/v2/{repository}/manifests/{tag}", headers={"Accept": MANIFESTS})
    try:
        try:
            manifest = read(request)
        except HTTPError as refusal:
            if refusal.code != 401:
                raise
            token = read_token(refusal.headers.get("www-authenticate", ""))
            request.add_header("Authorization", f"Bearer {token}")
            manifest = read(request)
        is_manifest = "schemaVersion" in json.loads(manifest)
    except HTTPError as error:
        raise NoDigest(f"{registry} answered {error.code} for {repository}:{tag}") from error
    except (URLError, HTTPException, OSError, ValueError, LookupError) as error:
        raise NoDigest(f"{registry} can't be asked: {getattr(error, 'reason', error)}") from error
    if not is_manifest:
        raise NoDigest(f"what {registry} sent for {repository}:{tag} is no manifest")
    return f"sha256:{hashlib.sha256(manifest).hexdigest()}"


def read_token(challenge: str) -> str:
    """Get the token that a registry asks for, which for public images is given to everybody."""
    asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    if "realm" not in asked:
        raise ValueError("it asks for more than a token")
    query = urlencode({name: asked[name] for name in ("service", "scope") if name in asked})
    given = json.loads(read(Request(f"{asked['realm']}?{query}")))
    return str(given.get("token") or given["access_token"])


def read(request: Request) -> bytes:
    """Read a reply whole."""
    with urlopen(request, timeout=SECONDS) as response:
        body: bytes = response.read(LARGEST_MANIFEST)
    return body


def main(arguments: list[str]) -> int:
    """Print the parameter; returns the exit status."""
    try:
        host, repository, tag = split(arguments[0] if arguments else STOCK_IMAGE)
        print(f"NodeImage={host}/{repository}@{find_digest(f'https://{host}', repository, tag)}")
    except NoDigest as error:
        print(f"pin_image: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
