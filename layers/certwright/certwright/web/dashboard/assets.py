"""The files that pages load: named after their content, so that a browser may keep them for ever."""

from functools import cache
from hashlib import sha256
from pathlib import Path

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOLDER = Path(__file__).parent / "assets"


@cache
def address(name: str) -> str:
    """Give the address of a file, like /assets/app.3f2a91c04b7d.css."""
    file = _FOLDER / name
    return f"/assets/{file.stem}.{sha256(file.read_bytes()).hexdigest()[:12]}{file.suffix}"


def read_asset(served_name: str) -> tuple[str, str] | None:
    """Find a file by the last part of its address; its type and text, None where it is another version or none."""
    for file in _FOLDER.iterdir():
        if file.suffix in TYPES and address(file.name) == f"/assets/{served_name}":
            return TYPES[file.suffix], file.read_text(encoding="utf-8")
    return None
