"""Every state of an HTTP-01 name as the world shows it, and the sentence for it."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certwright.domain.problem import Actor
from certwright.domain.records import NameCheck, WantedAddress
from tests.support.dns_world import NODE, OTHER, THIRD, A, World, cname
from tests.support.http_servers import saying

NAME = "www.example.test"
REDIRECT_HOST = "ns.example.test"
WANTED = WantedAddress(NAME, (NODE,), (REDIRECT_HOST,))
ADD = f"A {NAME} → {NODE}"
CHALLENGES = "/.well-known/acme-challenge/"
OFFER = (
    f"Where a site runs there, let it redirect {CHALLENGES} to http://{REDIRECT_HOST}{CHALLENGES}; else change it to "
    f"{ADD}, or use DNS-01."
)


class State(NamedTuple):
    """What DNS shows, and what is said of it."""

    shown: str
    code: str
    records: list[tuple[str, str, str]]
    sentence: str


DNS_STATES = [
    State("nothing there", "address-missing", [], f"{NAME} has no address yet. Add {ADD}."),
    State("another type there", "address-missing", [("TXT", NAME, "x")], f"{NAME} has no address yet. Add {ADD}."),
    State(
        "an alias of nothing",
        "address-missing",
        [cname("site.other.test", NAME)],
        f"{NAME} is an alias of site.other.test, which has no address. Give site.other.test an address, or delete the "
        f"CNAME and add {ADD}.",
    ),
    State(
        "aliases in a circle",
        "cname-loop",
        [cname("site.other.test", NAME), cname(NAME, "site.other.test")],
        f"The CNAME records run in a circle: {NAME} → site.other.test → {NAME}. Delete or correct one of them.",
    ),
]


@pytest.mark.parametrize("state", DNS_STATES, ids=[state.shown for state in DNS_STATES])
def test_a_name_without_an_address_is_told_what_to_add(world: World, state: State) -> None:
    """Before any site is asked, the records themselves are judged."""
    world.add(*state.records)
    problem = world.checks().check_address(WANTED).problem
    assert problem is not None
    assert (problem.code, problem.sentence, problem.actor) == (state.code, state.sentence, Actor.USER)


def test_a_name_at_our_address_stands(world: World) -> None:
    """All A records ours: nothing else is asked."""
    world.add(("A", NAME, NODE))
    check = world.checks().check_address(WANTED)
    assert (check.identifier, check.problem, check.target) == (NAME, None, "")


def test_an_alias_that_ends_at_our_address_stands(world: World) -> None:
    """CNAMEs are followed as a CA follows them, across zones too."""
    world.add(cname("site.other.test", NAME), cname("ns.example.test", "site.other.test"), A)
    assert world.checks().check_address(WANTED).problem is None


def test_a_missing_domain_is_named(world: World) -> None:
    """A name below a domain that does not exist is told apart from a missing record."""
    problem = world.checks().check_address(WantedAddress("www.nowhere.test", (NODE,), ())).problem
    assert problem is not None
    assert (problem.code, problem.subject) == ("domain-missing", "nowhere.test")


def look(world: World, said: bytes) -> tuple[NameCheck, list[bytes]]:
    """Check the name with its address at a site that says the given bytes."""
    world.add(("A", NAME, OTHER))
    with saying(OTHER, said) as site:
        return world.checks(http_port=site.port).check_address(WANTED), site.heard


def redirect(location: str, status: str = "301 Moved") -> bytes:
    """Write a redirect."""
    return f"HTTP/1.1 {status}\r\nServer: x\r\nLocation: {location}\r\n\r\n".encode()


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("host", ["ns.example.test", "NS.Example.test:80"])
def test_a_site_that_redirects_challenges_to_us_stands(world: World, status: str, host: str) -> None:
    """Each redirect that a CA follows will do; the site stays where it is."""
    check, heard = look(world, redirect(f"http://{host}{CHALLENGES}certwright-check", status))
    assert check.problem is None
    assert [(hop.part.value, hop.state) for hop in check.hops][-2:] == [("address", "ok"), ("site", "ok")]
    assert heard[0].startswith(f"GET {CHALLENGES}certwright-check HTTP/1.1\r\nHost: {NAME}:".encode())


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nhello", "answered with status 200"),
        (b"HTTP/1.0 404 Not Found\r\n\r\n", "answered with status 404"),
        (redirect(f"https://elsewhere.test{CHALLENGES}certwright-check"), "answered with status 301 to elsewhere.test"),
        (
            redirect(f"http://{REDIRECT_HOST}{CHALLENGES}certwright-check", "303 See Other"),
            "answered with status 303 to",
        ),
        (redirect(f"{CHALLENGES}certwright-check"), "answered with status 301."),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "gave no answer over HTTP (the reply was not HTTP)"),
        (b"HTTP/1.1 301 Moved\r\n", "gave no answer over HTTP (the reply was not HTTP)"),
        (b"HTTP/1.1 301 Moved\r\n" + b"X: y\r\n" * 5000, "gave no answer over HTTP (the reply was not HTTP)"),
        (
            redirect(f"http://{REDIRECT_HOST}{CHALLENGES}certwright-check").replace(
                b"Server: x", b"Server: " + b"x" * 20000
            ),
            "gave no answer over HTTP (the reply was not HTTP)",
        ),
    ],
    ids=["200", "404", "redirect elsewhere", "303", "relative", "not HTTP", "cut off", "many headers", "large headers"],
)
def test_a_site_that_does_not_lead_to_us_is_offered_the_redirect(world: World, said: bytes, told: str) -> None:
    """A site is never told to move: the redirect comes first, and what it answered is shown."""
    problem = look(world, said)[0].problem
    assert problem is not None
    assert (problem.code, problem.actor, problem.found) == ("address-elsewhere", Actor.USER, OTHER)
    assert problem.sentence.startswith(f"{NAME} leads to {OTHER}, not to us, and {OTHER} ")
    assert told in problem.sentence
    assert problem.sentence.endswith(OFFER)


def test_a_redirect_that_drops_the_path_is_named(world: World) -> None:
    """A redirect to our host alone loses the token, and a CA would find nothing."""
    problem = look(world, redirect(f"http://{REDIRECT_HOST}/"))[0].problem
    assert problem is not None
    assert problem.code == "redirect-path-lost"
    assert problem.sentence == (
        f"{NAME} redirects to us, but not to the same path: / in place of {CHALLENGES}certwright-check. Let the "
        f"redirect keep what follows {CHALLENGES}."
    )


def test_a_closed_web_port_is_told(world: World) -> None:
    """A site that is down is told as such, with the same ways out."""
    world.add(("A", NAME, OTHER))
    with saying(OTHER, b"") as site:
        port = site.port
    problem = world.checks(http_port=port).check_address(WANTED).problem
    assert problem is not None
    assert problem.sentence == (
        f"{NAME} leads to {OTHER}, not to us, and {OTHER} gave no answer over HTTP (the port is closed). {OFFER}"
    )


def test_one_foreign_address_among_ours_is_a_problem(world: World) -> None:
    """A CA may pick any of the addresses: the foreign one is asked, and named."""
    world.add(("A", NAME, NODE), ("A", NAME, OTHER))
    with saying(OTHER, b"HTTP/1.1 200 OK\r\n\r\n") as site:
        problem = world.checks(http_port=site.port).check_address(WANTED).problem
    assert problem is not None
    assert (problem.code, problem.found) == ("address-elsewhere", f"{OTHER}, {NODE}")
    assert problem.sentence.startswith(f"{NAME} leads to {OTHER}, not to us,")
    assert site.heard


def test_an_ipv6_address_that_is_not_ours_is_named(world: World) -> None:
    """A CA tries IPv6 first and never comes back from a wrong answer."""
    world.add(("A", NAME, NODE), ("AAAA", NAME, "2001:db8::7"))
    problem = world.checks().check_address(WANTED).problem
    assert problem is not None
    assert (problem.code, problem.actor) == ("ipv6-elsewhere", Actor.USER)
    assert problem.sentence == (
        f"{NAME} has the IPv6 address 2001:db8::7, which is not ours, and CAs try IPv6 first. Delete AAAA {NAME} → "
        "2001:db8::7, or use DNS-01."
    )


def test_a_private_web_address_is_never_asked(world: World) -> None:
    """A name can't make us send requests into a private network."""
    world.add(("A", NAME, OTHER))
    with saying(OTHER, redirect(f"http://{REDIRECT_HOST}{CHALLENGES}certwright-check")) as site:
        problem = world.checks(http_port=site.port, allow="127.0.41.2/32").check_address(WANTED).problem
    assert problem is not None
    assert problem.code == "address-elsewhere"
    assert "may not be reached" in problem.sentence
    assert site.heard == []


