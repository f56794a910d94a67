"""What `sam build` made, run as AWS runs it: without the source tree, and without what is only installed here."""

import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from certwright.adapters.dynamodb_history import event_item
from certwright.adapters.dynamodb_values import marshal
from certwright.domain.certificate import Event
from local import queue_pump, schedule
from local.bridge import HttpRequest, Routes, build_event
from local.endpoints import Endpoints
from local.stack import ACCESS_KEY, Stack, create
from local.template import REGION, TEMPLATE, load
from tests.integration.stack.test_node_start import template_program
from tests.support.dns_client import ask
from tests.support.layer_server import LayerServer
from tests.support.runtime_api import PYTHON, Artifact, InvocationFailed, invoke

NOBODY = "crt_00000000000000000000000000000000"
SECONDS = 240.0
"""For one invocation, its start included: a machine may be ten times as busy as it should be."""


class Deployed:
    """The built functions, with the variables that a deployment gives them, and moto behind them."""

    def __init__(self, built: Path, runtime: Path, stack: Stack, endpoints: Endpoints) -> None:
        self.built, self.runtime, self.stack, self._endpoints = built, runtime, stack, endpoints
        secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.name("AdminTokenSecret"))
        self.token = f"cw_admin_{secret['SecretString']}"

    def invoke(self, name: str, event: Any) -> Any:
        """Run one function on one event."""
        artifact = Artifact(self.built / name, (self.built / "CoreLayer/python",), self.runtime)
        return invoke(artifact, event, self.variables(name), SECONDS)

    def request(self, method: str, target: str, *, token: str = "") -> Any:
        """Send a request to the function that its route belongs to; returns the function's reply."""
        headers = (("authorization", f"Bearer {token}"),) if token else ()
        request = HttpRequest(method, target, headers, b"", "192.0.2.7")
        found = Routes(self.stack.template.routes).match(method, request.path)
        assert found
        return self.invoke(found[0].function, build_event(*found, request))

    def variables(self, name: str) -> dict[str, str]:
        """All variables of a function; what is not made here has a stand-in."""
        given = {"NODE_ADDRESSES": "192.0.2.1,192.0.2.2", "CHALLENGE_HOST": "lb.example.net"}
        declared = self.stack.template.functions[name].environment
        return {**self.aws(), **self.stack.environment(declared, given)}

    def aws(self) -> dict[str, str]:
        """Region, credentials and endpoints."""
        keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": ACCESS_KEY}
        return {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, **keys, **self._endpoints.variables}

    @cached_property
    def first_sweep(self) -> Any:
        """What the schedule's first run replied, which makes owner and token."""
        return self.invoke("RenewalFunction", schedule.build_event())


@pytest.fixture(scope="module")
def deployed(built: Path, runtime: Path, endpoints: Endpoints) -> Deployed:
    """Deploy what was built, to a moto server."""
    return Deployed(built, runtime, create(load(), endpoints), endpoints)


def run_sweep(deployed: Deployed) -> None:
    """Nothing is due yet."""
    assert deployed.first_sweep == {"enqueued": 0}


def list_certificates(deployed: Deployed) -> None:
    """The admin token that the first run made opens the API."""
    run_sweep(deployed)
    reply = deployed.request("GET", "/v1/certificates", token=deployed.token)
    assert reply["statusCode"] == 200, reply
    assert json.loads(reply["body"])["items"] == []


def read_bundle_of_nobody(deployed: Deployed) -> None:
    """Without a token there is no key."""
    assert deployed.request("GET", f"/v1/certificates/{NOBODY}/bundle")["statusCode"] == 401


def show_sign_in(deployed: Deployed) -> None:
    """The page comes with its layout."""
    reply = deployed.request("GET", "/sign-in")
    assert reply["statusCode"] == 200, reply
    assert "<title>" in reply["body"]


def work_on_nothing(deployed: Deployed) -> None:
    """A message about a certificate that was deleted is done."""
    message = {"MessageId": "m", "ReceiptHandle": "r", "Body": NOBODY, "Attributes": {}, "MD5OfBody": ""}
    record = queue_pump.build_record(message, "arn:aws:sqs:us-east-1:123456789012:work")
    assert deployed.invoke("IssuanceFunction", {"Records": [record]}) == {"batchItemFailures": []}


def look_over(deployed: Deployed) -> None:
    """Nothing is late where there is nothing."""
    assert deployed.invoke("WatchFunction", schedule.build_event()) == {"late": 0}


def announce(deployed: Deployed) -> None:
    """A certificate that was requested, as the stream tells of it."""
    image = marshal(event_item(NOBODY, Event(1_800_000_000_000, "waiting", "", "requested"), "r1"))
    keys = {name: image[name] for name in ("pk", "sk")}
    change = {"Keys": keys, "NewImage": image, "SequenceNumber": "1", "StreamViewType": "NEW_IMAGE"}
    record = {"eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": change}
    assert deployed.invoke("EventsFunction", {"Records": [record]}) == {"batchItemFailures": []}


