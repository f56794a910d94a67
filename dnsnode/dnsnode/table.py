"""The answer table: a query's bytes in, the response's bytes out.

Every answer that exists is built when its data arrives and found by the question's bytes in lower case; a hit proves
the question well formed, for only such ones are in the table. So the usual query is cut in two and looked up twice,
and never parsed. Denials are built once for each zone. Whole packets are not remembered: names hardly repeat.

One thread changes the table while another asks it. Each name changes by one assignment, so a reader sees the old or
the new answer, and nothing in between.
"""

import re
from ipaddress import ip_address
from math import inf
from struct import pack
from threading import Lock
from typing import Final

from certwright.domain.answer import ServedZone
from dnsnode import wire
from dnsnode.lease import ENDLESS, Lease, Sight
from dnsnode.wire import Answer, Frame, RefusedQuery

NS_TTL: Final = 3600
ADDRESS_TTL: Final = 300
TXT_TTL: Final = 1
NEGATIVE_TTL: Final = 5
"""TTL and MINIMUM of the SOA, the lesser of which is the negative TTL (RFC 2308 §5)."""
SERIAL, REFRESH, RETRY, EXPIRE = 1, 14_400, 3600, 1_209_600
"""Nothing is transferred: the serial never moves and is the same on every node."""
MOST_FRAMES: Final = 4096

_UUID: Final = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CLASS_IN: Final = wire.IN.to_bytes(2)
_TRANSFERS: Final = frozenset((wire.AXFR.to_bytes(2), wire.IXFR.to_bytes(2)))
_TXT_OR_ANY: Final = frozenset((wire.TXT.to_bytes(2), wire.ANY.to_bytes(2)))
_REFUSED: Final = wire.build_failure(wire.REFUSED)
_SERVFAIL: Final = wire.build_failure(wire.SERVFAIL)


class _Zone:
    """The fixed part of a zone: its denials, its apex and the addresses of name servers that lie in it."""

    def __init__(self, zone: ServedZone) -> None:
        self.origin = wire.wire_name(zone.origin)
        servers = [wire.wire_name(name) for name in zone.name_servers]
        soa = servers[0] + wire.wire_name(f"hostmaster.{zone.origin}")
        soa += pack("!5I", SERIAL, REFRESH, RETRY, EXPIRE, NEGATIVE_TTL)
        soa_record = wire.record(wire.SOA, NEGATIVE_TTL, soa, self.origin)
        self.nodata = wire.build_denial(wire.NOERROR, soa_record)
        self.nxdomain = wire.build_denial(wire.NXDOMAIN, soa_record)
        self.answers: dict[bytes, Answer] = {}
        self.names: set[bytes] = {self.origin}
        self._add(self.origin, wire.SOA, NEGATIVE_TTL, [soa])
        self._add(self.origin, wire.NS, NS_TTL, servers)
        addresses = [ip_address(address) for address in zone.addresses]
        for server in servers:
            if server.endswith(self.origin):
                self._add(server, wire.A, ADDRESS_TTL, [found.packed for found in addresses if found.version == 4])
                self._add(server, wire.AAAA, ADDRESS_TTL, [found.packed for found in addresses if found.version == 6])

    def _add(self, name: bytes, rrtype: int, ttl: int, rdatas: list[bytes]) -> None:
        parent = name
        while parent != self.origin:  # the names on the way to the apex exist too, with nothing at them (RFC 8020)
            self.names.add(parent)
            parent = parent[1 + parent[0] :]
        if rdatas:
            answer = wire.build_answer(rrtype, ttl, rdatas)
            self.answers[wire.question(name, rrtype)] = answer
            self.answers.setdefault(wire.question(name, wire.ANY), answer)  # one RRset will do (RFC 8482 §4.1)


