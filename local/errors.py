"""The root of what a user of this folder's programs is told in a sentence."""


class LocalError(Exception):
    """The system can't start or go on here; the message says why, and what to do."""
