"""Write dnsnode/start.py into template.yaml, whose stock image has no other way to get it (`make start`)."""

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template.yaml"
PROGRAM = ROOT / "dnsnode/start.py"
_BLOCK = re.compile(r"^( +)- -c\n\1- \|\n((?:\1  .*\n|\n)+)", re.MULTILINE)


def with_program(template: str, program: str) -> str:
    """Replace the text that python3 -c is given; raises `ValueError` where there is no such text, or more than one."""

    def block(found: re.Match[str]) -> str:
        return f"{found[1]}- -c\n{found[1]}- |\n{textwrap.indent(program, found[1] + '  ')}"

    text, times = _BLOCK.subn(block, template)
    if times != 1:
        raise ValueError(f"template.yaml has {times} programs given to -c, not one")
    return text


if __name__ == "__main__":
    TEMPLATE.write_text(with_program(TEMPLATE.read_text(), PROGRAM.read_text()))
