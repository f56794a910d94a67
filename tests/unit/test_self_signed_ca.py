"""The test CA that is built in: behind the same ports as an ACME CA, and trusted by nobody."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from certwright.adapters.acme_account import new_account_key
from certwright.adapters.keys import PemKeys
from certwright.adapters.self_signed_ca import SelfSignedCas
from certwright.domain.ca import SELF_SIGNED
from certwright.domain.errors import CaRefusal
from certwright.domain.order import Status
from certwright.domain.renewal import DAY
from certwright.domain.revocation import Reason
from tests.fakes.clock import FakeClock

NAMES = ("*.example.test", "example.test")


def issue(account_key: bytes, *names: str, clock: FakeClock | None = None) -> tuple[bytes, bytes]:
    """Go through an order as the flows do; returns key and chain."""
    cas, keys = SelfSignedCas(clock or FakeClock()), PemKeys()
    url = cas.registration(SELF_SIGNED, account_key).register("", terms_agreed=False)
    ca = cas.account(SELF_SIGNED, account_key, url)
    placed = ca.place_order(names, "", "")
    assert (placed.status, placed.authorization_urls) == (Status.READY, ())
    order = ca.fetch_order(placed.url)
    assert set(order.names) == set(names)
    key = keys.generate("ec-p256")
    valid = ca.finalize(order, keys.build_csr(key, names))
    assert valid.status is Status.VALID
    return key, ca.download(valid)


@pytest.mark.parametrize("names", [NAMES, ("www.internal",), ("192.0.2.7", "a.example.test")])
def test_it_issues_at_once_whatever_is_asked_for(names: tuple[str, ...]) -> None:
    """Names that nobody could prove too, and the chain is what its account's root vouches for."""
    clock = FakeClock()
    key, chain = issue(new_account_key(), *names, clock=clock)
    leaf, keys = PemKeys().read_leaf(chain), PemKeys()
    assert (set(leaf.names), leaf.public_key) == (set(names), keys.public_key(key))
    assert leaf.not_before < clock.now() < leaf.not_after < clock.now() + 91 * DAY
    certificates = x509.load_pem_x509_certificates(chain)
    certificates[0].verify_directly_issued_by(certificates[1])
    certificates[1].verify_directly_issued_by(certificates[1])


def test_everything_it_signs_says_that_it_is_untrusted() -> None:
    """Whoever looks at the certificate, or at its root, reads it."""
    _, chain = issue(new_account_key(), *NAMES)
    for certificate in x509.load_pem_x509_certificates(chain):
        (name,) = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert str(name.value).startswith("UNTRUSTED self-signed test CA")


def test_one_account_is_one_root_and_another_account_another() -> None:
    """A test may trust the root of one account; a new key is a new root."""
    first, second = new_account_key(), new_account_key()
    roots = [x509.load_pem_x509_certificates(issue(key, *NAMES)[1])[1] for key in (first, first, second)]
    assert roots[0].subject == roots[1].subject != roots[2].subject
    assert roots[0].public_key() == roots[1].public_key()
    assert roots[0].public_key() == load_pem_private_key(first, None).public_key()


def test_a_csr_of_other_names_is_refused() -> None:
    """As an ACME CA would."""
    keys, ca = PemKeys(), SelfSignedCas(FakeClock()).account(SELF_SIGNED, new_account_key(), "")
    order = ca.place_order(NAMES, "", "")
    with pytest.raises(CaRefusal, match="other names"):
        ca.finalize(order, keys.build_csr(keys.generate("ec-p256"), ["other.test"]))


def test_what_it_has_not_is_refused_and_what_costs_nothing_is_done() -> None:
    """No challenges, no renewal information; revocation, rollover and deactivation are fine."""
    key, cas = new_account_key(), SelfSignedCas(FakeClock())
    ca, registration = cas.account(SELF_SIGNED, key, ""), cas.registration(SELF_SIGNED, key)
    for ask in (lambda: ca.fetch_authorization("x"), lambda: ca.answer("x")):
        with pytest.raises(CaRefusal):
            ask()
    assert cas.renewal_information(SELF_SIGNED).fetch_window("x") is None
    _, chain = issue(key, *NAMES)
    ca.revoke(chain, Reason.SUPERSEDED)
    cas.revoke_by_key(SELF_SIGNED, key, chain, Reason.SUPERSEDED)
    assert list(ca.download_alternates(ca.place_order(NAMES, "", ""))) == []
    url = registration.register("", terms_agreed=True)
    registration.change_contact(url, "")
    registration.change_key(url, new_account_key())
    assert cas.registration(SELF_SIGNED, new_account_key()).find() == url
    registration.deactivate(url)
    assert registration.thumbprint() == PemKeys().public_key(key)
