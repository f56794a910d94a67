"""Signs of life in memory."""


class FakeBeats:
    """A `Beats`."""

    def __init__(self) -> None:
        self.noted: dict[str, int] = {}

    def note(self, part: str, at: int) -> None:
        self.noted[part] = at

    def read(self, part: str) -> int:
        return self.noted.get(part, 0)
