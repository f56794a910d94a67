"""Notices in memory."""

from certwright.domain.notice import Notice


class FakeNotices:
    """A `Notices`; `all` holds them in the order they came."""

    def __init__(self) -> None:
        self.all: list[Notice] = []

    def put(self, notice: Notice) -> None:
        self.all.append(notice)
