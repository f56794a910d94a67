"""A crash before and after every call to the world: nothing is lost, nothing that hurts is repeated."""

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from certwright.domain import storage_keys
from tests.support.deployment import WILDCARD, Deployment
from tests.support.faults import Plan, count_calls, die, interpose


def issue(town: Deployment) -> str:
    """Issue a wildcard from the request on."""
    return run(town, town.request(*WILDCARD))


def renew(town: Deployment) -> str:
    """Issue, then have the CA ask for renewal at once, and renew."""
    certificate_id = issue(town)
    town.suggest_renewal_now(certificate_id)
    town.wake(certificate_id)
    while version(town, certificate_id) < 2:
        step(town, certificate_id)
    return run(town, certificate_id)


def remove(town: Deployment) -> str:
    """Begin an order, delete the certificate under it, and tear it down."""
    certificate_id = town.request(*WILDCARD)
    town.nodes.lag("node-a")
    while not town.served:
        step(town, certificate_id)
    town.delete(certificate_id)
    codes: list[str] = []
    while certificate_id in town.store.managed:
        codes.append(step(town, certificate_id))
        assert len(codes) < 20, codes
    return certificate_id


def version(town: Deployment, certificate_id: str) -> int:
    """Tell which version is saved as current, 0 for none."""
    current = town.work(certificate_id).current
    return current.version if current else 0


def step(town: Deployment, certificate_id: str) -> str:
    """Let a worker try, whatever becomes of it, and time pass until the certificate is due."""
    try:
        code = town.advance(certificate_id).code
    except RuntimeError:
        code = "crashed"
    if certificate_id in town.store.managed:
        town.wait_until_due(certificate_id)
    return code


def run(town: Deployment, certificate_id: str) -> str:
    """Work until the certificate is issued."""
    codes: list[str] = []
    while not codes or codes[-1] != "issued":
        codes.append(step(town, certificate_id))
        assert len(codes) < 60, codes
    return certificate_id


def assert_sound(town: Deployment, certificate_id: str) -> None:
    """What readers fetch is what was saved: key and leaf match, names are those asked for, nothing is left behind."""
    current = town.work(certificate_id).current
    stored = town.bucket.objects[storage_keys.current_bundle(certificate_id)]
    assert current is not None
    assert (current.version, current.etag) == (stored.version, stored.etag)
    leaf = x509.load_pem_x509_certificates(stored.body)[0]
    key = load_pem_private_key(stored.body, None)
    assert leaf.public_key() == key.public_key()
    assert leaf.serial_number == int(current.serial, 16)
    assert town.bucket.objects[storage_keys.version_bundle(certificate_id, current.attempt)].body == stored.body
    assert town.work(certificate_id).attempt is None
    assert (town.served, town.store.holds) == (frozenset(), {})


def places(scenario: Callable[[Deployment], object]) -> list[tuple[int, bool]]:
    """List every call of a scenario, before and after its effect."""
    return [(at, is_after) for at in range(1, count_calls(scenario) + 1) for is_after in (False, True)]


@pytest.mark.parametrize(("at", "is_after"), places(issue))
def test_a_crash_while_issuing_costs_at_most_one_more_order(at: int, is_after: bool) -> None:
    """One certificate, with its own key, and nothing left published."""
    town = Deployment()
    plan = Plan(die, at, is_after)
    interpose(town, plan)
    certificate_id = issue(town)
    assert plan.hit
    assert_sound(town, certificate_id)
    assert version(town, certificate_id) == 1
    assert len(town.ca.placed) <= 2, plan.hit
    assert town.ca.calls["finalize"] <= 2


@pytest.mark.parametrize(("at", "is_after"), places(renew))
def test_a_crash_while_renewing_never_loses_the_certificate_that_serves(at: int, is_after: bool) -> None:
    """Two versions in the end, each stored whole; what readers fetch is always one of them."""
    town = Deployment()
    plan = Plan(die, at, is_after)
    interpose(town, plan)
    certificate_id = renew(town)
    assert_sound(town, certificate_id)
    assert version(town, certificate_id) == 2
    assert len(town.ca.placed) <= 3, plan.hit
    bundles = [key for key in town.bucket.objects if key.startswith("versions/") and key.endswith("bundle.pem")]
    assert len(bundles) == 2


@pytest.mark.parametrize(("at", "is_after"), places(remove))
def test_a_crash_while_deleting_leaves_nothing_behind(at: int, is_after: bool) -> None:
    """No answers, no hold, no object, no item."""
    town = Deployment()
    interpose(town, Plan(die, at, is_after))
    certificate_id = remove(town)
    assert certificate_id not in town.store.managed
    assert (town.served, town.store.holds) == (frozenset(), {})
    assert [key for key in town.bucket.objects if certificate_id in key] == []


def test_a_worker_that_always_crashes_is_set_aside_after_five_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried after an hour, and a wake brings it back at once."""
    town = Deployment()
    certificate_id = town.request(*WILDCARD)
    monkeypatch.setattr(town.owners, "read", lambda _: die())
    for _ in range(5):
        town.crash(certificate_id)
    monkeypatch.undo()
    outcome = town.advance(certificate_id)
    assert outcome.code == "stuck"
    assert outcome.due_at == town.clock.now() + 3_600_000
    town.wake(certificate_id)
    town.run_until(certificate_id, "issued")


def test_a_worker_killed_between_publishing_and_answering_is_carried_on_from_there() -> None:
    """The next one answers what is published: same attempt, same order."""
    town = Deployment()
    certificate_id = town.request(*WILDCARD)
    town.ca.fail("answer", RuntimeError("killed"))
    town.crash(certificate_id)
    published = town.served
    attempt = town.work(certificate_id).attempt
    assert len(published) == 2
    assert attempt is not None
    assert {item.answer for item in attempt.publications} == published
    town.run_until(certificate_id, "issued")
    [closed] = town.history(certificate_id)
    assert closed.attempt.id == attempt.id
    assert len(town.ca.placed) == 1