class AnswerTable:
    """Answers for several zones; any UUID-shaped label right below an apex exists, with or without TXT."""

    def __init__(self, lease: Lease = ENDLESS) -> None:
        self._zones: dict[bytes, _Zone] = {}
        self._values: dict[bytes, tuple[str, ...]] = {}
        self._fixed: dict[bytes, Answer] = {}
        self._short_fixed: dict[bytes, Answer] = {}
        self._all: dict[bytes, Answer] = {}
        self._answers = self._all
        self._long: dict[bytes, Answer] = {}
        self._frames: dict[bytes, Frame] = {}
        self._lock = Lock()
        self._lease = lease
        self._sight = Sight.CLEAR
        self._next_change = -inf

    # ------------------------------------------------------------------ changes

    def set_zone(self, served: ServedZone) -> None:
        """Serve a zone, or serve it with new name servers or addresses."""
        zone = _Zone(served)
        gone = self._zones[zone.origin].answers.keys() - zone.answers if zone.origin in self._zones else set()
        self._zones[zone.origin] = zone
        for question, answer in zone.answers.items():
            short = answer if wire.fits(answer, wire.EDNS, len(question), wire.PLAIN_UDP) else None
            self._fixed[question] = answer
            _put(self._short_fixed, question, short)
            _put(self._all, question, short)
        self._forget_fixed(gone)
        self._rebuild_below(zone.origin)

    def remove_zone(self, origin: str) -> None:
        """Stop serving a zone and all that lies in it."""
        zone = self._zones.pop(wire.wire_name(origin), None)
        if zone:
            self._forget_fixed(set(zone.answers))
            self._rebuild_below(zone.origin)

    def set_txt(self, name: str, values: tuple[str, ...]) -> None:
        """Set all TXT values of one name, which is served where it is one label below an apex; none takes them away."""
        key = wire.wire_name(name)
        if values:
            self._values[key] = values
        else:
            self._values.pop(key, None)
        self._build_txt(key)

    def _forget_fixed(self, questions: set[bytes]) -> None:
        for question in questions:
            for answers in (self._fixed, self._short_fixed, self._all):
                answers.pop(question, None)

    def _rebuild_below(self, origin: bytes) -> None:
        for name in [name for name in self._values if name.endswith(origin)]:
            self._build_txt(name)

    def _build_txt(self, name: bytes) -> None:
        """Put the name's TXT where it is looked for: among the short answers, the long ones, or nowhere."""
        values = self._values.get(name, ())
        short: Answer | None = None
        long: Answer | None = None
        if values and name[1 + name[0] :] in self._zones:
            answer = wire.build_answer(wire.TXT, TXT_TTL, [wire.txt_rdata(value) for value in values])
            is_short = wire.fits(answer, wire.EDNS, len(name) + 4, wire.PLAIN_UDP)
            short, long = (answer, None) if is_short else (None, answer)
        for rrtype in (wire.TXT, wire.ANY):
            question = wire.question(name, rrtype)
            if rrtype == wire.TXT or question not in self._fixed:
                _put(self._long, question, long)
                _put(self._all, question, short)

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
        self._next_change = self._lease.next_change(now)

    # ------------------------------------------------------------------ answering

    def respond(self, query: bytes, limit: int = wire.PLAIN_UDP) -> bytes | None:
        """Answer a message of any content; None is silence. `limit` is the longest response the transport takes."""
        end = query.find(b"\0", 12) + 5
        question = query[12:end]
        answer = self._answers.get(question.lower())
        frame = self._frames.get(query[2:12] + query[end:])
        if answer is None or frame is None:
            try:
                return self._respond_to_unusual(query, limit, question, frame)
            except RefusedQuery as refused:
                return refused.response
        heads, tail = answer
        kind = frame[0]
        return b"".join((query[:2], heads[kind], question, tail, wire.OPT_OF_KIND[kind]))

    def _respond_to_unusual(self, query: bytes, limit: int, question: bytes, frame: Frame | None) -> bytes:
        """Answer what has no short answer prebuilt, or comes in a frame not seen before.

        A name that is one label below an apex, in a known frame, is well formed: nothing of it is parsed again.
        """
        zone = self._zone_right_above(question) if frame else None
        if frame is None or zone is None:
            wire.check_header(query)
            end = wire.find_question_end(query)
            question = query[12:end]
            if question[-4:-2] in _TRANSFERS:
                raise RefusedQuery(wire.failure(query, wire.REFUSED))
            frame = self._frame(query, end)
            zone = self._find_zone(question[:-4].lower())
        answer = self._look_up(question, zone)
        if not wire.fits(answer, frame.kind, len(question), max(limit, frame.payload)):
            answer = wire.truncate(answer)
        return b"".join((query[:2], answer.heads[frame.kind], question, answer.tail, wire.OPT_OF_KIND[frame.kind]))

    def _frame(self, query: bytes, end: int) -> Frame:
        """Read the frame, and remember it if it has no options: cookies are ever new and would fill the memory."""
        key = query[2:12] + query[end:]
        frame = self._frames.get(key)
        if frame is None:
            frame = wire.read_frame(query, end)
            if len(key) <= 10 + wire.PLAIN_OPT:
                if len(self._frames) >= MOST_FRAMES:
                    self._frames.clear()
                self._frames[key] = frame
        return frame

    def _look_up(self, question: bytes, zone: _Zone | None) -> Answer:
        """Find the answer to a well-formed question, by the table in the README."""
        if zone is None or question[-2:] != _CLASS_IN or question[-4:-2] in _TRANSFERS:
            return _REFUSED
        name = question[:-4].lower()
        if name in zone.names:
            fixed = self._fixed.get(name + question[-4:])
            if fixed is not None:
                return fixed
        if name[1 + name[0] :] == zone.origin and (name in self._values or _is_uuid(name)):
            return self._look_up_dynamic(name, question[-4:], zone)
        return zone.nodata if name in zone.names else zone.nxdomain

    def _look_up_dynamic(self, name: bytes, type_and_class: bytes, zone: _Zone) -> Answer:
        """Answer for a name that the issuer may publish at: TXT is denied only by a node that can see."""
        if type_and_class[:2] not in _TXT_OR_ANY:
            return zone.nodata
        if self._sight is Sight.ENDED:
            return _SERVFAIL
        answer = self._all.get(name + type_and_class) or self._long.get(name + type_and_class)
        if answer is not None:
            return answer
        return zone.nodata if self._sight is Sight.CLEAR else _SERVFAIL

    def _zone_right_above(self, question: bytes) -> _Zone | None:
        """Find the zone whose apex is all but the first label; a question cut short does not end in an apex."""
        if not question or question[0] > wire.LONGEST_LABEL or len(question) > wire.LONGEST_NAME + 4:
            return None
        return self._zones.get(question[1 + question[0] : -4].lower())

    def _find_zone(self, name: bytes) -> _Zone | None:
        """Find the closest enclosing zone, label by label: the end of a label may look like an origin."""
        at = 0
        while at < len(name):
            zone = self._zones.get(name[at:])
            if zone is not None:
                return zone
            at += 1 + name[at]
        return None


def _is_uuid(name: bytes) -> bool:
    """Tell whether the first label is UUID-shaped, in lower case."""
    return name[0] == 36 and _UUID.fullmatch(name, 1, 37) is not None


def _put(answers: dict[bytes, Answer], question: bytes, answer: Answer | None) -> None:
    if answer is None:
        answers.pop(question, None)
    else:
        answers[question] = answer