def check_by_way(world: World, first: str, second: bytes, tls: ssl.SSLContext | None = None) -> NameCheck:
    """Check the name with a site that redirects by `{port}` to a second one, at another address, that says more."""
    world.add(("A", NAME, OTHER), ("A", "site.other.test", THIRD))
    with saying(THIRD, second, tls) as way, saying(OTHER, redirect(first.format(port=way.port))) as site:
        allow = f"127.0.0.0/8:{world.port}+{site.port}+{way.port}"
        return world.checks(allow=allow, http_port=site.port).check_address(WANTED)


@pytest.mark.parametrize("status", ["301 Moved", "308 Permanent"])
def test_a_redirect_over_another_site_is_followed_as_a_ca_does(world: World, status: str) -> None:
    """Many sites send everything to https, or to another name, first: what counts is where it ends."""
    second = redirect(f"http://{REDIRECT_HOST}{CHALLENGES}certwright-check", status)
    check = check_by_way(world, f"http://site.other.test:{{port}}{CHALLENGES}certwright-check?x", second)
    assert check.problem is None


def test_a_redirect_over_https_needs_no_valid_certificate(world: World, tmp_path: Path) -> None:
    """CAs do not verify it either: it may be what is to be issued."""
    second = redirect(f"http://{REDIRECT_HOST}{CHALLENGES}certwright-check")
    first = f"https://site.other.test:{{port}}{CHALLENGES}certwright-check"
    assert check_by_way(world, first, second, self_signed(tmp_path)).problem is None


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("http://site.other.test:{port}/x", b"HTTP/1.1 200 OK\r\n\r\n", f"{THIRD} answered with status 200."),
        (
            "https://site.other.test:{port}/x",
            b"HTTP/1.1 200 OK\r\n\r\n",
            f"{THIRD} gave no answer over HTTP (TLS failed)",
        ),
        ("http://site.other.test:1/x", b"", "port 1 is not one of the check ports"),
        ("http://127.0.41.11:{port}/x", b"HTTP/1.1 200 OK\r\n\r\n", f"{OTHER} answered with status 301 to {THIRD}."),
        ("http://nowhere.test/x", b"", f"{OTHER} answered with status 301 to nowhere.test."),
    ],
    ids=["ends elsewhere", "broken TLS", "a port that is not allowed", "a bare address", "a host without address"],
)
def test_a_redirect_that_ends_elsewhere_is_told_by_its_end(world: World, first: str, second: bytes, told: str) -> None:
    """Whoever reads it learns which of the sites does not lead here."""
    problem = check_by_way(world, first, second).problem
    assert problem is not None
    assert problem.code == "address-elsewhere"
    assert told in problem.sentence


def test_redirects_in_a_circle_end(world: World) -> None:
    """Each page is asked for once."""
    check, heard = look(world, redirect(f"http://{NAME}/again"))
    assert check.problem is not None
    assert f"answered with status 301 to {NAME}." in check.problem.sentence
    assert len(heard) == 2


def self_signed(folder: Path) -> ssl.SSLContext:
    """Make a server's TLS with a certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now - timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "site.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
