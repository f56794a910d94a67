"""docs/quickstart.md: what it tells to type and to press is there."""

import re
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from functions.dashboard import handler as dashboard
from local.template import TEMPLATE
from tests.support.dashboard_town import build_town
from tests.support.dashboard_visitor import Visitor

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs/quickstart.md").read_text(encoding="utf-8")


def test_every_make_target_that_it_names_exists() -> None:
    """A command that was renamed is noticed."""
    named = set(re.findall(r"^make ([a-z-]+)", TEXT, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named == {"local"}
    assert named <= targets


def test_every_output_and_parameter_that_it_names_is_the_templates() -> None:
    """A renamed output would leave a reader without the token."""
    document = yaml_parse(TEMPLATE.read_text())
    named = set(re.findall(r"`([A-Z][A-Za-z]+)(?:=[a-z]+)?`", TEXT))
    assert named == {
        "DashboardUrl",
        "AdminTokenCommand",
        "NodeAddresses",
        "TermsAgreed",
        "Contact",
        "AcmeDirectory",
        "AlarmTopic",
    }
    assert named <= set(document["Outputs"]) | set(document["Parameters"])


def test_every_button_and_page_that_it_names_is_on_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the words that a reader will look for."""
    town = build_town(plain=1)
    monkeypatch.setattr(dashboard, "front", lambda: town.front)
    dashboard.shelf.clear()
    visitor = Visitor(dashboard)
    visitor.sign_in(town.bearers["admin"])
    paths = ["/certificates/new", *(f"/certificates/{town.ids[word]}" for word in ("waiting", "issued"))]
    pages = " ".join(visitor.get(path).text for path in paths)
    town.store.summaries.clear()
    dashboard.shelf.clear()
    pages += visitor.get("/").text
    named = ("Request the first certificate", "Request the certificate", "Check now", "Download", "Access", "Renew…")
    assert [words for words in named if f"*{words}*" not in re.sub(r"\s+", " ", TEXT)] == []
    assert [words for words in named if words not in pages] == []
