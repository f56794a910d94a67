"""Messages to and from the kernel in batches, prepared before the clock starts: sendmmsg(2) and recvmmsg(2)."""

import ctypes
import socket
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

BATCH: Final = 64
_SLOT: Final = 1500
_MSG_DONTWAIT: Final = 0x40
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


class _Iovec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("len", ctypes.c_size_t))


class _Msghdr(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("namelen", ctypes.c_uint32),
        ("iov", ctypes.c_void_p),
        ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("controllen", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Mmsghdr(ctypes.Structure):
    _fields_ = (("hdr", _Msghdr), ("len", ctypes.c_uint32))


class Outgoing:
    """Messages to be sent over and over, each in its turn."""

    def __init__(self, messages: Sequence[bytes]) -> None:
        self._data: Any = ctypes.create_string_buffer(b"".join(messages))
        self._iovecs, self._headers = (_Iovec * len(messages))(), (_Mmsghdr * len(messages))()
        base, at = ctypes.addressof(self._data), ctypes.addressof(self._iovecs)
        for i, message in enumerate(messages):
            self._iovecs[i] = _Iovec(base, len(message))
            self._headers[i] = _Mmsghdr(_Msghdr(iov=at + i * ctypes.sizeof(_Iovec), iovlen=1))
            base += len(message)
        self._at = ctypes.addressof(self._headers)
        self._number, self._next = len(messages), 0

    def send(self, sock: socket.socket, number: int) -> int:
        """Send up to `number` messages on a connected socket; returns how many went out."""
        number = min(number, self._number - self._next)
        at = self._at + self._next * ctypes.sizeof(_Mmsghdr)
        sent: int = max(_LIBC.sendmmsg(sock.fileno(), ctypes.c_void_p(at), number, 0), 0)
        self._next = (self._next + sent) % self._number
        return sent


class Incoming:
    """Takes responses in and counts them by response code."""

    def __init__(self) -> None:
        self._data: Any = (ctypes.c_char * (BATCH * _SLOT))()
        self._iovecs, self._headers = (_Iovec * BATCH)(), (_Mmsghdr * BATCH)()
        for i in range(BATCH):
            self._iovecs[i] = _Iovec(ctypes.addressof(self._data) + i * _SLOT, _SLOT)
            at = ctypes.addressof(self._iovecs) + i * ctypes.sizeof(_Iovec)
            self._headers[i] = _Mmsghdr(_Msghdr(iov=at, iovlen=1))
        view = memoryview(self._data).cast("B")
        self._flags, self._codes = view[2::_SLOT], view[3::_SLOT]
        self._at = ctypes.c_void_p(ctypes.addressof(self._headers))
        self.codes: Counter[int] = Counter()
        self.truncated = 0

    def receive(self, sock: socket.socket) -> int:
        """Take what is there, at most a batch; returns how many responses that were."""
        number: int = max(_LIBC.recvmmsg(sock.fileno(), self._at, BATCH, _MSG_DONTWAIT, None), 0)
        if number:
            self.codes.update(bytes(self._codes[:number]))
            self.truncated += sum(1 for flags in self._flags[:number] if flags & 0x02)
        return number
