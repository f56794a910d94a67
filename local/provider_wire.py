"""Between the stand-in's records and DNS messages: one query in, one reply out."""

from collections.abc import Callable

import dnslib

from local.provider_answers import Reply
from local.provider_records import StoredRecord

UDP_LIMIT = 512
EDNS_LIMIT = 1232
FORMERR, SERVFAIL, NOTIMP, REFUSED = 1, 2, 4, 5
_CLASS_IN = 1

type Filler = Callable[[dnslib.DNSRecord], None]
type Responder = Callable[[bytes, bool], bytes | None]


def make_responder(fill: Filler) -> Responder:
    """Make a function of (query, is_tcp) whose replies `fill` completes; None asks for silence (RFC 1035 §4.1)."""

    def respond(query: bytes, is_tcp: bool) -> bytes | None:
        try:
            message = dnslib.DNSRecord.parse(query)
        except (dnslib.DNSError, ValueError):
            return None
        if message.header.qr:
            return None
        reply = _reply(message, fill)
        wire: bytes = reply.pack()
        return wire if is_tcp or len(wire) <= _room(message) else _truncated(reply)

    return respond


def _reply(message: dnslib.DNSRecord, fill: Filler) -> dnslib.DNSRecord:
    reply = message.reply(ra=0, aa=0)
    if _opt(message) is not None:
        reply.add_ar(dnslib.EDNS0(udp_len=EDNS_LIMIT))
    reply.header.rcode = _refusal(message)
    if not reply.header.rcode:
        fill(reply)
    return reply


def make_filler(answer: Callable[[str, str], Reply | None]) -> Filler:
    """Complete replies with what `answer` says of a lower-case name and a type; None is REFUSED."""

    def fill(reply: dnslib.DNSRecord) -> None:
        said = answer(*asked(reply))
        if said is None:
            reply.header.rcode = REFUSED
            return
        reply.header.rcode, reply.header.aa = said.rcode, int(said.is_authoritative)
        reply.add_answer(*map(to_rr, said.answer))
        reply.add_auth(*map(to_rr, said.authority))
        reply.add_ar(*map(to_rr, said.additional))

    return fill


def asked(message: dnslib.DNSRecord) -> tuple[str, str]:
    """Read the question: the name in lower case without final dot, and the type."""
    type_ = message.q.qtype
    return text_of(message.q.qname), str(dnslib.QTYPE.forward.get(type_, f"TYPE{type_}"))


def text_of(name: dnslib.DNSLabel) -> str:
    """Write a name in lower case without final dot."""
    return ".".join(label.decode("ascii", "replace").lower() for label in name.label)


def _refusal(message: dnslib.DNSRecord) -> int:
    if message.header.opcode:
        return NOTIMP
    if len(message.questions) != 1:
        return FORMERR
    is_plain = message.q.qclass == _CLASS_IN and not any(b"." in label for label in message.q.qname.label)
    return 0 if is_plain else REFUSED


def _opt(message: dnslib.DNSRecord) -> dnslib.RR | None:
    return next((record for record in message.ar if record.rtype == dnslib.QTYPE.OPT), None)


def _room(message: dnslib.DNSRecord) -> int:
    opt = _opt(message)
    return UDP_LIMIT if opt is None else min(max(opt.edns_len, UDP_LIMIT), EDNS_LIMIT)


def _truncated(reply: dnslib.DNSRecord) -> bytes:
    """Cut to the question with TC set, so that the asker comes again over TCP (RFC 2181 §9)."""
    reply.rr, reply.auth = [], []
    reply.ar = [record for record in reply.ar if record.rtype == dnslib.QTYPE.OPT]
    reply.header.tc = 1
    wire: bytes = reply.pack()
    return wire


def to_rr(record: StoredRecord) -> dnslib.RR:
    """Turn a stored record into dnslib's; a SOA's value is `mname rname serial refresh retry expire minimum`."""
    return dnslib.RR(record.name or ".", getattr(dnslib.QTYPE, record.type), ttl=record.ttl, rdata=_rdata(record))


def _rdata(record: StoredRecord) -> dnslib.RD:
    match record.type:
        case "TXT":
            data = record.value.encode()
            return dnslib.TXT([data[start : start + 255] for start in range(0, len(data), 255)])
        case "SOA":
            mname, rname, *times = record.value.split()
            return dnslib.SOA(mname, rname, tuple(map(int, times)))
        case _:
            return getattr(dnslib, record.type)(record.value)
