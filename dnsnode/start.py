"""Fetch the node's code and become the node: what the stock image runs (template.yaml has this text; `make start`).

CODE_LAYERS names the layers' versions, with commas between. Needs Python 3.13 and boto3. A failure is one line that
names the remedy; what may pass is tried again until `GIVE_UP_SECONDS`, then ECS starts another task.
"""

import base64
import hashlib
import io
import os
import random
import signal
import stat
import sys
import time
import zipfile
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

GIVE_UP_SECONDS = 120.0
LONGEST_PAUSE_SECONDS = 15.0
STALLED_SECONDS = 20
LARGEST_UNPACKED = 250 * 1024 * 1024  # Lambda's limit of all layers together
CODE = Path("/tmp/node")  # noqa: S108 - the container's own; nobody else writes there
RUNTIME = "/var/runtime"  # where some of Lambda's images have boto3

REFUSED = "the task's role must allow lambda:GetLayerVersion on this version: see NodeRole in template.yaml"
MISSING = "this version of the layer was deleted: change both layers' Description in template.yaml and deploy new ones"
UNREACHABLE = "the task needs a way to AWS on port 443: a public address or NAT, a route, the security group"
NOT_OURS = "what came is not what was published: deploy again; if it stays so, find out who answers in S3's place"
NO_BOTO3 = "set NodeImage to an image of Lambda's Python 3.13, or to one made with dnsnode/Dockerfile"
IN_TROUBLE = "AWS is in trouble or throttles: see its health dashboard and the account's quotas"
NO_ROOM = "the task's disk is full: give it more ephemeral storage"


class Trouble(Exception):
    """What failed, and what to do; `passes` tells whether trying again may help."""

    def __init__(self, what: str, remedy: str, *, passes: bool) -> None:
        super().__init__(f"{what}; {remedy}")
        self.passes = passes


def main() -> None:
    """Fetch every layer, then exec the node, so that it is the process that gets SIGTERM."""
    signal.signal(signal.SIGTERM, stop)  # without a handler, a container's first process would never get it
    deadline = time.monotonic() + GIVE_UP_SECONDS
    for layer in os.environ["CODE_LAYERS"].split(","):
        try:
            insist(layer, deadline)
        except Trouble as trouble:
            say(f"gave up on {layer}: {trouble}")
            sys.exit(1)
    path = os.pathsep.join([f"{CODE}/python", RUNTIME])
    os.execve(sys.executable, [sys.executable, "-m", "dnsnode"], os.environ | {"PYTHONPATH": path})  # noqa: S606


def insist(layer: str, deadline: float) -> None:
    """Fetch a layer, with growing pauses after what may pass; raises `Trouble` when it is of no use."""
    pause = 1.0
    while True:
        try:
            unpack(fetch(layer, deadline))
            return
        except Trouble as trouble:
            pause_now = pause * random.uniform(0.5, 1)  # noqa: S311 - nodes must not all come back at once
            if not trouble.passes or time.monotonic() + pause_now >= deadline:
                raise
            say(f"trying again to fetch {layer}: {trouble}")
        time.sleep(pause_now)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def fetch(layer: str, deadline: float) -> bytes:
    """Ask Lambda where the layer's archive is, and load it; its hash is the one that Lambda tells."""
    content = ask(layer)
    archive = download(content["Location"], int(content["CodeSize"]), deadline)
    if base64.b64encode(hashlib.sha256(archive).digest()).decode() != content["CodeSha256"]:
        raise Trouble(f"the archive of {len(archive)} bytes has another SHA-256", NOT_OURS, passes=True)
    return archive


def ask(layer: str) -> dict[str, Any]:
    """Ask Lambda for a version of a layer: location, size and hash of its archive."""
    sys.path.append(RUNTIME)
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise Trouble(f"the image lacks {error.name}", NO_BOTO3, passes=False) from error

    config = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1})
    try:
        answer = boto3.client("lambda", config=config).get_layer_version_by_arn(Arn=layer)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        what = f"Lambda answered {status} {error.response['Error'].get('Code', '')}"
        remedy = {403: REFUSED, 404: MISSING}.get(status, IN_TROUBLE)
        raise Trouble(what, remedy, passes=status != 404) from error  # a new role takes a moment to count
    except BotoCoreError as error:
        raise Trouble(f"no answer from Lambda ({type(error).__name__})", UNREACHABLE, passes=True) from error
    if "Content" not in answer:
        raise Trouble("what answers is not Lambda", UNREACHABLE, passes=True)
    return dict(answer["Content"])


def download(url: str, size: int, deadline: float) -> bytes:
    """Load an archive of a known size; its URL is a secret and never told."""
    try:
        with urlopen(url, timeout=STALLED_SECONDS) as response:  # noqa: S310 - Lambda says where
            loaded = io.BytesIO()
            while loaded.tell() <= size and (part := response.read(64 * 1024)):
                loaded.write(part)
                if time.monotonic() > deadline:
                    raise Trouble(f"S3 is slow: {loaded.tell()} of {size} bytes", UNREACHABLE, passes=False)
    except HTTPError as error:
        raise Trouble(f"S3 answered {error.code}", IN_TROUBLE, passes=True) from None
    except (OSError, HTTPException) as error:
        raise Trouble(f"no archive from S3 ({type(error).__name__})", UNREACHABLE, passes=True) from None
    if loaded.tell() != size:
        raise Trouble(f"{loaded.tell()} of {size} bytes came from S3", NOT_OURS, passes=True)
    return loaded.getvalue()


def unpack(archive: bytes) -> None:
    """Unpack into `CODE`; nothing that would land elsewhere, and no more than Lambda takes."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            for item in opened.infolist():
                path = PurePosixPath(item.filename)
                if path.is_absolute() or ".." in path.parts or stat.S_ISLNK(item.external_attr >> 16):
                    raise Trouble(f"the archive holds {item.filename!r}", NOT_OURS, passes=False)
            if sum(item.file_size for item in opened.infolist()) > LARGEST_UNPACKED:
                raise Trouble("the archive is too large", NOT_OURS, passes=False)
            opened.extractall(CODE)
    except zipfile.BadZipFile as error:
        raise Trouble(f"no zip archive ({error})", NOT_OURS, passes=False) from error
    except OSError as error:
        raise Trouble(f"can't unpack into {CODE}: {error.strerror}", NO_ROOM, passes=False) from error


def stop(*_: object) -> None:
    """End at once: nobody has been told of this node yet."""
    say("told to stop before there was a node")
    sys.exit(0)


def say(text: str) -> None:
    """Log one line."""
    print(f"start: {text}", file=sys.stderr, flush=True)  # noqa: T201 - there is no logger yet


if __name__ == "__main__":
    main()
