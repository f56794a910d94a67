"""A bus that keeps what is announced."""

from certwright.domain.announcement import Announcement
from certwright.domain.errors import Unavailable


class FakeBus:
    """A `Bus`; while `is_down`, nothing is taken."""

    def __init__(self) -> None:
        self.announced: list[Announcement] = []
        self.is_down = False

    def announce(self, announcement: Announcement) -> None:
        if self.is_down:
            raise Unavailable("The bus takes nothing: try again.")
        self.announced.append(announcement)
