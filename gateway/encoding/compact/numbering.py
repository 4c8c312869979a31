"""Numbers of readings: the first one of a frame by its low bits, others by what is expected.

A node numbers all its readings in one row, so between two intervals of a sensor lie those of the
others, mostly as many as between the two before: the stride of a frame. Sensors that were not there
before are expected to follow the one before them.
"""

from collections.abc import Iterable

from gateway.encoding.compact.bits import bounded
from gateway.encoding.compact.rows import Part

BITS = 19
MODULO = 2**BITS
"""All numbers of a frame as it is decoded are less than those of the node by one multiple of it."""


class Numbering:
    """What was told so far in a frame of so many sensors."""

    def __init__(self, sensors: int) -> None:
        self.stride = -sensors
        self._before: dict[int, int] = {}
        self._row: dict[int, int] = {}
        self._newest: int | None = None
        self._newest_before: int | None = None

    @property
    def is_begun(self) -> bool:
        """Whether any number was told."""
        return self._newest is not None

    def expected(self, sensor: int) -> int | None:
        """The first number of its next part; None while none was told."""
        if sensor in self._before:
            return bounded(self._before[sensor] + self.stride)
        if self._newest is None:
            return None
        return bounded(self._newest + (1 if self._row else self.stride))

    def took(self, sensor: int, last: int) -> None:
        self._row[sensor] = self._newest = last

    def forget_row(self) -> None:
        """As if nothing of this row had been told."""
        self._row, self._newest = {}, self._newest_before

    def end_row(self) -> None:
        self._before |= self._row
        self._row, self._newest_before = {}, self._newest

    def stride_to(self, parts: Iterable[Part]) -> int:
        """The one that makes the first of these that can be expected as expected."""
        for part in parts:
            if part.first is not None and part.sensor in self._before:
                return part.first - self._before[part.sensor]
        return self.stride
