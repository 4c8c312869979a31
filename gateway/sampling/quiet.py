"""Hours of a day in which windows do not end: one window for a whole night.

Who cleans a closed building, and when, is nobody's business but theirs.
"""

from collections.abc import Iterable
from datetime import time

from gateway.civil import CivilTime
from gateway.config import QuietHours


class Quiet:
    """All quiet hours of a node. Called with UTC (ns), it says when those end that it lies in."""

    def __init__(self, hours: Iterable[QuietHours], civil: CivilTime) -> None:
        self._hours = [(time.fromisoformat(h.begin), time.fromisoformat(h.end)) for h in hours]
        self._civil = civil

    def __call__(self, utc_ns: int) -> int:
        """That UTC itself if it lies in none; their begin and end do not."""
        for begin, end in self._hours:
            ends_ns = self._civil.next_at(end, utc_ns - 1)
            if ends_ns < self._civil.next_at(begin, utc_ns - 1):
                return self(ends_ns) if ends_ns > utc_ns else utc_ns
        return utc_ns
