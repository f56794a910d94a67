"""What a function loads before its first event: its start is somebody's wait."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIGHT = {"certwright.adapters", "certwright.adapters.aws", "certwright.adapters.idn"}
LIST = "import sys, handler; print(*(name for name in sys.modules if name.startswith('certwright.adapters')))"


def test_a_function_starts_without_what_only_some_need() -> None:
    """Its adapters, with ACME and DNS behind them, come when it is wired; the SDK, which all need, at once."""
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT / "layers/certwright"),
        "POWERTOOLS_METRICS_NAMESPACE": "x",
    }
    folder = ROOT / "functions/issuance"
    ran = subprocess.run([sys.executable, "-c", LIST], cwd=folder, env=environment, capture_output=True, check=True)
    assert set(ran.stdout.decode().split()) == LIGHT
