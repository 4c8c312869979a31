"""HLK-LD2450 on the wire (Hi-Link, serial protocol of the LD2450): reports and regions.

    report   AA FF 03 00 | 3 x (x16 y16 speed16 resolution16) | 55 CC      no checksum

All numbers are little-endian; x, y and speed are sign-magnitude, and a set bit 15 is *positive*.
Commands and ACKs are those of `drivers.people.hilink`.
"""

import struct
from typing import NamedTuple

from drivers.people import hilink
from drivers.people.hilink import (
    BAUDRATE,
    ENABLE_CONFIGURATION,
    ENABLE_DATA,
    END_CONFIGURATION,
    FIRMWARE,
    REPORT_NS,
    Ack,
    command,
    firmware,
)

__all__ = [
    "BAUDRATE",
    "ENABLE_CONFIGURATION",
    "ENABLE_DATA",
    "END_CONFIGURATION",
    "FIRMWARE",
    "MULTI_TARGET",
    "REGIONS",
    "REPORT_NS",
    "Ack",
    "Parser",
    "Regions",
    "Report",
    "Target",
    "command",
    "firmware",
    "regions",
]

REGIONS = 0x00C1
MULTI_TARGET = 0x0090

_TAIL = b"\x55\xcc"
_LENGTH = 30
_EMPTY_TARGET = bytes(8)


class Target(NamedTuple):
    """One slot of a report: mm from the sensor, cm/s, mm."""

    x: int
    y: int
    speed: int
    resolution: int


class Report(NamedTuple):
    """One frame; empty slots are left out."""

    targets: tuple[Target, ...]


Box = tuple[int, int, int, int]
"""x1, y1, x2, y2 of two opposite corners, mm."""


class Regions(NamedTuple):
    """`kind` 0 = off, 1 = detect only inside, 2 = do not detect inside; three boxes."""

    kind: int
    boxes: tuple[Box, ...]


def regions(data: bytes) -> Regions:
    """From the data of the ACK to REGIONS; here, unlike in reports, two's complement."""
    kind, *corners = struct.unpack("<H12h", data)
    x1, y1, x2, y2 = (corners[first::4] for first in range(4))
    return Regions(kind, tuple(zip(x1, y1, x2, y2, strict=True)))


class Parser(hilink.Parser[Report]):
    """Reports and ACKs out of a stream that may hold anything; keeps less than one report."""

    def __init__(self) -> None:
        super().__init__(hilink.Reports(hilink.HEADERS["ld2450"], lambda buffer: _LENGTH, _report))


def _report(data: bytes) -> Report | None:
    slots = [data[start : start + 8] for start in range(4, 28, 8)]
    if not data.endswith(_TAIL):
        return None
    return Report(tuple(_target(slot) for slot in slots if slot != _EMPTY_TARGET))


def _target(slot: bytes) -> Target:
    x, y, speed, resolution = struct.unpack("<HHHH", slot)
    return Target(_signed(x), _signed(y), _signed(speed), resolution)


def _signed(word: int) -> int:
    """Sign-magnitude; bit 15 set is positive."""
    magnitude = word & 0x7FFF
    return magnitude if word & 0x8000 else -magnitude
