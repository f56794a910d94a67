"""How fast the DNS node answers, beside the authoritative servers that are installed: `python -m bench.dns --help`."""
