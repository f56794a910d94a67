"""What docs/rfc-divergences.md says of the node, line by line: each line has its check, each check its line."""

import socket
from collections.abc import Callable
from dataclasses import replace

import pytest

from certwright.domain.answer import ServedZone
from dnsnode.lease import Lease
from dnsnode.table import AnswerTable
from tests.conformance.served import EMPTY, INSIDE, MANY, MOST_AMPLIFIED_NAME, NAME, VALUES, ZONE
from tests.support.dns_client import Response, Transport, build_opt, build_query, exchange, receive_tcp
from tests.support.node_process import ROOT, NodeProcess

type Check = Callable[["Ask"], None]

SECTION = "## DNS, as the node serves it"
SERVED = ServedZone(ZONE, ("ns.example.test",), ("192.0.2.8", "192.0.2.9"))


class Ask:
    """Asks the node: a name and a type, or a message as it is."""

    def __init__(self, node: NodeProcess) -> None:
        self.server = node.dns

    def __call__(
        self, asked: str | bytes, rrtype: str | int = "TXT", *, opt: bytes = b"", transport: Transport = "udp"
    ) -> Response:
        query = asked if isinstance(asked, bytes) else build_query(asked, rrtype, opt=opt)
        return exchange(self.server, query, transport)


def in_memory(table: AnswerTable, name: str, rrtype: str = "TXT") -> Response:
    """Ask a table of this process, which can be blind or renamed at once."""
    response = table.respond(build_query(name, rrtype))
    assert response
    return Response(response)


def every_uuid_exists(ask: Ask) -> None:
    for rrtype in ("TXT", "A", "NS"):
        assert (ask(f"{EMPTY}.{ZONE}", rrtype).rcode, ask(f"{EMPTY}.{ZONE}", rrtype).answers) == ("NOERROR", [])
    assert ask(f"www.{ZONE}").rcode == "NXDOMAIN"


def serial_is_one_and_denials_are_short(ask: Ask) -> None:
    soa = ask(ZONE, "SOA").parsed.rr[0]
    assert (soa.rdata.times[0], soa.rdata.times[4], soa.ttl) == (1, 5, 5)


def blind_nodes_do_not_deny(_: Ask) -> None:
    table = AnswerTable(Lease(denials_until=105.0, answers_until=160.0))
    table.set_zone(SERVED)
    table.set_txt(NAME, ("value",))
    seen = {}
    for now in (104.0, 105.0, 160.0):
        table.tick(now)
        seen[now] = [in_memory(table, name).rcode for name in (NAME, f"{EMPTY}.{ZONE}")]
    assert seen == {104.0: ["NOERROR"] * 2, 105.0: ["NOERROR", "SERVFAIL"], 160.0: ["SERVFAIL"] * 2}


def one_name_has_all_addresses(_: Ask) -> None:
    table = AnswerTable()
    table.set_zone(replace(SERVED, name_servers=(f"ns.{ZONE}",)))
    assert in_memory(table, ZONE, "NS").answers == [f"ns.{ZONE}."]
    assert in_memory(table, f"ns.{ZONE}", "A").answers == list(SERVED.addresses)


def a_rename_in_place_shows_at_the_child(_: Ask) -> None:
    table = AnswerTable()
    for name_server in ("old.example.test", "new.example.test"):
        table.set_zone(replace(SERVED, name_servers=(name_server,)))
        assert in_memory(table, ZONE, "NS").answers == [f"{name_server}."]


def any_gets_one_rrset(ask: Ask) -> None:
    assert {record.rtype for record in ask(ZONE, "ANY").parsed.rr} == {6}
    assert ask(f"{EMPTY}.{ZONE}", "ANY").answers == []


def cookies_are_checked_for_form_and_ignored(ask: Ask) -> None:
    assert ask(NAME, opt=build_opt(options=b"\0\x0a\0\x08abcdefgh")).wire.endswith(build_opt())
    assert ask(NAME, opt=build_opt(options=b"\0\x0a\0\x09abcdefgh")).rcode == "FORMERR"


def udp_carries_1232_bytes(ask: Ask) -> None:
    assert ask(MANY, opt=build_opt(payload=4096)).is_truncated
    assert len(ask(MANY, opt=build_opt(payload=4096), transport="tcp").wire) > 1232


