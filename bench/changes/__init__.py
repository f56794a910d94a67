"""How the node takes up changes, and what that costs: `python -m bench.changes --help`."""
