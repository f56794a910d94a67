"""What the ACME adapters decide without any network."""

import json
import string
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from certwright import __version__
from certwright.adapters.acme_account import new_account_key
from certwright.adapters.acme_document import instant
from certwright.adapters.acme_network import AcmeNetwork, read_retry_after
from certwright.adapters.acme_problem import MAX_DETAIL, MAX_DOCUMENT, refusal
from certwright.adapters.acme_session import AcmeSession
from certwright.adapters.egress import Egress
from certwright.adapters.keys import PemKeys
from certwright.domain.errors import CaRefusal, InvalidRequest, Unavailable
from tests.support.acme_client import WallClock

WEEK = 7 * 86400.0
NOW = 1_793_000_000_000
URL = "https://ca.test/acme"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


@pytest.fixture
def far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own time zone is not UTC."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "NZST-12")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        (" 30 ", 30),
        ("604801", WEEK),
        ("9" * 5000, WEEK),
        ("Mon, 26 Oct 2026 07:33:25 GMT", 5),
        ("Mon, 26 Oct 2026 07:33:25 -0000", 5),
        ("Mon, 26 Oct 2026 08:33:25 +0100", 5),
        ("Sun, 25 Oct 2026 07:33:25 GMT", 0),
        ("Mon, 26 Oct 2036 07:33:25 GMT", WEEK),
    ],
)
@pytest.mark.usefixtures("far_from_greenwich")
def test_retry_after_is_read_the_same_in_every_time_zone(header: str, seconds: float) -> None:
    """Seconds and dates, bounded to a week, whatever the machine's own zone."""
    assert read_retry_after(header, NOW) == seconds


@pytest.mark.parametrize("header", ["", "-1", "1.5", "soon", "٣", "Mon, 99 Oct 2026 07:33:25 GMT"])
def test_a_retry_after_that_says_nothing_legible_is_none(header: str) -> None:
    """It is told from zero."""
    assert read_retry_after(header, NOW) is None


@given(st.text(string.printable))
def test_no_retry_after_can_break_us(header: str) -> None:
    """Whatever a CA sends, the answer lies within a week or is none."""
    seconds = read_retry_after(header, NOW)
    assert seconds is None or 0 <= seconds <= WEEK


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2026-11-22T02:15:28Z", 1_795_313_728_000),
        ("2026-11-22T02:15:28.123456789Z", 1_795_313_728_123),
        ("2026-11-22T03:15:28+01:00", 1_795_313_728_000),
        ("2026-11-22T02:15:28", 0),
        ("", 0),
        ("tomorrow", 0),
        (7, 0),
    ],
)
def test_instants_are_read_only_with_their_offset(text: object, milliseconds: int) -> None:
    """A time that could mean several is taken for none."""
    assert instant({"expires": text}, "expires") == milliseconds


@given(JSON, st.integers(300, 599))
def test_any_body_of_an_error_becomes_one_of_our_errors(body: object, status: int) -> None:
    """No problem document, however odd, breaks the reading of it."""
    error = refusal(URL, status, json.dumps(body).encode(), 0.0)
    assert isinstance(error, CaRefusal | Unavailable)
    assert error.sentence


def test_a_problem_tells_its_subproblems_names() -> None:
    """Of several bad names all are told (RFC 8555 §6.7.1)."""
    error = _refusal(
        {
            "type": "urn:ietf:params:acme:error:rejectedIdentifier",
            "detail": "Some names are refused",
            "subproblems": [{"identifier": {"value": "a.test"}, "detail": "Not a."}, {"detail": "Not b."}, "odd"],
        }
    )
    assert error.sentence == "Some names are refused; a.test: Not a.; Not b."


@pytest.mark.parametrize(
    ("type", "read"),
    [
        ("urn:ietf:params:acme:error:caa", "caa"),
        ("https://ca.test/errors/odd", "https://ca.test/errors/odd"),
        ("about:blank", ""),
    ],
)
def test_the_type_of_a_problem_loses_its_acme_prefix_only(type: str, read: str) -> None:
    """Types of another namespace stay whole."""
    assert _refusal({"type": type, "detail": "No."}).type == read


def test_a_huge_problem_document_is_reduced_but_stays_json() -> None:
    """What is stored with a certificate is bounded."""
    error = _refusal({"type": "urn:ietf:params:acme:error:caa", "detail": "x" * 50_000, "odd": "y" * 50_000})
    assert len(error.sentence) == MAX_DETAIL
    assert len(error.document) < MAX_DOCUMENT
    assert set(json.loads(error.document)) == {"type", "detail"}


@pytest.mark.parametrize(
    "url", ["http://ca.test/order", "file:///etc/passwd", "ftp://ca.test/", "order/1", "https://[", ""]
)
def test_a_ca_over_https_can_not_lead_to_anything_else(url: str) -> None:
    """What a CA returns is https, or not asked for."""
    network = AcmeNetwork("https://ca.test/directory", egress=Egress(), clock=WallClock())
    with pytest.raises(Unavailable, match="not https"):
        network.request("GET", url)


def test_an_account_key_is_on_p_256_and_has_the_thumbprint_of_rfc_7638() -> None:
    """Two sessions with one key agree on its thumbprint: 43 characters of base64url."""
    key = new_account_key()
    thumbprint = _session(key).thumbprint()
    assert len(thumbprint) == 43
    assert set(thumbprint) <= set(string.ascii_letters + string.digits + "-_")
    assert _session(key).thumbprint() == thumbprint != _session(new_account_key()).thumbprint()


def test_the_thumbprint_of_a_known_key_is_known() -> None:
    """The digest over crv, kty, x and y in that order (RFC 7638 §3)."""
    key = ec.derive_private_key(1, ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert _session(key).thumbprint() == "xx0BcA-wMohw8atYDJOe6peGModklG2wRHBlXHMvl0M"


@pytest.mark.parametrize("key", [b"", b"no key", PemKeys().generate("ec384"), PemKeys().generate("rsa2048")])
def test_an_account_key_of_another_kind_is_refused(key: bytes) -> None:
    """The error names the field and holds nothing of the key."""
    with pytest.raises(InvalidRequest, match=r"account key must be|not a PEM") as caught:
        _session(key)
    assert caught.value.field == "account_key"


def test_the_version_we_tell_cas_is_the_projects() -> None:
    """The two places that say it agree."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["version"] == __version__


def _refusal(document: object) -> CaRefusal:
    error = refusal(URL, 403, json.dumps(document).encode(), 0.0)
    assert isinstance(error, CaRefusal)
    return error


def _session(key: bytes) -> AcmeSession:
    return AcmeSession(AcmeNetwork(URL, egress=Egress(), clock=WallClock()), key)
