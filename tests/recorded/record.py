"""Record the items of all tables while certificates are in every state (`python -m tests.recorded.record FILE`).

To be run with the last version that writes a shape, before a change to it: the file is then what the change must read.
"""

import json
import sys
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from moto.server import ThreadedMotoServer

from certwright.domain.owner import DEFAULT_OWNER
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.owners import create_owner, create_token
from certwright.flows.world import Workshop
from certwright.flows.zones import rename_zone
from local.atomic import make_requests_atomic
from local.endpoints import Endpoints
from tests.support.workshop import NODES, LiveWorkshop, hook, hook_ca, is_issued, live_workshop

TABLES = ("CERTIFICATES_TABLE", "REGISTRY_TABLE", "ANSWERS_TABLE", "NODES_TABLE")


class WorkerDied(Exception):
    """Stands for a worker's process that is no more: nothing is tidied up after it."""


def die() -> None:
    """Have the worker die here."""
    raise WorkerDied


def record(live: LiveWorkshop) -> dict[str, list[Any]]:
    """Bring certificates into every state, and read all that is stored then."""
    with live.node():
        renewed = live.prepare_wildcard()
        live.work_until(renewed, is_issued)
        issued_by_http = ask_for_plain_name(live, "www.example.test")
        live.work_until(issued_by_http, is_issued)
        fail(live, ask_for_plain_name(live, "failed.example.test"))
        (zone,) = live.desk.registry.zones.list_all()
        rename_zone(live.desk, zone, "later.example.test", "ns2.example.test")

        live.work_on(live.ask_for("missing.example.test", "*.missing.example.test"))
        answering = replace(live.workshop, cas=hook_ca(live.workshop.cas, "answer", before=die))
        die_at(live, ask_for_plain_name(live, "visible.example.test"), answering)
        publishing = replace(live.workshop, answers=hook(live.workshop.answers, "publish", after=die))
        die_at(live, ask_for_plain_name(live, "published.example.test"), publishing)
        deleted = ask_for_plain_name(live, "deleted.example.test")
        die_at(live, deleted, replace(live.workshop, cas=hook_ca(live.workshop.cas, "finalize", before=die)))
        live.desk.certificates.wake(deleted, live.clock.now(), is_deleted=True)
        live.clock.move_to(live.read(renewed).work.renew_at)
        die_at(live, renewed, publishing)
        add_other_owner(live)
        return {table: read_all(live, table) for table in TABLES}


def ask_for_plain_name(live: LiveWorkshop, name: str) -> str:
    """Request a certificate that is proven by HTTP-01, with its record there."""
    request = CertificateRequest(DEFAULT_OWNER, (name,), idempotency_key=f"request of {name}")
    certificate_id = create_certificate(live.desk, request).desired.id
    live.provider.add("A", name, NODES[0])
    return certificate_id


def fail(live: LiveWorkshop, certificate_id: str) -> None:
    """Have an order end as invalid: the record goes away while it runs."""
    name = live.read(certificate_id).desired.names[0]
    cas = hook_ca(live.workshop.cas, "answer", before=lambda: live.provider.delete("A", name, NODES[0]))
    live.work_until(certificate_id, lambda managed: managed.work.failures == 1, replace(live.workshop, cas=cas))


def die_at(live: LiveWorkshop, certificate_id: str, doomed: Workshop) -> None:
    """Work on a certificate with a workshop in which the worker dies."""
    try:
        live.work_until(certificate_id, lambda _: False, doomed)
    except WorkerDied:
        return
    raise AssertionError(f"{certificate_id} never came to the point")


def add_other_owner(live: LiveWorkshop) -> None:
    """Make a second owner with a token."""
    owner = create_owner(live.desk, "other", ("*.other.test",))
    create_token(live.desk, owner.id, "requester", "recorded", 1)


def read_all(live: LiveWorkshop, table: str) -> list[Any]:
    """Read a table whole, in a steady order, as JSON can hold it."""
    client = live.stack.client("dynamodb")
    items = client.get_paginator("scan").paginate(TableName=live.variables[table]).build_full_result()["Items"]
    return sorted((as_json(item) for item in items), key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def as_json(value: Any) -> Any:
    """Write bytes in base64, as the AWS CLI does; all else is JSON already."""
    match value:
        case dict():
            return {name: as_json(part) for name, part in value.items()}
        case list():
            return [as_json(part) for part in value]
        case bytes():
            return b64encode(value).decode("ascii")
        case _:
            return value


def as_text(tables: dict[str, list[Any]]) -> str:
    """Write JSON with an item a line."""
    texts = [f'"{name}": [\n{",\n".join(map(json.dumps, items))}\n]' for name, items in tables.items()]
    return f"{{{',\n'.join(texts)}}}\n"


def main(file: Path) -> None:
    """Run the world once and write what it stored."""
    make_requests_atomic()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        with TemporaryDirectory() as folder, live_workshop(Path(folder), Endpoints(f"http://{host}:{port}")) as live:
            file.write_text(as_text(record(live)))
    finally:
        server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
