"""The program that starts the node in a stock image, as it stands in the template."""

import io
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from local.template import load

FAKE_BOTO3 = """
import os
class _Lambda:
    def get_layer_version_by_arn(self, Arn):
        return {"Content": {"Location": os.environ["PACKAGES"] + "/" + Arn}}
def client(service):
    assert service == "lambda"
    return _Lambda()
"""
NODE = "import os, sys, shared\nprint(f'{shared.WORD} as {os.getpid()} from {os.environ[\"PYTHONPATH\"]}')\n"


def _zip(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


@pytest.fixture
def packages() -> Iterator[str]:
    """Serve two layers, the second only at the second request for it."""
    layers = {
        "/core": [_zip({"python/shared.py": "WORD = 'started'\n"})],
        "/node": [b"", _zip({"python/dnsnode/__init__.py": "", "python/dnsnode/__main__.py": NODE})],
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = layers[self.path].pop(0)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_the_node_starts_from_its_layers_and_keeps_its_process(packages: str, tmp_path: Path) -> None:
    """Both layers are fetched, a failed fetch is repeated, and the node is the process that was started."""
    (container,) = load().resources["NodeTask"]["Properties"]["ContainerDefinitions"]
    condition, (program, option, text), _ = container["EntryPoint"]["Fn::If"]
    assert (condition, program, option) == ("UsesStockImage", "python3", "-c")
    (tmp_path / "boto3.py").write_text(FAKE_BOTO3)
    text = text.replace("/tmp/node", str(tmp_path / "node")).replace("time.sleep(", "(")

    process = subprocess.Popen(
        [sys.executable, "-c", text],
        env={"PATH": os.defpath, "PYTHONPATH": str(tmp_path), "CODE_LAYERS": "core,node", "PACKAGES": packages},
        stdout=subprocess.PIPE,
        text=True,
    )
    output, _ = process.communicate(timeout=60)

    assert output.splitlines() == [
        "fetching node: BadZipFile",
        f"started as {process.pid} from {tmp_path}/node/python:/var/runtime",
    ]
    assert process.returncode == 0
