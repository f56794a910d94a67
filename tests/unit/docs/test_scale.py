"""docs/scale.md against the model of costs, and against the settings that it calls limits."""

import re
from pathlib import Path

import pytest

from certwright.domain.cost import LEAST_NODES, Names, Usage, acm_month, bill, month, renewals_a_month
from certwright.flows.enqueue_due import HIGH_WATER
from local.template import TemplateError, load

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/scale.md").read_text(encoding="utf-8")
ALWAYS = 4
"""So many lines of the bill don't depend on certificates."""
CERTIFICATES = (10, 1_000, 100_000, 1_000_000)


def row(certificates: int) -> str:
    """Write a row of the table as the model has it."""
    usage = Usage(certificates, renewals_a_month(certificates))
    *always, issuing, keeping = [line.dollars for line in bill(usage)]
    assert len(always) == ALWAYS
    acm = [acm_month(Names(certificates, wildcards)) for wildcards in (0, certificates)]
    whole = [f"{dollars:,.0f}" for dollars in (month(usage), *acm)]
    cells = [f"{certificates:,}", f"{sum(always):,.0f}", f"{issuing:,.2f}", f"{keeping:,.2f}", *whole]
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("certificates", CERTIFICATES)
def test_the_table_is_what_the_model_says(certificates: int) -> None:
    """A price or a count that changes is to be seen here: put the row that is expected into the document."""
    assert row(certificates) in DOCUMENT.splitlines()


def test_what_always_runs_is_told_by_its_parts() -> None:
    """In the order of the bill; they add up to what the table has."""
    (told,) = re.findall(r"\*\*What always runs\*\*:(.*?)\n\n", DOCUMENT, re.DOTALL)
    parts = [line.dollars for line in bill(Usage(0, 0))[:ALWAYS]]
    assert re.findall(r"\((\d+)\)", told) == [f"{dollars:.0f}" for dollars in parts]


@pytest.mark.parametrize("document", ["README.md", "docs/quickstart.md"])
def test_a_deployment_costs_the_same_wherever_it_is_told(document: str) -> None:
    """What runs all month, and what certificates add to it where that is told."""
    text = (ROOT / document).read_text(encoding="utf-8")
    idle = month(Usage(0, 0))
    assert re.findall(r"about (\d+) USD", text, re.IGNORECASE) == [f"{idle:.0f}"]
    for certificates, dollars in re.findall(r"([\d,]+)(?: certificates)? add (\d+)", text):
        number = int(certificates.replace(",", ""))
        assert dollars == f"{month(Usage(number, renewals_a_month(number))) - idle:.0f}"


def test_a_deployment_has_the_nodes_that_are_reckoned_with() -> None:
    """As many as the template runs where nothing else is asked for, and no fewer."""
    assert load().parameters["NodeTasks"] == str(LEAST_NODES)
    with pytest.raises(TemplateError, match=f"from {LEAST_NODES} to"):
        load(parameters={"NodeTasks": str(LEAST_NODES - 1)})


def test_limits_of_our_own_are_those_in_the_code_and_the_template() -> None:
    """Where one is raised, what is met first changes."""
    template = load()
    throttle = template.resources["HttpApi"]["Properties"]["DefaultRouteSettings"]
    said = f"{throttle['ThrottlingRateLimit']} requests a second, {throttle['ThrottlingBurstLimit']} at once"
    (mapping,) = template.queue_mappings
    assert said in DOCUMENT
    assert f"`MaximumConcurrency` {mapping.maximum_concurrency} of" in DOCUMENT
    assert f"{HIGH_WATER:,} messages a minute" in DOCUMENT
    assert f"one function in {template.functions['WatchFunction'].timeout_seconds} seconds" in DOCUMENT


def test_the_names_of_settings_are_those_of_the_template() -> None:
    """What to turn must be there to be turned."""
    text = (ROOT / "template.yaml").read_text()
    named = re.findall(
        r"`(AcmeLimits|NodeCpu|LogLevel|MaximumConcurrency|DefaultRouteSettings|Timeout|MemorySize)\b", DOCUMENT
    )
    assert all(re.search(rf"\b{name}\b", text) for name in named)
    assert len(set(named)) == 7
