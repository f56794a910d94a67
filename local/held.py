"""Run a module held to a role of the template: `python -m local.held ROLE.json MODULE`."""

import json
import runpy
import sys
from pathlib import Path

from local.roles import Role, enforce


def main(role_file: str, module: str) -> None:
    """Read the role (`local.roles.Role` as JSON), and go on as `python -m MODULE`."""
    enforce(Role(**json.loads(Path(role_file).read_text())))
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
