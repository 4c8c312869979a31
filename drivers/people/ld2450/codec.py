"""HLK-LD2450 on the wire (Hi-Link, serial protocol of the LD2450): reports, commands and ACKs.

    report   AA FF 03 00 | 3 x (x16 y16 speed16 resolution16) | 55 CC      no checksum
    command  FD FC FB FA | length16 | word16 data | 04 03 02 01
    ACK      FD FC FB FA | length16 | (word | 0x0100)16 status16 data | 04 03 02 01

All numbers are little-endian; x, y and speed are sign-magnitude, and a set bit 15 is *positive*.
Commands are heard only between ENABLE_CONFIGURATION and END_CONFIGURATION, without reports.
"""

import re
import struct
from typing import NamedTuple

BAUDRATE = 256_000
REPORT_NS = 100_000_000
"""The part reports 10 times a second."""

FIRMWARE = 0x00A0
REGIONS = 0x00C1
ENABLE_CONFIGURATION = 0x00FF
END_CONFIGURATION = 0x00FE
MULTI_TARGET = 0x0090
ENABLE_DATA = b"\x01\x00"

_REPORT_HEADER = b"\xaa\xff\x03\x00"
_REPORT_TAIL = b"\x55\xcc"
_REPORT_LENGTH = 30
_COMMAND_HEADER = b"\xfd\xfc\xfb\xfa"
_COMMAND_TAIL = b"\x04\x03\x02\x01"
_COMMAND_OVERHEAD = 10
_ACK_BIT = 0x0100
_ACK_PAYLOADS = range(4, 17)
"""Length of word, status and data. Short, so that noise cannot swallow two reports as an ACK."""

_EMPTY_TARGET = bytes(8)
_MAY_BEGIN = re.compile(b"[\xaa\xfd]")


class Target(NamedTuple):
    """One slot of a report: mm from the sensor, cm/s, mm."""

    x: int
    y: int
    speed: int
    resolution: int


class Report(NamedTuple):
    """One frame; empty slots are left out."""

    targets: tuple[Target, ...]


class Ack(NamedTuple):
    """The answer to the command `word`; `status` 0 = done."""

    word: int
    status: int
    data: bytes


Frame = Report | Ack

Box = tuple[int, int, int, int]
"""x1, y1, x2, y2 of two opposite corners, mm."""


class Regions(NamedTuple):
    """`kind` 0 = off, 1 = detect only inside, 2 = do not detect inside; three boxes."""

    kind: int
    boxes: tuple[Box, ...]


def command(word: int, data: bytes = b"") -> bytes:
    """The bytes of one command."""
    length = struct.pack("<HH", 2 + len(data), word)
    return _COMMAND_HEADER + length + data + _COMMAND_TAIL


def firmware(data: bytes) -> str:
    """V1.02.22062416, say, from the data of the ACK to FIRMWARE: type16, version16, build32."""
    minor, major, build = struct.unpack_from("<BBI", data, 2)
    return f"V{major:x}.{minor:02x}.{build:08x}"


def regions(data: bytes) -> Regions:
    """From the data of the ACK to REGIONS; here, unlike in reports, two's complement."""
    kind, *corners = struct.unpack("<H12h", data)
    x1, y1, x2, y2 = (corners[first::4] for first in range(4))
    return Regions(kind, tuple(zip(x1, y1, x2, y2, strict=True)))


class Parser:
    """Finds frames in a stream that may begin in the middle of one and may hold garbage.

    It never holds back more than the beginning of one frame, so it is bounded under endless noise
    and nothing is dropped that was whole.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Bytes held back because they may begin a frame: fewer than a report has."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Frame]:
        """Take in what has arrived; returns the frames that are now complete, oldest first."""
        self._buffer += data
        frames: list[Frame] = []
        while self._skip_to_header() and (length := self._length()) <= len(self._buffer):
            frame = _frame(bytes(self._buffer[:length]))
            frames += [frame] if frame else []
            # A false header may stand right before a true one: go on behind its first byte.
            del self._buffer[: length if frame else 1]
        return frames

    def _skip_to_header(self) -> bool:
        """Drop what cannot begin a frame; whether anything is left."""
        found = _MAY_BEGIN.search(self._buffer)
        del self._buffer[: found.start() if found else len(self._buffer)]
        return bool(self._buffer)

    def _length(self) -> int:
        """Bytes needed to judge what the buffer begins with."""
        header = bytes(self._buffer[:4])
        if _REPORT_HEADER.startswith(header):
            return _REPORT_LENGTH
        if not _COMMAND_HEADER.startswith(header):
            return 1
        if len(self._buffer) < 6:
            return 6
        payload = int.from_bytes(self._buffer[4:6], "little")
        return _COMMAND_OVERHEAD + payload if payload in _ACK_PAYLOADS else 1


def _frame(data: bytes) -> Frame | None:
    """The frame that these bytes are; None = they only begin like one."""
    if data.startswith(_REPORT_HEADER) and data.endswith(_REPORT_TAIL):
        return _report(data[4:-2])
    if data.startswith(_COMMAND_HEADER) and data.endswith(_COMMAND_TAIL):
        return _ack(data[6:-4])
    return None


def _report(slots: bytes) -> Report:
    parts = [slots[start : start + 8] for start in range(0, len(slots), 8)]
    return Report(tuple(_target(slot) for slot in parts if slot != _EMPTY_TARGET))


def _target(slot: bytes) -> Target:
    x, y, speed, resolution = struct.unpack("<HHHH", slot)
    return Target(_signed(x), _signed(y), _signed(speed), resolution)


def _signed(word: int) -> int:
    """Sign-magnitude; bit 15 set is positive."""
    magnitude = word & 0x7FFF
    return magnitude if word & 0x8000 else -magnitude


def _ack(payload: bytes) -> Ack | None:
    """None for the echo of a command, which RX and TX short-circuited would show."""
    word, status = struct.unpack_from("<HH", payload)
    return Ack(word & ~_ACK_BIT, status, payload[4:]) if word & _ACK_BIT else None
