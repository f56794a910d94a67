"""Addresses within the dashboard."""

import re

_PAGE = re.compile(r"/[A-Za-z0-9_-][A-Za-z0-9_/-]*")


def page_within(path: str) -> str:
    """Take a page to return to, the start page where it is none of ours: nobody is led to another site."""
    return path if _PAGE.fullmatch(path) else "/"
