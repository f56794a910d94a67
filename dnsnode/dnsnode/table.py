"""The answer table: a query's bytes in, the response's bytes out.

Every answer that exists is built when its data arrives and found by the question's bytes in lower case; a hit proves
the question well formed, for only such ones are in the table. So the usual query is cut in two and looked up twice,
and never parsed. Denials are built once for each zone, and found by what follows the first label. Whole packets are
not remembered: names hardly repeat.

One thread changes the table while others ask it. Each name changes by one assignment, so a reader sees the old or the
new answer, and nothing in between.
"""

from collections.abc import Callable
from math import inf
from threading import Lock
from typing import Final

from certwright.domain.answer import ServedZone
from dnsnode import wire
from dnsnode.counts import UNREAD, Counts, Outcome
from dnsnode.lease import ENDLESS, Lease, Sight
from dnsnode.wire import Answer, Frame, RefusedQuery
from dnsnode.zone import Zone
from dnsnode.zones import Zones

TXT_TTL: Final = 1
MOST_FRAMES: Final = 4096

USUAL_TYPES: Final = (wire.A, wire.NS, 5, wire.SOA, 15, wire.TXT, wire.AAAA, 43, 65, 257)
"""The types that denials are at hand for, also CNAME, MX, DS, HTTPS and CAA."""
_CLASS_IN: Final = wire.IN.to_bytes(2)
_TXT: Final = wire.question(b"", wire.TXT)
_ANY: Final = wire.question(b"", wire.ANY)
_TRANSFERS: Final = frozenset((wire.AXFR.to_bytes(2), wire.IXFR.to_bytes(2)))
_REFUSED: Final = wire.build_failure(wire.REFUSED)
_SERVFAIL: Final = wire.build_failure(wire.SERVFAIL)
_CLIENT_COOKIE: Final = b"\0\x0c\0\x0a\0\x08"
"""How the options of a query with a client cookie alone begin: 12 bytes, option 10, 8 bytes (RFC 7873 §4)."""

# One translation and one comparison take half as long as a regular expression does.
_HEX_TO_H: Final = bytes(
    ord("h") if byte in b"0123456789abcdef" else byte if byte in b"$-" else 0 for byte in range(256)
)
_UUID: Final = b"$hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"
"""A UUID's label, length and all, with an h for each digit."""

_OUTCOMES: Final = {
    wire.FORMERR: Outcome.FORMERR,
    wire.SERVFAIL: Outcome.SERVFAIL,
    wire.NXDOMAIN: Outcome.NXDOMAIN,
    wire.NOTIMP: Outcome.NOTIMP,
    wire.REFUSED: Outcome.REFUSED,
}


type _Denials = tuple[Answer | None, Zone]
"""What denies one type at names one label below an apex: NODATA for a UUID, and the zone for other labels."""


