"""The choices of local mode: addresses, options and variables, Pebble's configuration and certificate."""

import json
import socket
import ssl
from pathlib import Path

import pytest

from local.endpoints import Endpoints
from local.options import OPTIONS, parse
from local.pebble import PebbleMissingError, find_binary, make_tls_certificate, prepare
from local.ports import NoFreePortError, find_port, is_listening
from local.processes import Processes
from local.stack import EndpointError, create
from local.system import Options, allow_list, make_plan
from local.template import load


def test_one_port_serves_dns_on_all_addresses() -> None:
    """Provider, node and resolver share a port, so that one check port reaches them all."""
    plan = make_plan(Options())
    port = str(plan.check_dns_port)
    assert plan.provider_listen == f"127.0.0.2:{port}"
    assert plan.node_listen == f"127.0.0.9:{port}"
    assert plan.ca_resolver == f"127.0.0.53:{port}"
    assert plan.root_hints == "127.0.0.2"
    assert plan.node_http_listen == f"127.0.0.9:{plan.check_http_port}"


def test_without_the_stand_in_checks_look_at_the_real_internet() -> None:
    """No root hints, port 53, and a CA that asks the system's resolver."""
    plan = make_plan(Options(has_provider=False))
    assert (plan.root_hints, plan.check_dns_port, plan.ca_resolver) == ("", 53, "")


def test_every_part_can_be_replaced() -> None:
    """What is given stands, whatever else was chosen."""
    given = Options(
        has_provider=False,
        root_hints="a.root.test=127.0.0.2",
        ca_resolver="127.0.0.53:53",
        node_listen="127.0.0.9:53",
        node_http_listen="127.0.0.9:80",
        node_address="192.0.2.1",
        check_dns_port=5300,
        check_http_port=8000,
    )
    plan = make_plan(given)
    assert plan.root_hints == "a.root.test=127.0.0.2"
    assert plan.ca_resolver == "127.0.0.53:53"
    assert (plan.node_listen, plan.node_http_listen, plan.node_address) == ("127.0.0.9:53", "127.0.0.9:80", "192.0.2.1")
    assert (plan.check_dns_port, plan.check_http_port) == (5300, 8000)


def test_an_option_goes_before_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables set defaults, also for numbers; unset ones leave the part to be started here."""
    monkeypatch.setenv("ACME_DIRECTORY", "https://variable.test/dir")
    monkeypatch.setenv("NODE_ADDRESS", "192.0.2.9")
    monkeypatch.setenv("TIME_SCALE", "20")
    options = parse(["--acme-directory", "https://option.test/dir", "--no-provider"])
    assert options.acme_directory == "https://option.test/dir"
    assert (options.node_address, options.time_scale, options.has_provider) == ("192.0.2.9", 20.0, False)
    assert options.aws_endpoint == ""


def test_help_tells_every_option_and_variable(capsys: pytest.CaptureFixture[str]) -> None:
    """All that can be replaced is documented where it is looked for."""
    with pytest.raises(SystemExit):
        parse(["--help"])
    text = capsys.readouterr().out
    for option in OPTIONS:
        assert f"--{option.name}" in text
        assert f"[{option.variable}]" in text.replace("\n", " ")


@pytest.mark.parametrize(
    ("option", "value", "remedy"),
    [
        ("--acme-directory", "pebble", "https URL"),
        ("--acme-directory", "http://127.0.0.1:14000/dir", "https URL"),
        ("--acme-ca-bundle", "/nowhere/ca.pem", "no file"),
        ("--contact", "me", "one email address"),
        ("--root-hints", "127.0.0.2,a.root.test", "name=address"),
        ("--node-listen", "127.0.0.9", "ADDR:PORT"),
        ("--node-listen", "127.0.0.9:65536", "ADDR:PORT"),
        ("--node-http-listen", "localhost:80", "ADDR:PORT"),
        ("--node-address", "ns.example.test", "IPv4 address"),
        ("--challenge-host", "https://challenge.example.test/", "host name"),
        ("--ca-resolver", "127.0.0.53", "ADDR:PORT"),
        ("--egress-allow", "10.0.0.0", "10.1.0.0/16"),
        ("--aws-endpoint", "127.0.0.1:5000", "http://"),
        ("--log-level", "LOUD", "DEBUG, INFO"),
        ("--check-dns-port", "0", "1 to 65535"),
        ("--check-http-port", "-80", "1 to 65535"),
        ("--api-port", "65536", "1 to 65535"),
        ("--time-scale", "0", "above 0"),
        ("--time-scale", "nan", "above 0"),
        ("--workers", "two", "1 to 100"),
    ],
)
def test_a_wrong_value_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, option: str, value: str, remedy: str
) -> None:
    """The message names the option and the remedy, also for the variable."""
    variable = next(item.variable for item in OPTIONS if f"--{item.name}" == option)
    with pytest.raises(SystemExit) as as_option:
        parse([f"{option}={value}"])
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as as_variable:
        parse([])
    assert (as_option.value.code, as_variable.value.code) == (2, 2)
    first, second = [line for line in capsys.readouterr().err.splitlines() if "error: argument" in line]
    assert first == second
    assert option in first
    assert variable in first
    assert remedy in first


def test_right_values_are_taken(tmp_path: Path) -> None:
    """As they are, a file with its whole path."""
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    arguments = ["--acme-directory=letsencrypt-staging", f"--acme-ca-bundle={bundle}", "--root-hints=a.test=192.0.2.1"]
    options = parse([*arguments, "--egress-allow=10.0.0.0/8:53", "--node-listen=0.0.0.0:53", "--workers=4"])
    assert (options.acme_directory, options.acme_ca_bundle) == ("letsencrypt-staging", str(bundle))
    assert (options.root_hints, options.egress_allow) == ("a.test=192.0.2.1", "10.0.0.0/8:53")
    assert (options.node_listen, options.workers) == ("0.0.0.0:53", 4)


def test_a_node_is_shown_where_it_listens() -> None:
    """One address given is enough, and the stand-in follows its port; a wildcard is no address to show."""
    plan = make_plan(Options(node_listen="127.0.0.10:5300"))
    assert (plan.node_address, plan.check_dns_port, plan.provider_listen) == ("127.0.0.10", 5300, "127.0.0.2:5300")
    assert plan.node_http_listen.startswith("127.0.0.10:")
    assert make_plan(Options(node_address="127.0.0.11")).node_listen.startswith("127.0.0.11:")
    assert make_plan(Options(node_listen="0.0.0.0:5300")).node_address == "127.0.0.9"
    behind = make_plan(Options(node_listen="127.0.0.10:5300", node_address="192.0.2.1"))
    assert (behind.node_address, behind.node_listen) == ("192.0.2.1", "127.0.0.10:5300")


def test_a_ca_on_this_machine_may_be_reached_without_further_ado() -> None:
    """On its port and those of the run, on loopback only; what is allowed beside stays."""
    plan = make_plan(Options(node_listen="127.0.0.9:5300", node_http_listen="127.0.0.9:8000"))
    assert allow_list(plan, "https://127.0.0.1:14000/dir") == "127.0.0.0/8:5300+8000+14000"
    assert allow_list(plan, "letsencrypt", "10.0.0.0/8") == "127.0.0.0/8:443+5300+8000,10.0.0.0/8"


def test_an_aws_endpoint_that_is_not_there_is_named() -> None:
    """One sentence, and no trace of the library's."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(EndpointError, match=f"AWS endpoint {url} can't be used"):
        create(load(), Endpoints(url))


