"""How a node is, in 8 bytes: for nodes whose only uplink is the radio."""

from typing import NamedTuple

from gateway.encoding.compact.bits import BitReader, BitWriter

_FINDINGS, _BACKLOG, _INTERVAL, _VERSION = 6, 14, 17, (5, 7, 7)


class Status(NamedTuple):
    """How a node is. `backlog`: intervals that wait; `interval_s`: from uplink to uplink.

    What does not fit is told as the largest number that does, which so means "that or more":
    63 findings, a backlog of 16,383, an interval of 131,071 s, version 31.127.127 of the program.
    """

    findings: int
    backlog: int
    interval_s: int
    version: tuple[int, int, int]


def encode_status(status: Status) -> bytes:
    """Raises ValueError for negative numbers."""
    bits = BitWriter()
    bits.bits(8, _HEAD)
    told = (status.findings, status.backlog, status.interval_s, *status.version)
    for width, number in zip(_WIDTHS, told, strict=True):
        bits.bits(width, min(number, (1 << width) - 1))
    return bytes(bits)


def read_status(bits: BitReader) -> Status:
    """Behind the head. Raises ValueError."""
    if bits.left != sum(_WIDTHS):
        raise ValueError(f"a status has {(8 + sum(_WIDTHS)) // 8} bytes")
    findings, backlog, interval_s, major, minor, patch = (bits.bits(width) for width in _WIDTHS)
    return Status(findings, backlog, interval_s, (major, minor, patch))


_WIDTHS = (_FINDINGS, _BACKLOG, _INTERVAL, *_VERSION)
_HEAD = 0b00_111111
"""Version 0, profile 63."""
