"""Record anew what must not be replaced by accident, and the stack policy (`make protected`).

A change of the recording is a change that replaces something for everybody who deploys it: say so in CHANGELOG.md, and
how they keep what they have.
"""

import json
from pathlib import Path
from typing import Any

from tests.support.protected import describe, stack_policy
from tests.support.stack import translated

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests/recorded/protected.json"
STACK_POLICY = ROOT / "stack-policy.json"


def to_text(value: dict[str, Any]) -> str:
    """Write JSON so that a change of it can be read line by line."""
    return json.dumps(value, indent=2) + "\n"


if __name__ == "__main__":
    RECORDED.write_text(to_text(describe(translated()["Resources"])))
    STACK_POLICY.write_text(to_text(stack_policy()))
