"""A public suffix list of a few lines."""

LISTED = frozenset({"com", "org", "net", "uk", "co.uk"})


class FakePublicSuffixes:
    """A `PublicSuffixes`; any other top-level domain is a suffix that is not listed."""

    def __init__(self, listed: frozenset[str] = LISTED) -> None:
        self._listed = listed

    def registrable(self, name: str) -> str | None:
        labels = name.split(".")
        kept = self._suffix_labels(labels) + 1
        return ".".join(labels[-kept:]) if len(labels) >= kept else None

    def is_listed(self, name: str) -> bool:
        return name.rsplit(".", maxsplit=1)[-1] in self._listed

    def _suffix_labels(self, labels: list[str]) -> int:
        return 2 if ".".join(labels[-2:]) in self._listed else 1
