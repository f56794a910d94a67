"""Truncation over UDP at exactly the right size, and all of it over TCP."""

from dnsnode import wire
from tests.conformance.served import (
    LONG,
    MANY,
    MANY_VALUES,
    MOST_AMPLIFIED_NAME,
    MOST_AMPLIFIED_VALUES,
    SIZED,
    size_of_answer,
)
from tests.conformance.tables import Row, cases
from tests.support.dns_client import Response, build_opt, build_query, exchange
from tests.support.node_process import ROOT, NodeProcess

OPT = len(build_opt())

LIMITS: dict[str, Row] = {
    "no EDNS": (None, 512),
    "payload 0": (0, 512),
    "payload 1": (1, 512),
    "payload 511": (511, 512),
    "payload 512": (512, 512),
    "payload 513": (513, 513),
    "payload 1231": (1231, 1231),
    "payload 1232": (1232, 1232),
    "payload 1233": (1233, 1232),
    "payload 4096": (4096, 1232),
    "payload 65535": (65_535, 1232),
}


@cases("payload limit", LIMITS)
def test_the_longest_response_that_is_whole_has_exactly_the_limit(
    node: NodeProcess, payload: int | None, limit: int
) -> None:
    """Of responses of all sizes around it: up to the limit whole, above it TC and no records.

    512 bytes without EDNS (RFC 1035 §4.2.1); with it what was asked for, at least 512 (RFC 6891 §6.2.3), at most 1232.
    """
    opt = b"" if payload is None else build_opt(payload=payload)
    sizes = [size for size in SIZED if abs(size + len(opt) - limit) < 6]
    assert len(sizes) > 6
    for size in sizes:
        name, values = SIZED[size]
        response = exchange(node.dns, build_query(name, opt=opt))
        if size + len(opt) <= limit:
            assert (len(response.wire), response.is_truncated) == (size + len(opt), False)
            assert response.answers == values
        else:
            expect_truncated(response, name, opt)
            assert exchange(node.dns, build_query(name, opt=opt), "tcp").answers == values


def expect_truncated(response: Response, name: str, opt: bytes = b"", rcode: str = "NOERROR") -> None:
    """TC, the question, the OPT, and nothing else: half an RRset is worth nothing (RFC 2181 §9)."""
    assert (response.rcode, response.is_truncated, response.is_authoritative) == (rcode, True, True)
    question = build_query(name)[12:]
    assert response.wire[4:12] == b"\0\1\0\0\0\0\0" + bytes((bool(opt),))
    assert response.wire[12:] == question + (build_opt() if opt else b"")


def test_thirty_values_at_one_name_come_whole_over_tcp(node: NodeProcess) -> None:
    """Many certificates may be under way for one name; over UDP the asker is told to come back."""
    assert len(MANY_VALUES) == 30
    for opt in (b"", build_opt(), build_opt(payload=65_535)):
        expect_truncated(exchange(node.dns, build_query(MANY, opt=opt)), MANY, opt)
        whole = exchange(node.dns, build_query(MANY, opt=opt), "tcp")
        assert (whole.is_truncated, whole.answers) == (False, MANY_VALUES)


def test_any_is_truncated_as_the_type_itself_is(node: NodeProcess) -> None:
    """The RRset that ANY gets may be the long one."""
    query = build_query(MANY, "ANY", opt=build_opt())
    assert exchange(node.dns, query).is_truncated
    assert exchange(node.dns, query, "tcp").answers == MANY_VALUES


def test_a_denial_too_long_is_truncated_and_whole_over_tcp(node: NodeProcess) -> None:
    """The name of the longest zone stands twice in its SOA, and a third time in the question."""
    name = f"no.{LONG}"
    expect_truncated(exchange(node.dns, build_query(name)), name, rcode="NXDOMAIN")
    for whole in (
        exchange(node.dns, build_query(name), "tcp"),
        exchange(node.dns, build_query(name, opt=build_opt())),
    ):
        assert (whole.rcode, whole.is_truncated, whole.authority) == ("NXDOMAIN", False, ["SOA"])


def test_no_udp_response_is_more_than_ten_times_its_query(node: NodeProcess) -> None:
    """What a few bytes ask for is truncated, though it would fit; a query padded to a fair size gets it whole."""
    name, values = MOST_AMPLIFIED_NAME, MOST_AMPLIFIED_VALUES
    padded = build_opt(options=b"\0\x0c\0\x10" + b"\0" * 16)
    plain = build_query(name, opt=build_opt())
    assert size_of_answer(name, values) + OPT > 10 * len(plain)
    assert size_of_answer(name, values) + OPT <= 10 * len(build_query(name, opt=padded))
    expect_truncated(exchange(node.dns, plain), name, build_opt())
    assert exchange(node.dns, build_query(name, opt=padded)).answers == values
    assert exchange(node.dns, plain, "tcp").answers == values


def test_the_readme_says_how_much_is_amplified() -> None:
    """The factor in the code is the factor that is promised."""
    readme = " ".join((ROOT / "dnsnode" / "README.md").read_text().split())
    assert f"No UDP response is more than {wire.MOST_AMPLIFIED} times as long as its query" in readme
