"""How large the next frame may be, how long rows are, and so how often something is sent.

Theory: the budget of a day is a rate, airtime per second. A frame of so many bytes is earned after
its *spacing*, its airtime at that rate. Two cases:

- The news of one row are earned within the row's interval. Then a frame goes out with each
  interval, and may grow by backlog and repeats up to the size that is earned in it.
- They are not, because the network has lowered the data rate. Then a frame goes out as soon as it
  is earned, as full as the data rate lets it be, with all rows since the last one; and where even
  full frames carry fewer rows than there are intervals, rows become longer (`interval_s`).

So the newest counts are at most one interval, or one spacing of a full frame, old when they are
sent, whichever is longer.
"""

from collections.abc import Callable
from typing import Protocol

DAY_S = 86_400
USUAL_ROW = 12
"""Bytes of a row as long as nobody knows better."""


class Earning(Protocol):
    """The ledger of airtime."""

    def spacing_s(self, payload_bytes: int, data_rate: int) -> float:
        """Seconds in which so many bytes are earned."""
        ...


def room(earning: Earning, news: int, interval_s: float, most: int, data_rate: int) -> int:
    """Bytes for a frame of which `news` must go out, and the data rate lets `most`."""
    if earning.spacing_s(news, data_rate) > interval_s:
        return most
    fits: Callable[[int], bool] = lambda size: earning.spacing_s(size, data_rate) <= interval_s  # noqa: E731
    return _largest(news, most, fits)


def interval_s(
    earning: Earning, window_s: int, row_bytes: float, most: int, data_rate: int, repeats: int
) -> int:
    """Seconds of a row that can be kept up: the window or a multiple of it that divides a day."""
    rows = max(1.0, most / max(1.0, row_bytes))
    needed_s = earning.spacing_s(most, data_rate) * repeats / rows
    for multiple in range(1, DAY_S // window_s + 1):
        length_s = multiple * window_s
        if DAY_S % length_s == 0 and length_s >= needed_s:
            return length_s
    return DAY_S


def _largest(low: int, high: int, fits: Callable[[int], bool]) -> int:
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
