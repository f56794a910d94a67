"""Randomness from the operating system; every draw is fit for secrets."""

import secrets
from string import ascii_letters, ascii_lowercase, digits
from uuid import uuid4

_SECRET_LENGTH = 43
"""43 of 62 letters and digits are 256 bits."""
_LABEL_LENGTHS = (6, 7, 8)
_FRACTION_BITS = 53
"""As many as a float holds."""


class SystemChance:
    """Fills in `ports.Chance`."""

    def new_id(self, prefix: str) -> str:
        """Put 32 hex digits behind a prefix like `crt_`."""
        return f"{prefix}{uuid4().hex}"

    def new_uuid(self) -> str:
        """Make a UUID, version 4."""
        return str(uuid4())

    def new_label(self) -> str:
        """Draw 6 to 8 letters and digits, the first a letter."""
        length = secrets.choice(_LABEL_LENGTHS)
        rest = (secrets.choice(ascii_lowercase + digits) for _ in range(length - 1))
        return secrets.choice(ascii_lowercase) + "".join(rest)

    def new_secret(self) -> str:
        """Draw 43 letters and digits."""
        return "".join(secrets.choice(ascii_letters + digits) for _ in range(_SECRET_LENGTH))

    def fraction(self) -> float:
        """Draw evenly."""
        return secrets.randbits(_FRACTION_BITS) / (1 << _FRACTION_BITS)