def ten_times_the_query_is_the_most(ask: Ask) -> None:
    assert ask(MOST_AMPLIFIED_NAME, opt=build_opt()).is_truncated
    assert not ask(MOST_AMPLIFIED_NAME, opt=build_opt(options=b"\0\x0c\0\x10" + b"\0" * 16)).is_truncated


def sections_hold_only_what_is_needed(ask: Ask) -> None:
    apex = ask(INSIDE, "NS").parsed
    assert (len(apex.rr), apex.auth, apex.ar) == (2, [], [])
    assert (ask(NAME).answers, ask(NAME).authority) == (VALUES, [])


def one_question_at_a_time(ask: Ask) -> None:
    query = build_query(NAME)
    assert ask(query[:4] + b"\0\2" + query[6:] + query[12:]).rcode == "FORMERR"


def transfers_are_refused(ask: Ask) -> None:
    transports: tuple[Transport, ...] = ("udp", "tcp")
    for transport in transports:
        assert {ask(ZONE, rrtype, transport=transport).rcode for rrtype in ("AXFR", "IXFR")} == {"REFUSED"}


def other_opcodes_are_not_implemented(ask: Ask) -> None:
    assert {ask(build_query(ZONE, "SOA", flags=opcode << 11)).rcode for opcode in (1, 2, 4, 5, 6)} == {"NOTIMP"}


def signatures_are_a_format_error(ask: Ask) -> None:
    query = build_query(NAME)
    tsig = b"\3key\0\0\xfa\0\xff\0\0\0\0\0\0"
    assert ask(query[:10] + b"\0\1" + query[12:] + tsig).rcode == "FORMERR"


def other_classes_are_refused(ask: Ask) -> None:
    assert {ask(build_query(NAME, rrclass=rrclass)).rcode for rrclass in (3, 4, 254, 255)} == {"REFUSED"}


def nothing_is_signed_and_do_comes_back(ask: Ask) -> None:
    response = ask(f"www.{ZONE}", opt=build_opt(flags=0x8000))
    assert (response.authority, response.wire[-11:]) == (["SOA"], build_opt(flags=0x8000))
    assert ask(ZONE, 48).answers == []


def long_queries_are_cut(ask: Ask) -> None:
    query = build_query(NAME) + b"x" * 5000
    assert ask(query).rcode == "FORMERR"
    with socket.create_connection(ask.server, 20) as sock:
        sock.sendall(len(query).to_bytes(2) + query[:4096])
        assert Response(receive_tcp(sock)).rcode == "FORMERR"
        assert sock.recv(1) == b""


CHECKS: dict[str, Check] = {
    "1034 §3.1, 8020": every_uuid_exists,
    "1035 §3.3.13, 2308 §5": serial_is_one_and_denials_are_short,
    "2308 §2.2": blind_nodes_do_not_deny,
    "2182 §3": one_name_has_all_addresses,
    "1034 §4.2.2, 1912 §2.8": a_rename_in_place_shows_at_the_child,
    "1034 §4.3.2": sections_hold_only_what_is_needed,
    "8482 §4.1": any_gets_one_rrset,
    "7873": cookies_are_checked_for_form_and_ignored,
    "6891 §6.2.5": udp_carries_1232_bytes,
    "1035 §4.2.1": ten_times_the_query_is_the_most,
    "1035 §4.1.2": one_question_at_a_time,
    "1035 §4.2.2, 7766 §8": long_queries_are_cut,
    "5936, 1995": transfers_are_refused,
    "1996, 2136, 8490": other_opcodes_are_not_implemented,
    "8945, 2931": signatures_are_a_format_error,
    "3597, 1035": other_classes_are_refused,
    "4033": nothing_is_signed_and_do_comes_back,
}


def documented() -> list[str]:
    """Read which RFCs the table of the document names, line by line."""
    _, _, rest = (ROOT / "docs" / "rfc-divergences.md").read_text().partition(SECTION)
    table = [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [line.split("|")[1].strip() for line in table[2:]]


def test_the_document_and_the_checks_name_the_same() -> None:
    """No line without a check, no check without a line."""
    assert sorted(documented()) == sorted(CHECKS)


@pytest.mark.parametrize("rfc", CHECKS)
def test_it_is_as_the_document_says(node: NodeProcess, rfc: str) -> None:
    """Asked of the real process, or of a table in memory where it would have to be blind or renamed."""
    CHECKS[rfc](Ask(node))
