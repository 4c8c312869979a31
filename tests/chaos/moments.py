"""Finds moments in what a node has left, however they are written.

A moment is ns since boot. It is told by a number (ns, us, ms or s since boot or of UTC, as text, as
an integer of 8 bytes, or of 6 as SQLite writes it, as a double), or by a date or a time of day, in
UTC or where the node stands, if that is less than half a second off.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from struct import pack, unpack
from zoneinfo import ZoneInfo

SECOND = 1_000_000_000
NEAR_NS = SECOND // 2
_UNITS = (1, 1_000, 1_000_000, SECOND)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_BERLIN = ZoneInfo("Europe/Berlin")

_NUMBER = re.compile(rb"(?<![\d.])\d{6,19}(?:\.\d+)?")
_DATE = re.compile(rb"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,6})?)")
_TIME = re.compile(rb"(?<![\dT:])\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?![\d:])")
_MOST_PREFIXES = 4


class Moments:
    """Of a boot in which UTC is `offset_ns` ahead of the time since boot."""

    def __init__(self, moments: Iterable[int], offset_ns: int) -> None:
        self._up = sorted(moments)
        self._offset_ns = offset_ns
        utc = [moment + offset_ns for moment in self._up]
        self._ranges = [(all_[0] - NEAR_NS, all_[-1] + NEAR_NS) for all_ in (self._up, utc)]
        self._of_day = {text for moment in utc for text in _clock_faces(moment)}

    def told(self, content: bytes) -> Iterator[str]:
        """Each place of these bytes that tells one of them, in words."""
        yield from self._numbers(content)
        yield from self._texts(content)
        for order, ordered, widths in (("big", content, (6, 8)), ("little", content[::-1], (8,))):
            for found in self._binary(ordered, widths):
                yield f"{found}, {order} endian"

    def near(self, up_ns: float) -> bool:
        """Whether one of them is less than half a second away."""
        index = bisect_left(self._up, up_ns)
        return any(abs(one - up_ns) <= NEAR_NS for one in self._up[max(0, index - 1) : index + 1])

    def _is_told_by(self, ns: float) -> bool:
        return self.near(ns) or self.near(ns - self._offset_ns)

    def _numbers(self, content: bytes) -> Iterator[str]:
        for match in _NUMBER.finditer(content):
            value = float(match[0])
            if any(self._is_told_by(value * unit) for unit in _UNITS):
                yield f"the number {_around(content, match)}"

    def _texts(self, content: bytes) -> Iterator[str]:
        for match in _DATE.finditer(content):
            if self._is_date(match):
                yield f"the date {_around(content, match)}"
        for match in _TIME.finditer(content):
            if match[0][:8].decode() in self._of_day:
                yield f"the time of day {_around(content, match)}"

    def _is_date(self, match: re.Match[bytes]) -> bool:
        try:
            clocks = datetime.fromisoformat(f"{match[1].decode()}T{match[2].decode()}")
        except ValueError:
            return False
        told = (clocks.replace(tzinfo=UTC), clocks.replace(tzinfo=_BERLIN))
        since = [(one - _1970) // timedelta(microseconds=1) * 1_000 for one in told]
        return any(self.near(one - self._offset_ns) for one in since)

    def _binary(self, content: bytes, widths: Iterable[int]) -> Iterator[str]:
        for low, high in self._ranges:
            for unit, width in product((1, 1_000_000), widths):
                for bits in _within(content, low // unit, high // unit, width):
                    if self._is_told_by(bits * unit):
                        yield f"{bits} in {width} bytes"
            for unit in (1_000_000, SECOND):
                for bits in _within(content, _bits(low / unit), _bits(high / unit), 8):
                    (value,) = unpack(">d", bits.to_bytes(8, "big"))
                    if self._is_told_by(value * unit):
                        yield f"{value} as a double"


def _within(content: bytes, low: int, high: int, width: int) -> Iterator[int]:
    """All integers of that many bytes from `low` to `high`, wherever they stand."""
    if high >> 8 * width:
        return
    rest = next(n for n in range(width) if (high >> 8 * n) - (low >> 8 * n) < _MOST_PREFIXES)
    for head in range(low >> 8 * rest, (high >> 8 * rest) + 1):
        prefix = head.to_bytes(width - rest, "big")
        at = content.find(prefix)
        while 0 <= at <= len(content) - width:
            value = int.from_bytes(content[at : at + width], "big")
            if low <= value <= high:
                yield value
            at = content.find(prefix, at + 1)


def _bits(value: float) -> int:
    """Of a double; those of positive ones are in the order of their values."""
    return int.from_bytes(pack(">d", value), "big")


def _clock_faces(utc_ns: int) -> Iterator[str]:
    """What clocks show within half a second of it."""
    for near_ns in (utc_ns - NEAR_NS, utc_ns, utc_ns + NEAR_NS):
        moment = _1970 + timedelta(microseconds=near_ns // 1_000)
        for zone in (UTC, _BERLIN):
            yield moment.astimezone(zone).strftime("%H:%M:%S")


def _around(content: bytes, match: re.Match[bytes]) -> str:
    return repr(content[max(0, match.start() - 40) : match.end() + 20])
