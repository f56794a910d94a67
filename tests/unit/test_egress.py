"""What the egress policy lets out."""

import pytest

from certwright.adapters.egress import AllowedNetwork, Budget, BudgetSpent, Egress, EgressRefused, parse_allow_list

PUBLIC = ["8.8.8.8", "198.41.0.4", "2606:4700::1111"]
NOT_PUBLIC = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fd00:ec2::254",
    "fe80::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("port", [53, 80, 443])
def test_public_addresses_are_reached_at_the_check_ports(address: str, port: int) -> None:
    """DNS, HTTP and HTTPS to public unicast need no entry."""
    Egress().permit(address, port)


@pytest.mark.parametrize("address", PUBLIC)
def test_other_ports_are_refused(address: str) -> None:
    """A public address is no way to any service."""
    with pytest.raises(EgressRefused, match="port 22 is not one of the check ports") as refusal:
        Egress().permit(address, 22)
    assert refusal.value.code == "egress-refused"


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public_unicast_is_refused(address: str) -> None:
    """Private, local, special and multicast addresses, and IPv6 that embeds them, are not reached."""
    with pytest.raises(EgressRefused, match="not a public unicast address"):
        Egress().permit(address, 53)


def test_the_check_ports_move_with_the_settings() -> None:
    """Where checks use other ports, the usual ones are closed."""
    egress = Egress(dns_port=5300, http_port=8080)
    egress.permit("8.8.8.8", 5300)
    egress.permit("8.8.8.8", 8080)
    for port in (53, 80):
        with pytest.raises(EgressRefused):
            egress.permit("8.8.8.8", port)


def test_an_entry_without_ports_opens_the_check_ports_only() -> None:
    """`10.1.0.0/16` lets DNS, HTTP and HTTPS in there, and nothing else."""
    egress = Egress(allow=parse_allow_list("10.1.0.0/16"))
    egress.permit("10.1.2.3", 443)
    for address, port in (("10.1.2.3", 14000), ("10.2.0.1", 443)):
        with pytest.raises(EgressRefused):
            egress.permit(address, port)


def test_an_entry_with_ports_opens_just_those() -> None:
    """`10.1.0.0/16:14000+15000` names the ports of a private CA."""
    egress = Egress(allow=parse_allow_list("10.1.0.0/16:14000+15000"))
    egress.permit("10.1.2.3", 14000)
    egress.permit("10.1.2.3", 15000)
    with pytest.raises(EgressRefused):
        egress.permit("10.1.2.3", 443)


def test_lists_are_parted_by_commas_or_blanks() -> None:
    """IPv6 networks and ports go together, and an empty list allows nothing."""
    entries = parse_allow_list(" 127.0.0.0/8, fd00::/8:14000\n::1/128 ")
    assert [(str(entry.network), set(entry.ports)) for entry in entries] == [
        ("127.0.0.0/8", set()),
        ("fd00::/8", {14000}),
        ("::1/128", set()),
    ]
    assert isinstance(entries[0], AllowedNetwork)
    assert parse_allow_list("  ") == ()


@pytest.mark.parametrize(
    "entry", ["10.0.0.1", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/8:", "10.0.0.0/8:0", "x/8", "10.0.0.0/8:1-2"]
)
def test_a_bad_entry_is_named(entry: str) -> None:
    """The operator sees which entry is wrong, and a right one beside it."""
    with pytest.raises(ValueError, match="write it like") as error:
        parse_allow_list(f"127.0.0.0/8 {entry}")
    assert repr(entry) in str(error.value)


@pytest.mark.parametrize("url", ["ftp://198.41.0.4/", "https:///dir", "https://198.41.0.4:99999/", "dir"])
def test_what_is_no_web_url_is_refused(url: str) -> None:
    """Only http and https with a host can be permitted at all."""
    with pytest.raises(EgressRefused, match="no http or https URL"):
        Egress().permit_url(url)


def test_a_url_is_judged_by_the_address_of_its_host() -> None:
    """A private CA needs an entry with its port; a public address at 443 needs none."""
    Egress().permit_url("https://198.41.0.4/dir")
    with pytest.raises(EgressRefused, match=r"127\.0\.0\.1 port 14000"):
        Egress().permit_url("https://127.0.0.1:14000/dir")
    Egress(allow=parse_allow_list("127.0.0.0/8:14000")).permit_url("https://127.0.0.1:14000/dir")


def test_a_budget_ends_by_hops_bytes_and_time() -> None:
    """Each of the three limits ends a check, and a try never outlasts what is left."""
    now = [100.0]
    budget = Budget(hops=3, size=10, seconds=5.0, monotonic=lambda: now[0])
    assert budget.take_hop(2.0) == 2.0
    budget.take_bytes(10)
    with pytest.raises(BudgetSpent, match="too many bytes"):
        budget.take_bytes(1)
    now[0] = 104.0
    assert budget.take_hop(2.0) == 1.0
    now[0] = 105.0
    with pytest.raises(BudgetSpent, match="too long"):
        budget.take_hop(2.0)
    with pytest.raises(BudgetSpent, match="too many exchanges"):
        budget.take_hop(2.0)
