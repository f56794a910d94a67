"""Deletion: whatever is under way is withdrawn, released, closed; then nothing is left but the history."""

from dataclasses import replace

from certwright.flows.read_certificate import list_events
from tests.support.deployment import ADMIN, CNAME_MISSING, WILDCARD, Deployment


def test_deletion_while_an_order_runs_withdraws_its_answers_and_releases_its_hold(town: Deployment) -> None:
    """The attempt goes into the history with its reason."""
    town.nodes.lag("node-a")
    certificate_id = town.request(*WILDCARD)
    town.advance(certificate_id)
    assert len(town.served) == 2
    assert len(town.store.holds) == 1
    town.delete(certificate_id)
    town.wait_until_due(certificate_id)
    assert town.advance(certificate_id).code == "removed"
    assert (town.served, town.store.holds, town.store.managed) == (frozenset(), {}, {})
    [closed] = town.history(certificate_id)
    assert closed.attempt.problem is not None
    assert closed.attempt.problem.code == "deleted"
    assert town.ca.calls["answer"] == 0


def test_deletion_in_the_middle_of_an_invocation_is_heeded_at_its_end(town: Deployment) -> None:
    """The worker was about to wait for a record."""
    town.checks.problems["example.test"] = CNAME_MISSING
    certificate_id = town.request(*WILDCARD)

    class DeletedMeanwhile:
        """Records at which somebody deletes the certificate."""

        def __getattr__(self, name: str) -> object:
            if certificate_id in town.store.managed and not town.managed(certificate_id).desired.is_deleted:
                town.delete(certificate_id)
            return getattr(town.checks, name)

    town.workshop = replace(town.workshop, checks=DeletedMeanwhile())  # type: ignore[arg-type]  # a port
    assert town.advance(certificate_id).code == "removed"


def test_an_issued_certificate_is_deleted_with_all_its_versions(town: Deployment) -> None:
    """Keys too, pending ones included."""
    certificate_id = town.issue(*WILDCARD)
    assert town.bucket.objects
    town.delete(certificate_id)
    town.advance(certificate_id)
    assert town.bucket.objects == {}


def test_another_certificates_objects_are_left_alone(town: Deployment) -> None:
    """Even one of the same names."""
    first, second = town.issue(*WILDCARD), town.issue(*WILDCARD)
    town.delete(first)
    town.advance(first)
    assert town.versions.read_bundle(second) is not None
    assert first not in " ".join(town.bucket.objects)


def test_the_history_stays(town: Deployment) -> None:
    """Events and attempts outlive their certificate for a while."""
    certificate_id = town.issue(*WILDCARD)
    town.delete(certificate_id)
    town.advance(certificate_id)
    states = [event.state for event in town.certificates.list_events(certificate_id, 20)]
    assert states[0] == "deleting"
    assert "issued" in states
    assert len(town.history(certificate_id)) == 1


def test_deleting_twice_is_harmless(town: Deployment) -> None:
    """Until it is gone."""
    certificate_id = town.issue(*WILDCARD)
    town.delete(certificate_id)
    town.delete(certificate_id)
    assert [event.state for event in list_events(town.desk, ADMIN, certificate_id)].count("deleting") == 1
    assert town.advance(certificate_id).code == "removed"


def test_a_certificate_whose_owner_is_gone_can_be_deleted(town: Deployment) -> None:
    """Nothing depends on the owner any more."""
    certificate_id = town.issue(*WILDCARD)
    town.change_work(certificate_id, due_at=town.clock.now())
    town.delete(certificate_id)
    town.owners._owners.clear()
    assert town.advance(certificate_id).code == "removed"