ANSWERS: dict[str, Callable[[Deployed], None]] = {
    "ApiFunction": list_certificates,
    "DashboardFunction": show_sign_in,
    "EventsFunction": announce,
    "IssuanceFunction": work_on_nothing,
    "KeysFunction": read_bundle_of_nobody,
    "RenewalFunction": run_sweep,
    "WatchFunction": look_over,
}


def test_every_function_is_tried() -> None:
    """A new function needs an event here."""
    assert set(ANSWERS) == set(load().functions)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_built_function_answers_under_lambdas_runtime_client(name: str, deployed: Deployed) -> None:
    """From the artifact and the layer alone, with boto3 from the runtime."""
    ANSWERS[name](deployed)


def test_a_function_that_fails_is_told_of(deployed: Deployed) -> None:
    """The runtime client reports an error, so a broken artifact can't look like a good one."""
    with pytest.raises(InvocationFailed, match="KeysFunction: error"):
        deployed.invoke("KeysFunction", ["no event"])


IMPORT_ALL = """
import importlib, pkgutil, certwright
for found in pkgutil.walk_packages(certwright.__path__, "certwright."):
    importlib.import_module(found.name)
"""


def test_the_layer_has_all_that_its_modules_import(built: Path, runtime: Path) -> None:
    """Many imports wait for the first use: what is missing would be found at the first certificate."""
    path = os.pathsep.join(map(str, [built / "CoreLayer/python", runtime]))
    done = subprocess.run(
        [*PYTHON, "-c", IMPORT_ALL], env={"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_layers_fit_into_lambda(built: Path) -> None:
    """250 MiB unpacked, all layers and the function together."""
    layers = [built / name for name in ("CoreLayer", "NodeLayer")]
    assert sum(file.stat().st_size for layer in layers for file in layer.rglob("*") if file.is_file()) < 200 * 2**20


AARCH64 = 183  # EM_AARCH64, in an ELF header's e_machine


def packages(layer: Path) -> set[str]:
    """Tell which versions of which packages a built layer has."""
    return {path.name for path in layer.glob("python/*.dist-info")}


@pytest.mark.parametrize("layer", ["CoreLayer", "NodeLayer"])
def test_what_is_deployed_differs_in_its_processor_only(built: Path, layer: str) -> None:
    """The layers built for ARM64 have the packages that were tried here, and nothing that runs elsewhere only."""
    deployed = TEMPLATE.parent / ".aws-sam/build" / layer
    if not deployed.exists():
        pytest.skip("needs what is deployed: make build")
    assert packages(deployed) == packages(built / layer), "make build, where one is older than the other"
    libraries = list(deployed.rglob("*.so"))
    assert bool(libraries) is (layer == "CoreLayer")
    for library in libraries:
        head = library.read_bytes()[:20]
        assert (head[:4], int.from_bytes(head[18:20], "little")) == (b"\x7fELF", AARCH64), library


def pack_folder(folder: Path) -> bytes:
    """Pack a built layer as it is uploaded."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return packed.getvalue()


def test_the_node_starts_from_the_built_layers(built: Path, deployed: Deployed, tmp_path: Path) -> None:
    """From the task definition's own program to an answer, with no other Python packages than the stock image has."""
    layers = {"arn:core:1": pack_folder(built / "CoreLayer"), "arn:node:1": pack_folder(built / "NodeLayer")}
    declared = deployed.stack.template.container_environment("NodeTask")
    given = {"CODE_LAYERS": ",".join(layers), "CHALLENGE_HOST": "lb.example.net", "NODE_DRAIN_SECONDS": "0"}
    given |= dict.fromkeys(("LISTEN", "HTTP_LISTEN", "HEALTH_LISTEN"), "127.0.0.1:0")
    program = template_program().replace("/tmp/node", str(tmp_path / "node"))
    program = program.replace('"/var/runtime"', repr(str(deployed.runtime)))
    with LayerServer(layers).serving() as server:
        variables = deployed.aws() | {"AWS_ENDPOINT_URL_LAMBDA": server.url, "PATH": os.defpath}
        node = subprocess.Popen(
            [*PYTHON, "-c", program], env=variables | deployed.stack.environment(declared, given),
            stdout=subprocess.PIPE, text=True, cwd=tmp_path,
        )  # fmt: skip
        try:
            assert node.stdout
            word, *addresses = node.stdout.readline().split()
            assert word == "ready"
            host, _, port = dict(address.split("=") for address in addresses)["dns"].rpartition(":")
            assert ask((host, int(port)), "example.test").rcode == "REFUSED"
            node.terminate()
            assert node.wait(60) == 0
        finally:
            node.kill()
            node.communicate()
