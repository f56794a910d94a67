"""A real nginx that serves TLS on a free loopback port, from a bundle in one file."""

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pytest

from tests.support.eventually import eventually
from tests.support.provider_process import free_port

ADDRESS = "127.0.0.1"
SECONDS = 60
CONFIGURATION = Template("""\
daemon off;
pid $folder/pid;
error_log $folder/error.log notice;
worker_processes 1;
$user
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path $folder/body;
  proxy_temp_path $folder/proxy;
  fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi;
  scgi_temp_path $folder/scgi;
  server {
    listen $address:$port ssl;
    ssl_certificate $bundle;
    ssl_certificate_key $bundle;
    location / { return 200 "served\\n"; }
  }
}
""")


@dataclass(frozen=True)
class Nginx:
    """A configured nginx; `trusted` is the root that its clients know."""

    program: str
    folder: Path
    port: int
    trusted: str

    @property
    def reload_command(self) -> str:
        """What has the running one take up new files."""
        return f"{self.program} -c {self.folder}/nginx.conf -e {self.folder}/error.log -s reload"

    def serial(self, name: str) -> str:
        """Make a whole request as a browser would, and tell the serial of the certificate that was shown."""
        context = ssl.create_default_context(cadata=self.trusted)
        with (
            socket.create_connection((ADDRESS, self.port), SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=name) as secure,
        ):
            secure.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            with secure.makefile("rb") as reply:
                assert b"served" in reply.read()
            certificate = secure.getpeercert()
        assert certificate
        return str(certificate["serialNumber"]).lower().lstrip("0")


def configure(folder: Path, bundle: Path, trusted: str) -> Nginx:
    """Write a configuration; skips the test where nginx is not installed."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if not program:
        pytest.skip("nginx is not installed: as root on Debian run `make setup`, elsewhere install it by hand")
    folder.mkdir()
    nginx = Nginx(program, folder, free_port([ADDRESS]), trusted)
    user = "user root;" if os.geteuid() == 0 else ""
    values = {"folder": folder, "address": ADDRESS, "port": nginx.port, "bundle": bundle, "user": user}
    (folder / "nginx.conf").write_text(CONFIGURATION.substitute(values))
    return nginx


@contextmanager
def running(nginx: Nginx) -> Iterator[None]:
    """Run it until the context ends."""
    command = [nginx.program, "-c", str(nginx.folder / "nginx.conf"), "-e", str(nginx.folder / "error.log")]
    process = subprocess.Popen(command)
    try:
        eventually(lambda: _is_open(nginx.port), True)
        yield
    finally:
        process.terminate()
        process.wait(SECONDS)


def _is_open(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex((ADDRESS, port)) == 0
