"""docs/scale.md against the model of costs, and against the settings that it calls limits."""

import re
from pathlib import Path

import pytest

from certwright.domain.cost import Names, Usage, acm_month, bill, month, renewals_a_month
from certwright.flows.enqueue_due import HIGH_WATER
from local.template import load

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
