"""Peers at a broker's port that no broker should be, written by hand over sockets."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CONNACK_5 = b"\x20\x03\x00\x00\x00"
CONNACK_311 = b"\x20\x02\x00\x00"
REFUSED_5 = b"\x20\x03\x00\x84\x00"
REFUSED_311 = b"\x20\x02\x00\x01"
_LEVEL_AT = 6
"""Of a CONNECT's body: the version that is spoken."""

Behave = Callable[["Caller"], None]


class Caller:
    """One connection to the peer."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link

    def packet(self) -> tuple[int, bytes]:
        """The next packet: its first byte and its body."""
        first = self.exactly(1)[0]
        length = shift = 0
        while True:
            byte = self.exactly(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return first, self.exactly(length)

    def level(self) -> int:
        """Of the CONNECT that comes first: 5, or 4 for 3.1.1."""
        first, body = self.packet()
        assert first == 0x10
        return body[_LEVEL_AT]

    def exactly(self, count: int) -> bytes:
        """So many bytes. Raises ConnectionError at the end."""
        got = b""
        while len(got) < count:
            part = self.link.recv(count - len(got))
            if not part:
                raise ConnectionAbortedError
            got += part
        return got

    def say(self, data: bytes) -> None:
        self.link.sendall(data)

    def linger(self) -> None:
        """Read on until the other end is gone."""
        while self.link.recv(65_536):
            pass


class Peer:
    """Listens on a loopback port; each connection is treated by `behave`, one after the other."""

    def __init__(self, behave: Behave) -> None:
        self.connections = 0
        self._behave = behave
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End all connections."""
        for one in (self._server, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                link, _ = self._server.accept()
                self.connections += 1
                self._open.append(link)
                with link, suppress(OSError):
                    self._behave(Caller(link))


@contextmanager
def peer(behave: Behave) -> Iterator[Peer]:
    """One that behaves so, until the end of the block."""
    one = Peer(behave)
    try:
        yield one
    finally:
        one.close()


def publish(
    topic: str, body: bytes, qos: int = 0, mid: int = 1, properties: bytes = b"\0"
) -> bytes:
    """A PUBLISH of MQTT 5."""
    name = topic.encode()
    rest = struct.pack("!H", len(name)) + name
    rest += struct.pack("!H", mid) if qos else b""
    rest += properties + body
    return bytes([0x30 | qos << 1]) + length(len(rest)) + rest


def length(value: int) -> bytes:
    """A remaining length."""
    told = bytearray()
    while True:
        value, digit = divmod(value, 128)
        told.append(digit | (0x80 if value else 0))
        if not value:
            return bytes(told)


def resident_bytes() -> int:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