class AnswerTable:
    """Answers for several zones; any UUID-shaped label right below an apex exists, with or without TXT.

    `on_notify` is called for each NOTIFY of a zone that is served, in the thread that answers; without it such a
    message is not implemented.
    """

    def __init__(self, lease: Lease = ENDLESS, on_notify: Callable[[], None] | None = None) -> None:
        self._on_notify = on_notify
        self._zones = Zones()
        self._texts: dict[bytes, Answer] = {}
        self._long: set[bytes] = set()
        self._imported: set[bytes] = set()
        self._fixed: dict[bytes, Answer] = {}
        self._short_fixed: dict[bytes, Answer] = {}
        self._all: dict[bytes, Answer] = {}
        self._answers = self._all
        self._denials_when_clear: dict[bytes, _Denials] = {}
        self._denials_when_blind: dict[bytes, _Denials] = {}
        self._denials = self._denials_when_clear
        self._frames: dict[bytes, Frame] = {}
        self._lock = Lock()
        self._lease = lease
        self._sight = Sight.CLEAR
        self._next_change = -inf

    # ------------------------------------------------------------------ changes

    def set_zone(self, served: ServedZone) -> None:
        """Serve a zone, or serve it with new name servers or addresses."""
        zone = Zone(served)
        before = self._zones.get(zone.origin)
        gone = before.answers.keys() - zone.answers if before else set()
        self._zones.put(zone)
        for question, answer in zone.answers.items():
            short = answer if wire.fits_any_udp(answer, len(question)) else None
            self._fixed[question] = answer
            _put(self._short_fixed, question, short)
            _put(self._all, question, short)
        self._forget_fixed(gone)
        (self._put_denials if zone.has_short_denials() else self._forget_denials)(zone)
        self._serve_below(zone.origin)

    def remove_zone(self, origin: str) -> None:
        """Stop serving a zone and all that lies in it."""
        zone = self._zones.pop(wire.wire_name(origin))
        if zone:
            self._forget_fixed(set(zone.answers))
            self._forget_denials(zone)
            self._serve_below(zone.origin)

    def set_txt(self, name: str, values: tuple[str, ...]) -> None:
        """Set all TXT values of one name, which is served where it is one label below an apex; none takes them away."""
        question = wire.wire_name(name) + _TXT
        answer = wire.build_answer(wire.TXT, TXT_TTL, [wire.txt_rdata(value) for value in values]) if values else None
        _put(self._texts, question, answer)
        if not _is_uuid(question):
            (self._imported.add if values else self._imported.discard)(question[:-4])
        self._serve_txt(question)

    def _forget_fixed(self, questions: set[bytes]) -> None:
        for question in questions:
            for answers in (self._fixed, self._short_fixed, self._all):
                answers.pop(question, None)

    def _put_denials(self, zone: Zone) -> None:
        for rrtype in USUAL_TYPES:
            key = wire.question(zone.origin, rrtype).lower()
            self._denials_when_clear[key] = zone.nodata, zone
            self._denials_when_blind[key] = (None if rrtype == wire.TXT else zone.nodata), zone

    def _forget_denials(self, zone: Zone) -> None:
        for rrtype in USUAL_TYPES:
            for denials in (self._denials_when_clear, self._denials_when_blind):
                denials.pop(wire.question(zone.origin, rrtype).lower(), None)

    def _serve_below(self, origin: bytes) -> None:
        """Take the zone's coming or going into what is published below it."""
        for question in [question for question in self._texts if question.endswith(origin + _TXT)]:
            self._serve_txt(question)

    def _serve_txt(self, question: bytes) -> None:
        """Put a name's TXT where it is looked for if its zone is served; never is it in neither place."""
        answer = self._texts.get(question)
        if answer is None or not self._is_right_below_an_apex(question[:-4]):
            self._all.pop(question, None)
            self._long.discard(question)
        elif wire.fits_any_udp(answer, len(question)):
            self._all[question] = answer
            self._long.discard(question)
        else:
            self._long.add(question)
            self._all.pop(question, None)

    def _is_right_below_an_apex(self, name: bytes) -> bool:
        return name[1 + name[0] :] in self._zones and name not in self._zones

    # ------------------------------------------------------------------ the lease

    def set_lease(self, lease: Lease, now: float) -> None:
        """Serve under a new lease; `now` is the monotonic clock's."""
        with self._lock:
            self._lease = lease
            self._look(now)

    def tick(self, now: float) -> None:
        """Obey the lease: call it with the monotonic clock before answering, however long ago the last time was."""
        if now >= self._next_change:
            with self._lock:
                self._look(now)

    def _look(self, now: float) -> None:
        self._sight = self._lease.sight(now)
        self._answers = self._short_fixed if self._sight is Sight.ENDED else self._all
        self._denials = self._denials_when_clear if self._sight is Sight.CLEAR else self._denials_when_blind
        self._next_change = self._lease.next_change(now)

    # ------------------------------------------------------------------ answering

    def respond(self, query: bytes, limit: int = wire.PLAIN_UDP, counts: Counts = UNREAD) -> bytes | None:
        """Answer a message of any content; None is silence. `limit` is the longest response the transport takes.

        What comes out is counted unless it is an answer.
        """
        end = query.find(b"\0", 12) + 5
        question = query[12:end]
        folded = question.lower()
        answer = self._answers.get(folded)
        frame = self._frames.get(query[2:12] + query[end:])
        if answer is None or frame is None:
            frame = frame or self._frame_around_options(query, end)
            answer = answer or (self._deny(folded, counts) if frame else None)
            if answer is None or frame is None:
                return self._respond_to_unusual(query, limit, counts)
        kind, _, opt = frame
        heads, tail = answer
        return b"".join((query[:2], heads[kind], question, tail, opt))

    def _frame_around_options(self, query: bytes, end: int) -> Frame | None:
        """Find the frame of a query whose OPT is known but for its options: with cookies all queries differ.

        A client cookie alone is known by its first six bytes, and costs 0.4 µs a query; all options cost 3 µs less
        this way than the long one.
        """
        frame = self._frames.get(query[2:12] + query[end : end + 9] + b"\0\0")
        options = query[end + 9 :]
        if (options.startswith(_CLIENT_COOKIE) and len(options) == 14) or wire.are_options_sound(options):
            return frame
        return None

    def _deny(self, folded: bytes, counts: Counts) -> Answer | None:
        """Deny a usual type at a name one label below an apex that has none; None leaves it to the long way.

        What follows the label is a zone's origin and no NUL comes before its end, so the question is well formed if
        the label is not too long. A flood of random names costs 2 µs a query less this way.
        """
        denials = self._denials.get(folded[1 + folded[0] :]) if folded else None
        if denials is None:
            return None
        nodata, zone = denials
        name = folded[:-4]
        if folded[0] > wire.LONGEST_LABEL or name in zone.names or folded in self._long or name in self._imported:
            return None
        if _is_uuid(name):
            if nodata:
                counts.add(Outcome.NODATA)
            return nodata
        counts.add(Outcome.NXDOMAIN)
        return zone.nxdomain

    def _respond_to_unusual(self, query: bytes, limit: int, counts: Counts) -> bytes | None:
        """Parse the message, then answer what has no short answer at hand, or comes in a frame not seen before."""
        if self._on_notify and wire.find_notified_name(query) in self._zones:
            self._on_notify()
            return wire.acknowledge(query)
        try:
            wire.check_header(query)
            end = wire.find_question_end(query)
            if query[end - 4 : end - 2] in _TRANSFERS and query[8:10] != b"\0\0":
                raise RefusedQuery(wire.refuse_transfer(query, end))
            kind, payload, opt = self._frame(query, end)
        except RefusedQuery as refused:
            counts.add(_outcome_of_refusal(refused.response))
            return refused.response
        question = query[12:end]
        answer = self._look_up(question, self._zones.find(question[:-4].lower(), question[-4:-2]))
        outcome = _outcome_of_answer(answer)
        if outcome:
            counts.add(outcome)
        if limit == wire.PLAIN_UDP:
            limit = min(payload, wire.MOST_AMPLIFIED * len(query))
        if not wire.fits(answer, kind, len(question), limit):
            counts.truncated += 1
            answer = wire.truncate(answer)
        heads, tail = answer
        return b"".join((query[:2], heads[kind], question, tail, opt))

    def _frame(self, query: bytes, end: int) -> Frame:
        """Read the frame, and remember it without its options: cookies are ever new and would fill the memory."""
        frame = wire.read_frame(query, end)
        key = query[2:12] + query[end : end + 9]
        if len(query) > end:
            key += b"\0\0"
        if len(self._frames) >= MOST_FRAMES:
            self._frames.clear()
        self._frames[key] = frame
        return frame

    def _look_up(self, question: bytes, zone: Zone | None) -> Answer:
        """Find the answer to a well-formed question, by the table in the README."""
        if zone is None or question[-2:] != _CLASS_IN or question[-4:-2] in _TRANSFERS:
            return _REFUSED
        name, type_and_class = question[:-4].lower(), question[-4:]
        fixed = self._fixed.get(name + type_and_class)
        if fixed is not None:
            return fixed
        if name[1 + name[0] :] == zone.origin and (name + _TXT in self._texts or _is_uuid(name)):
            return self._look_up_text(name, type_and_class, zone)
        return zone.nodata if name in zone.names else zone.nxdomain

    def _look_up_text(self, name: bytes, type_and_class: bytes, zone: Zone) -> Answer:
        """Answer for a name that the issuer may publish at: TXT is denied only by a node that can see."""
        if type_and_class not in (_TXT, _ANY):
            return zone.nodata
        if self._sight is Sight.ENDED:
            return _SERVFAIL
        answer = self._texts.get(name + _TXT)
        if answer is not None:
            return answer
        return zone.nodata if self._sight is Sight.CLEAR else _SERVFAIL


def _is_uuid(name: bytes) -> bool:
    """Tell whether the first label is UUID-shaped, in lower case."""
    return name[:37].translate(_HEX_TO_H) == _UUID


def _outcome_of_answer(answer: Answer) -> Outcome:
    head = answer[0][0]
    return _OUTCOMES[head[1]] if head[1] else Outcome.ANSWER if head[5] else Outcome.NODATA


def _outcome_of_refusal(response: bytes | None) -> Outcome:
    """Tell what a message got that was refused; the header's part of BADVERS is 0 (RFC 6891 §6.1.3)."""
    return _OUTCOMES.get(response[3], Outcome.BADVERS) if response else Outcome.SILENT


def _put(answers: dict[bytes, Answer], question: bytes, answer: Answer | None) -> None:
    if answer is None:
        answers.pop(question, None)
    else:
        answers[question] = answer
