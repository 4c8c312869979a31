"""What Hi-Link's radars LD2410 and LD2450 have in common on the wire: commands, ACKs, framing.

    command  FD FC FB FA | length16 | word16 data | 04 03 02 01
    ACK      FD FC FB FA | length16 | (word | 0x0100)16 status16 data | 04 03 02 01

All numbers are little-endian, and nothing has a checksum. Commands are heard only between
ENABLE_CONFIGURATION and END_CONFIGURATION, without reports. Reports differ: each part has its own
header (HEADERS), which is what tells them apart.
"""

import re
import struct
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

BAUDRATE = 256_000
REPORT_NS = 100_000_000
"""The parts report 10 times a second."""

FIRMWARE = 0x00A0
ENABLE_CONFIGURATION = 0x00FF
END_CONFIGURATION = 0x00FE
ENABLE_DATA = b"\x01\x00"

HEADERS = {"ld2410": b"\xf4\xf3\xf2\xf1", "ld2450": b"\xaa\xff\x03\x00"}
"""What a report of the part begins with."""

_COMMAND_HEADER = b"\xfd\xfc\xfb\xfa"
_COMMAND_TAIL = b"\x04\x03\x02\x01"
_COMMAND_OVERHEAD = 10
_ACK_BIT = 0x0100
_SHORTEST_ACK = 4


class Ack(NamedTuple):
    """The answer to the command `word`; `status` 0 = done."""

    word: int
    status: int
    data: bytes


R = TypeVar("R")


class Reports(NamedTuple, Generic[R]):
    """How a part reports: `header`, and what follows it.

    `size(buffer)`: bytes that decide, of what begins like the header; 0 = no report.
    `report(data)`: what exactly these bytes are; None = they only begin like a report.
    `longest_ack` of word, status and data: short, so that noise cannot swallow two reports as one.
    """

    header: bytes
    size: Callable[[bytes], int]
    report: Callable[[bytes], R | None]
    longest_ack: int = 16


def command(word: int, data: bytes = b"") -> bytes:
    """The bytes of one command."""
    length = struct.pack("<HH", 2 + len(data), word)
    return _COMMAND_HEADER + length + data + _COMMAND_TAIL


def firmware(data: bytes) -> str:
    """V1.02.22062416, say, from the data of the ACK to FIRMWARE: type16, version16, build32."""
    minor, major, build = struct.unpack_from("<BBI", data, 2)
    return f"V{major:x}.{minor:02x}.{build:08x}"


class Parser(Generic[R]):
    """Finds frames in a stream that may begin in the middle of one and may hold garbage.

    It never holds back more than the beginning of one frame, so it is bounded under endless noise
    and nothing is dropped that was whole.
    """

    def __init__(self, reports: Reports[R]) -> None:
        self._reports = reports
        self._may_begin = re.compile(b"[" + re.escape(reports.header[:1]) + b"\xfd]")
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Bytes held back because they may begin a frame: fewer than the longest one has."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[R | Ack]:
        """Take in what has arrived; returns the frames that are now complete, oldest first."""
        self._buffer += data
        frames: list[R | Ack] = []
        while self._skip_to_header() and (length := self._length()) <= len(self._buffer):
            frame = self._frame(bytes(self._buffer[:length]))
            frames += [] if frame is None else [frame]
            # A false header may stand right before a true one: go on behind its first byte.
            del self._buffer[: 1 if frame is None else length]
        return frames

    def _skip_to_header(self) -> bool:
        """Drop what cannot begin a frame; whether anything is left."""
        found = self._may_begin.search(self._buffer)
        del self._buffer[: found.start() if found else len(self._buffer)]
        return bool(self._buffer)

    def _length(self) -> int:
        """Bytes needed to judge what the buffer begins with."""
        header = bytes(self._buffer[:4])
        if self._reports.header.startswith(header):
            return self._reports.size(bytes(self._buffer[:6])) or 1
        if not _COMMAND_HEADER.startswith(header):
            return 1
        if len(self._buffer) < 6:
            return 6
        payload = int.from_bytes(self._buffer[4:6], "little")
        plausible = _SHORTEST_ACK <= payload <= self._reports.longest_ack
        return _COMMAND_OVERHEAD + payload if plausible else 1

    def _frame(self, data: bytes) -> R | Ack | None:
        """The frame that these bytes are; None = they only begin like one."""
        if data.startswith(self._reports.header):
            return self._reports.report(data)
        if data.startswith(_COMMAND_HEADER) and data.endswith(_COMMAND_TAIL):
            return _ack(data[6:-4])
        return None


def _ack(payload: bytes) -> Ack | None:
    """None for the echo of a command, which RX and TX short-circuited would show."""
    word, status = struct.unpack_from("<HH", payload)
    return Ack(word & ~_ACK_BIT, status, payload[4:]) if word & _ACK_BIT else None
