"""CAA within the work on a certificate: for which account it is looked at, what it holds up, what it costs."""

from certwright.domain.ca import CaOffer
from certwright.domain.caa import Applicant
from certwright.domain.problem import Actor, Problem
from tests.fakes.ca_directories import CAA_IDENTITIES
from tests.support.deployment import CNAME_MISSING, Deployment

FORBIDDEN = Problem("caa-forbids", "Add CAA example.test.", Actor.USER, "example.test")


def account_url(town: Deployment) -> str:
    """Read the URL of the one account."""
    [url] = town.cas.registered.values()
    return url


def test_caa_is_asked_for_the_account_that_will_order(town: Deployment) -> None:
    """Before the first order the account is registered: CAA names accounts, and must be told a real one."""
    town.issue()
    [wanted] = town.checks.caa_wanted
    assert wanted.applicant == Applicant(CAA_IDENTITIES, account_url(town), "dns-01")
    assert (wanted.identifier, wanted.names) == ("example.test", ("*.example.test", "example.test"))
    assert town.ca.calls["place_order"] == 1


def test_no_account_is_registered_for_records_that_are_missing(town: Deployment) -> None:
    """Who never adds their records costs no account and no question about CAA."""
    town.checks.problems["example.test"] = CNAME_MISSING
    certificate_id = town.request()
    town.run_until(certificate_id, CNAME_MISSING.code)
    assert town.cas.registered == {}
    assert town.checks.caa_wanted == []


def test_a_forbidding_set_is_waited_for_and_costs_no_order(town: Deployment) -> None:
    """The CA would refuse, and count it: the certificate waits as for any other record."""
    town.checks.caa_problems["example.test"] = FORBIDDEN
    certificate_id = town.request()
    town.run_until(certificate_id, "caa-forbids")
    assert town.work(certificate_id).problem == FORBIDDEN
    assert town.ca.calls["place_order"] == 0
    town.checks.caa_problems.clear()
    town.run_until(certificate_id, "issued")


def test_a_missing_record_goes_before_what_caa_forbids(town: Deployment) -> None:
    """One thing at a time, in the order in which they are mended; both are asked about once there is an account."""
    town.issue()
    town.checks.problems["www.example.test"] = CNAME_MISSING
    town.checks.caa_problems["www.example.test"] = FORBIDDEN
    certificate_id = town.request("www.example.test")
    town.run_until(certificate_id, CNAME_MISSING.code)
    town.checks.problems.clear()
    town.run_until(certificate_id, "caa-forbids")


def test_a_ca_that_does_not_tell_its_domains_is_waited_for(town: Deployment) -> None:
    """While its directory can't be read nothing could be ordered either; the records are looked at all the same."""
    town.directories.is_silent = True
    town.checks.problems["example.test"] = CNAME_MISSING
    certificate_id = town.request()
    town.run_until(certificate_id, CNAME_MISSING.code)
    town.checks.problems.clear()
    town.run_until(certificate_id, "unavailable")
    assert town.ca.calls["place_order"] == 0
    town.directories.is_silent = False
    town.run_until(certificate_id, "issued")
    assert len(town.checks.caa_wanted) == 1


def test_a_ca_without_domains_is_not_held_up_by_caa(town: Deployment) -> None:
    """A private CA need not obey CAA: its directory names nobody (RFC 8555 §9.7.6)."""
    town.directories.offers[town.settings.acme_directory] = CaOffer()
    town.issue()
    assert town.checks.caa_wanted == []


def test_names_of_one_identifier_that_are_proven_differently_are_asked_for_each(town: Deployment) -> None:
    """`validationmethods` may let in one of two methods; the lock that is advised names both."""
    certificate_id = town.request_mixed("*.example.test", "example.test")
    town.run_until(certificate_id, "issued")
    found = {item.names: (item.applicant.method, item.methods) for item in town.checks.caa_wanted}
    both = ("dns-01", "http-01")
    assert found == {("*.example.test",): ("dns-01", both), ("example.test",): ("http-01", both)}
    assert [check.identifier for check in town.work(certificate_id).checks] == ["example.test"]
