"""CAs by name or by URL, and the small values of orders."""

import pytest

from certwright.domain.ca import KNOWN_CAS, SELF_SIGNED, find_ca
from certwright.domain.errors import CaRefusal
from certwright.domain.order import (
    Authorization,
    Challenge,
    ChallengeType,
    Status,
    key_authorization,
    txt_value,
)
from certwright.domain.problem import Actor

DIRECTORY = "https://ca.example.test/dir"


@pytest.mark.parametrize("name", sorted(KNOWN_CAS.keys() - {SELF_SIGNED}))
def test_a_known_ca_is_public_and_keeps_its_account_under_its_name(name: str) -> None:
    """Public CAs refuse names under no public suffix."""
    entry = find_ca(name)
    assert (entry.account, entry.rules.is_public_suffix_required) == (name, True)
    assert entry.directory.startswith("https://")


def test_a_directory_given_by_url_may_serve_private_names() -> None:
    """That is what a URL is given for."""
    entry = find_ca(DIRECTORY)
    assert (entry.directory, entry.rules.is_public_suffix_required) == (DIRECTORY, False)


def test_lets_encrypt_takes_addresses_and_fewer_names_under_some_profiles() -> None:
    """An address under any other profile would be refused with the order."""
    entry = find_ca("letsencrypt")
    assert entry.address_profiles == ("shortlived",)
    assert [entry.rules_for(profile).max_names for profile in ("", "classic", "tlsserver", "shortlived")] == [
        100,
        100,
        25,
        25,
    ]
    assert not entry.rules_for("classic").takes_addresses


def test_two_directories_never_share_an_account() -> None:
    """The account is named after the URL."""
    assert find_ca(DIRECTORY).account == find_ca(DIRECTORY).account
    assert find_ca(DIRECTORY).account != find_ca(f"{DIRECTORY}/").account


def test_the_txt_value_is_the_digest_of_the_key_authorization() -> None:
    """RFC 8555 §8.1, §8.4: base64url of SHA-256, without padding."""
    assert key_authorization("token", "thumb") == "token.thumb"
    assert txt_value("token", "thumb") == "lCdftpJCXapaZHkBGIZbcubeKW8RmA0jSG_aZN01zbU"


def authorization(*, is_wildcard: bool) -> Authorization:
    """Build an authorization with one DNS-01 challenge."""
    challenge = Challenge(ChallengeType.DNS_01, "https://ca.test/chall/1", "token", Status.PENDING)
    return Authorization("https://ca.test/authz/1", "example.com", is_wildcard, Status.PENDING, (challenge,))


@pytest.mark.parametrize(("is_wildcard", "name"), [(True, "*.example.com"), (False, "example.com")])
def test_an_authorization_knows_the_name_that_was_asked_for(is_wildcard: bool, name: str) -> None:
    """RFC 8555 §7.1.4 writes a wildcard's identifier without its star."""
    assert authorization(is_wildcard=is_wildcard).name == name


def test_a_challenge_that_is_not_offered_is_none() -> None:
    """A CA offers what it likes."""
    offered = authorization(is_wildcard=True)
    assert offered.challenge(ChallengeType.DNS_01) is offered.challenges[0]
    assert offered.challenge(ChallengeType.HTTP_01) is None


@pytest.mark.parametrize(
    ("type_", "actor"),
    [
        ("dns", Actor.USER),
        ("malformed", Actor.US),
        ("userActionRequired", Actor.OPERATOR),
        ("serverInternal", Actor.CA),
    ],
)
def test_a_refusal_becomes_a_problem_that_says_who_must_act_and_keeps_the_cas_own_words(
    type_: str, actor: Actor
) -> None:
    """The document is kept whole, as evidence."""
    problem = CaRefusal("No TXT record found.", type=type_, status=403, document='{"a":1}').problem
    assert (problem.code, problem.actor, problem.ca_problem) == (f"ca-{type_}", actor, '{"a":1}')
    assert "No TXT record found." in problem.sentence


@pytest.mark.parametrize(
    ("type_", "actor", "what_to_do"),
    [
        ("unauthorized", Actor.USER, "Check that the name's records lead here."),
        ("dns", Actor.USER, "Check the name servers of the domain, and its DNSSEC."),
        ("caa", Actor.USER, "Correct the CAA records of the domain."),
        ("connection", Actor.USER, "Check its A and AAAA records, and that port 80 is open."),
        ("rejectedIdentifier", Actor.USER, "Take the name out of the request, or use another CA."),
        ("serverInternal", Actor.CA, "Wait: it is tried again."),
        ("malformed", Actor.US, "Wait: it is tried again; an operator reports it if it lasts."),
        ("userActionRequired", Actor.OPERATOR, "Follow the CA's link."),
        ("externalAccountRequired", Actor.OPERATOR, "Give the account EAB credentials of the CA."),
        ("urn:other:kind", Actor.CA, "See the CA's own words: it is tried again."),
    ],
)
def test_a_refusal_says_who_must_act_and_how(type_: str, actor: Actor, what_to_do: str) -> None:
    """The CA's own words come first, whole; what follows is ours."""
    problem = CaRefusal("No TXT record found.", type=type_, status=400).problem
    assert problem.sentence == f"The CA refused: No TXT record found. {what_to_do}"
    assert problem.actor is actor


def test_what_only_some_of_the_cas_places_saw_is_explained() -> None:
    """“During secondary validation” tells nobody what to look for: firewalls, answers by place, servers that lag."""
    detail = "During secondary validation: DNS problem: query timed out looking up TXT for _acme-challenge.example.com"
    sentence = CaRefusal(detail, type="dns", status=400).problem.sentence
    assert sentence.startswith(f"The CA refused: {detail}. Some of the CA's places around the world saw another answer")
    assert "a firewall that shuts countries out" in sentence