def test_a_port_in_use_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no port is free on all addresses, the error names them."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_listening("127.0.0.1", port)
        monkeypatch.setattr("local.ports.random.randint", lambda *_: port)
        with pytest.raises(NoFreePortError, match=r"127\.0\.0\.9, 127\.0\.0\.1"):
            find_port(["127.0.0.9", "127.0.0.1"])
    assert not is_listening("127.0.0.1", port)


def test_a_missing_pebble_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to run."""
    monkeypatch.setenv("PEBBLE_BIN", "/nowhere/pebble")
    with pytest.raises(PebbleMissingError, match=r"/nowhere/pebble.*make setup.*PEBBLE_BIN"):
        find_binary()


def test_pebble_is_configured_for_loopback(tmp_path: Path) -> None:
    """Both listeners on 127.0.0.1, validation at the node's HTTP port, no authorization reuse, no sleeps."""
    pebble = prepare(tmp_path, http_port=8123, dns_server="127.0.0.53:1", binary="/bin/true")
    written = json.loads((tmp_path / "pebble.json").read_text())["pebble"]
    assert written["listenAddress"] == f"127.0.0.1:{pebble.port}"
    assert written["managementListenAddress"] == f"127.0.0.1:{pebble.management_port}"
    assert written["httpPort"] == 8123
    assert written["retryAfter"] == {"authz": 1, "order": 1}
    assert pebble.environment == {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0"}
    assert pebble.command[-2:] == ("-dnsserver", "127.0.0.53:1")
    assert (tmp_path / "tls.key").stat().st_mode & 0o777 == 0o600


def test_pebbles_certificate_satisfies_strict_verification(tmp_path: Path) -> None:
    """Python's default context, strict since 3.13, accepts it for the address, and only with its own CA."""
    make_tls_certificate(tmp_path)
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_context.load_cert_chain(tmp_path / "tls.pem", tmp_path / "tls.key")
    context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    assert context.verify_flags & ssl.VERIFY_X509_STRICT

    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    server = server_context.wrap_bio(outgoing, incoming, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert ("IP Address", "127.0.0.1") in client.getpeercert()["subjectAltName"]  # type: ignore[index]


def test_pebble_starts_with_it(tmp_path: Path) -> None:
    """The real CA takes the configuration, and its directory is served under the certificate made for it."""
    try:
        pebble = prepare(tmp_path, http_port=8123, dns_server="")
    except PebbleMissingError as error:
        pytest.skip(str(error))
    context = ssl.create_default_context(cafile=pebble.ca_bundle)
    with Processes(tmp_path) as processes:
        child = processes.start("pebble", pebble.command, pebble.environment)
        child.wait_until(lambda: is_listening("127.0.0.1", pebble.port))
        with (
            socket.create_connection(("127.0.0.1", pebble.port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as tls,
        ):
            tls.sendall(b"GET /dir HTTP/1.0\r\nHost: 127.0.0.1\r\nUser-Agent: test\r\n\r\n")
            answer = b"".join(iter(lambda: tls.recv(4096), b""))
    assert b"newOrder" in answer
