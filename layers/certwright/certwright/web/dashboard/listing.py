"""Search, filter, sort and page a list of certificates, all in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from certwright.domain.renewal import DAY
from certwright.domain.shown import Summary
from certwright.web.dashboard.words import AT_WORK, needs_someone

PAGE_SIZE = 50
WEEK = 7 * DAY
WEEKS = 13
NEVER = 1 << 62

VIEWS: Mapping[str, tuple[str, Callable[[Summary], bool]]] = {
    "": ("All", bool),
    "attention": ("Need someone", needs_someone),
    "waiting": ("Waiting", lambda item: item.state == "waiting"),
    "work": ("At work", lambda item: item.state in AT_WORK),
    "failing": ("Failing", lambda item: item.state == "failing"),
    "issued": ("Issued", lambda item: item.state in ("issued", "renewing")),
    "expired": ("Expired", lambda item: item.state == "expired"),
}
"""The views of the list, by the word in the address."""

SORTS: Mapping[str, Callable[[Summary], tuple[object, ...]]] = {
    "created": lambda item: (-item.created_at, item.id),
    "names": lambda item: (_by_domain(item), item.id),
    "state": lambda item: (not needs_someone(item), item.state, -item.created_at),
    "issued": lambda item: (-item.issued_at, item.id),
    "expires": lambda item: (item.expires_at or NEVER, item.id),
    "renewal": lambda item: (item.renew_at or NEVER, item.id),
}


@dataclass(frozen=True, slots=True)
class Query:
    """What the list is asked for; `week` counts from this one, -1 for any."""

    text: str = ""
    view: str = ""
    owner: str = ""
    ca: str = ""
    week: int = -1
    sort: str = "created"
    page: int = 1

    @property
    def is_newest(self) -> bool:
        """Tell whether the newest certificates are all that is asked for."""
        return self == Query()

    @property
    def is_narrowed(self) -> bool:
        """Tell whether some certificates may be left out."""
        return bool(self.text or self.view or self.owner or self.ca or self.week >= 0)

    def address(self, **changed: str | int) -> str:
        """Write the address of the list with some things changed; any change but of the page leads to the first."""
        wanted = replace(self, **({"page": 1} | changed))  # type: ignore[arg-type]  # fields of this class, by name
        named = {"q": wanted.text, "view": wanted.view, "owner": wanted.owner, "ca": wanted.ca}
        numbers = {"week": wanted.week if wanted.week >= 0 else "", "page": wanted.page if wanted.page > 1 else ""}
        sort = {"sort": wanted.sort if wanted.sort != Query().sort else ""}
        kept = {name: value for name, value in {**named, **numbers, **sort}.items() if value != ""}
        return f"/?{urlencode(kept)}" if kept else "/"


def read_query(given: Mapping[str, str]) -> Query:
    """Read an address's query; what is not understood counts as not given."""
    view, sort = given.get("view", ""), given.get("sort", "")
    return Query(
        text=given.get("q", "").strip()[:260],
        view=view if view in VIEWS else "",
        owner=given.get("owner", ""),
        ca=given.get("ca", ""),
        week=_number(given.get("week", ""), -1, WEEKS - 1),
        sort=sort if sort in SORTS else Query().sort,
        page=max(1, _number(given.get("page", ""), 1, 10**6)),
    )


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of what was asked for; `views` counts each view over what the other filters leave."""

    items: tuple[Summary, ...]
    total: int
    page: int
    pages: int
    views: Mapping[str, int]


def select(items: Sequence[Summary], query: Query, now: int) -> Listing:
    """Choose the page of the list that a query asks for; a page beyond the end is the last."""
    wanted = [item for item in items if _matches(item, query, now)]
    views = {name: sum(map(holds, wanted)) for name, (_, holds) in VIEWS.items()}
    seen = sorted(filter(VIEWS[query.view][1], wanted), key=SORTS[query.sort])
    pages = max(1, -(-len(seen) // PAGE_SIZE))
    page = min(query.page, pages)
    return Listing(tuple(seen[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]), len(seen), page, pages, views)


def week_of(item: Summary, now: int) -> int:
    """Tell in which of the coming weeks a certificate expires; what has expired counts for the first, -1 for never."""
    return max(0, (item.expires_at - now) // WEEK) if item.expires_at else -1


def _matches(item: Summary, query: Query, now: int) -> bool:
    return (
        (not query.owner or item.owner == query.owner)
        and (not query.ca or item.account == query.ca)
        and (query.week < 0 or week_of(item, now) == query.week)
        and all(_is_in(word, item) for word in query.text.lower().split())
    )


def _is_in(word: str, item: Summary) -> bool:
    return any(word in name for name in item.names) or word in item.id or word in item.reason


def _by_domain(item: Summary) -> list[str]:
    """Put names of one domain together: labels from the right."""
    return item.names[0].removeprefix("*.").split(".")[::-1] if item.names else []


def _number(text: str, default: int, most: int) -> int:
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 8 else default
