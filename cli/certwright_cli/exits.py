"""What the exit codes mean. They are stable: scripts rely on them."""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended; the text of each is its line in the documentation."""

    meaning: str

    OK = 0, "it worked; for `check`: everything stands"
    FAILED = 1, "an error of the program itself"
    USAGE = 2, "the command line, a variable or the configuration is wrong"
    NOT_AUTHENTICATED = 3, "no token, or one that is not known or has expired (401)"
    NOT_ALLOWED = 4, "the token's role or owner may not do this (403)"
    NOT_FOUND = 5, "there is no such thing, or it is another owner's (404)"
    CONFLICT = 6, "not in the present state, as a bundle that is not issued yet (409)"
    REFUSED = 7, "the request was refused as it is (400, 413, 415, 422 and other 4xx)"
    SERVER = 8, "the server failed, or its answer was not understood (5xx, no JSON)"
    UNREACHABLE = 9, "the server could not be reached, or the connection was cut"
    MISSING = 10, "`check`, `zones check`, `records --add`, `doctor` and dry runs: something is missing or broken"
    TIMED_OUT = 11, "what was waited for did not come in time"
    RELOAD = 12, "`pull`: the files are in place, the reload command failed; the next run tries it again"
    FILES = 13, "a local file could not be read or written"
    INTERRUPTED = 130, "Ctrl-C, or a signal to end"
    BROKEN_PIPE = 141, "the reader of the output went away, as in `| head`"

    def __new__(cls, value: int, meaning: str) -> "Exit":
        """Keep the meaning beside the number."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member
