"""Whole numbers as ranges: as many as are wanted in little room, while they lie together."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

Range = tuple[int, int]
"""From the first to the last, both included."""


class Ranges:
    """A set of whole numbers."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def __iter__(self) -> Iterator[Range]:
        return zip(self._firsts, self._lasts, strict=True)

    def __len__(self) -> int:
        """How many ranges, not how many numbers."""
        return len(self._firsts)

    def __contains__(self, number: int) -> bool:
        index = bisect_left(self._lasts, number)
        return index < len(self._firsts) and self._firsts[index] <= number

    def within(self, first: int, last: int) -> Iterator[Range]:
        """Those from `first` to `last` that are in here."""
        index = bisect_left(self._lasts, first)
        while first <= last and index < len(self._firsts) and self._firsts[index] <= last:
            yield max(first, self._firsts[index]), min(last, self._lasts[index])
            index += 1

    def add(self, first: int, last: int) -> None:
        """Take these in; nothing if `last` is below `first`."""
        if last < first:
            return
        begin = bisect_left(self._lasts, first - 1)
        end = bisect_right(self._firsts, last + 1)
        if begin < end:
            first = min(first, self._firsts[begin])
            last = max(last, self._lasts[end - 1])
        self._firsts[begin:end] = [first]
        self._lasts[begin:end] = [last]

    def without(self, first: int, last: int) -> Iterator[Range]:
        """Those from `first` to `last` that are not in here."""
        index = bisect_left(self._lasts, first)
        while first <= last and index < len(self._firsts) and self._firsts[index] <= last:
            if first < self._firsts[index]:
                yield first, self._firsts[index] - 1
            first = self._lasts[index] + 1
            index += 1
        if first <= last:
            yield first, last

    def forget_above(self, number: int) -> None:
        """Those above are not asked for any more."""
        index = bisect_right(self._firsts, number)
        del self._firsts[index:]
        del self._lasts[index:]


def count(ranges: Iterable[Range]) -> int:
    """How many numbers they hold."""
    return sum(last - first + 1 for first, last in ranges)
