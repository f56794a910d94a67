"""Probes: which paths are answered, and that an answer fits one host of one deployment only."""

import pytest

from certwright.domain.probe import CHALLENGE_PATH, PROBE, answer_probe, probe_path

NONCE = "abcdefghABCDEFGH-_12"


def test_an_answer_is_the_same_each_time_and_fits_one_question_only() -> None:
    """Another nonce, host or deployment has another."""
    answers = [
        answer_probe(probe_path(nonce), host, deployment)
        for nonce in (NONCE, NONCE[::-1])
        for host in ("www.example.test", "example.test")
        for deployment in ("one", "two")
    ]
    assert len(set(answers)) == 8
    assert answers[0] == answer_probe(probe_path(NONCE), "www.example.test", "one")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        CHALLENGE_PATH,
        f"{CHALLENGE_PATH}{PROBE}",
        f"{CHALLENGE_PATH}{PROBE}short",
        f"{CHALLENGE_PATH}{PROBE}{'a' * 65}",
        f"{CHALLENGE_PATH}{PROBE}{NONCE}/x",
        f"/elsewhere{probe_path(NONCE)}",
        f"{PROBE}{NONCE}",
    ],
)
def test_all_other_paths_are_no_probes(path: str) -> None:
    """A node answers them as ever."""
    assert answer_probe(path, "www.example.test", "one") == ""


def test_a_node_without_a_deployment_answers_none() -> None:
    """It could be anybody's."""
    assert answer_probe(probe_path(NONCE), "www.example.test", "") == ""
