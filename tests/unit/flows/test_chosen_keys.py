"""Keys, CSRs, chains and profiles as a request chose them."""

import pytest
from cryptography import x509

from certwright.adapters.keys import PemKeys
from certwright.domain.bundle import chain_of, private_key_of
from certwright.domain.ca import CaOffer
from certwright.domain.certificate import Current
from certwright.domain.errors import InvalidRequest
from certwright.domain.order import ChallengeType
from certwright.flows.create_certificate import CertificateRequest, create_certificate
from certwright.flows.request_choices import KeyWish
from tests.fakes.ca_signer import Signer
from tests.support.csrs import pem
from tests.support.deployment import DIRECTORY, WILDCARD, Deployment

NAME = "www.example.test"


def ask(town: Deployment, request: CertificateRequest) -> str:
    """Ask, and have it issued."""
    certificate_id = create_certificate(town.desk, request).desired.id
    town.run_until(certificate_id, "issued")
    return certificate_id


def renew(town: Deployment, certificate_id: str) -> None:
    """Have the CA suggest renewal now, and let the sweep bring it up."""
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    assert town.advance(certificate_id).code == "renewal-due"
    town.run_until(certificate_id, "issued")


def current(town: Deployment, certificate_id: str) -> Current:
    """Look at what is issued."""
    found = town.work(certificate_id).current
    assert found is not None
    return found


def bundle(town: Deployment, certificate_id: str) -> bytes:
    """Read what readers get."""
    found = town.versions.read_bundle(certificate_id)
    assert found is not None
    return found


@pytest.mark.parametrize("key_type", ["ec-p384", "rsa-2048"])
def test_the_key_is_of_the_type_that_was_asked_for(town: Deployment, key_type: str) -> None:
    """Its short names are taken too, for the same."""
    certificate_id = ask(
        town, CertificateRequest("own_a", WILDCARD, key=KeyWish(key_type.replace("-p", "").replace("-", "")))
    )
    assert town.managed(certificate_id).desired.key_type == key_type
    leaf = x509.load_pem_x509_certificate(chain_of(bundle(town, certificate_id)))
    assert str(leaf.public_key().key_size) in key_type  # type: ignore[union-attr]  # EC and RSA both have one


def test_a_key_is_used_again_where_that_was_asked_for(town: Deployment) -> None:
    """Two versions, one key; the second is kept whole, as all are."""
    certificate_id = ask(town, CertificateRequest("own_a", WILDCARD, key=KeyWish(is_reused=True)))
    first = current(town, certificate_id), private_key_of(bundle(town, certificate_id))
    renew(town, certificate_id)
    second = current(town, certificate_id), private_key_of(bundle(town, certificate_id))
    assert (first[0].version, second[0].version) == (1, 2)
    assert first[0].public_key == second[0].public_key
    assert first[1] == second[1] != b""
    assert first[0].serial != second[0].serial


def test_a_csr_is_certified_and_renewed_and_no_key_is_kept(town: Deployment) -> None:
    """The bundle holds the chain only; the bucket never sees a key."""
    keys = PemKeys()
    private_key = keys.generate("rsa-2048")
    csr = pem(keys.build_csr(private_key, WILDCARD))
    certificate_id = ask(town, CertificateRequest("own_a", WILDCARD, key=KeyWish(csr=csr)))
    renew(town, certificate_id)
    assert (current(town, certificate_id).version, town.managed(certificate_id).desired.key_type) == (2, "rsa-2048")
    assert current(town, certificate_id).public_key == keys.public_key(private_key)
    assert bundle(town, certificate_id).startswith(b"-----BEGIN CERTIFICATE-----")
    assert not [key for key in town.bucket.objects if key.startswith("pending/")]
    assert not any(b"PRIVATE KEY" in stored.body for stored in town.bucket.objects.values())


@pytest.mark.parametrize("names", [("other.example.test",), (NAME, "other.example.test"), ("*.example.test", NAME)])
def test_a_csr_for_other_names_than_the_requests_is_refused(town: Deployment, names: tuple[str, ...]) -> None:
    """Nothing is stored; the CA would refuse it after all the work."""
    keys = PemKeys()
    csr = pem(keys.build_csr(keys.generate("ec-p256"), (NAME,)))
    with pytest.raises(InvalidRequest) as refused:
        create_certificate(town.desk, CertificateRequest("own_a", names, key=KeyWish(csr=csr)))
    assert (refused.value.field, refused.value.code) == ("csr", "csr-names")
    assert not town.store.managed


def test_the_chain_ends_at_the_root_that_was_preferred(town: Deployment) -> None:
    """Where the CA has such a chain; it is asked for others only then."""
    town.ca.alternates = [Signer("Root Y"), Signer("Root Z")]
    certificate_id = ask(town, CertificateRequest("own_a", WILDCARD, preferred_chain="Root Z"))
    assert current(town, certificate_id).root == "Root Z"
    _, top = x509.load_pem_x509_certificates(chain_of(bundle(town, certificate_id)))
    assert "Root Z" in top.issuer.rfc4514_string()
    ask(town, CertificateRequest("own_a", (NAME,), preferred_chain="Certwright test root"))
    assert town.ca.calls["download_alternates"] == 2


def test_a_root_that_no_chain_ends_at_leaves_the_default(town: Deployment) -> None:
    """A certificate with another chain is better than none; which it is can be seen."""
    town.ca.alternates = [Signer("Root Y")]
    certificate_id = ask(town, CertificateRequest("own_a", WILDCARD, preferred_chain="Root W"))
    assert current(town, certificate_id).root == "Certwright test root"


def test_a_profile_that_the_ca_does_not_offer_is_refused_with_those_it_does(town: Deployment) -> None:
    """Before anything is stored."""
    town.directories.offers[DIRECTORY] = CaOffer(profiles=("classic", "tlsserver"))
    with pytest.raises(InvalidRequest, match="choose one of classic, tlsserver") as refused:
        create_certificate(town.desk, CertificateRequest("own_a", (NAME,), profile="gold"))
    assert (refused.value.field, refused.value.code) == ("profile", "profile-not-offered")
    town.directories.offers[DIRECTORY] = CaOffer()
    with pytest.raises(InvalidRequest, match="leave it out"):
        create_certificate(town.desk, CertificateRequest("own_a", (NAME,), profile="classic"))
    assert not town.store.managed


def test_a_ca_that_is_silent_does_not_hold_up_a_request(town: Deployment) -> None:
    """It will say itself, when the order is placed, what it does not offer."""
    town.directories.is_silent = True
    certificate_id = create_certificate(town.desk, CertificateRequest("own_a", (NAME,), profile="classic")).desired.id
    town.directories.is_silent = False
    town.run_until(certificate_id, "issued")


def test_an_ip_address_is_proven_by_http_and_issued(town: Deployment) -> None:
    """The node answers for it as for a name; there is no record to add."""
    certificate_id = create_certificate(town.desk, CertificateRequest("own_a", ("2001:DB8::1", NAME))).desired.id
    desired = town.managed(certificate_id).desired
    assert desired.http_names == ("2001:db8::1", NAME)
    assert desired.challenge_type("2001:db8::1") is ChallengeType.HTTP_01
    town.run_until(certificate_id, "issued")
    assert current(town, certificate_id).names == ("2001:db8::1", NAME)


def test_an_ip_address_of_a_shared_deployment_needs_a_grant_of_its_own(town: Deployment) -> None:
    """No record can show whose it is."""
    town.add_owner("own_b", "192.0.2.7")
    town.run_until(town.request("192.0.2.8"), "address-not-granted")
    town.issue("192.0.2.7", owner="own_b")
