"""How large the next frame may be, how long rows are, and so how often something is sent.

Theory: the budget of a day is a rate, airtime per second. A frame of so many bytes is earned after
its *spacing*, its airtime at that rate. Two cases:

- The news of one row are earned within the row's interval. Then a frame goes out with each
  interval, and may grow by backlog and repeats up to the size that is earned in it.
- They are not, because the network has lowered the data rate. Then a frame goes out as soon as it
  is earned, as full as the data rate lets it be, with all rows since the last one; and rows become
  longer (`interval_s`), until one of them and the repeats of those before it are earned in its
  interval. With another length all rows that are open are cut, which costs bytes, so it changes
  back only when that is worth it.

So the newest counts are at most one interval, or one spacing of a full frame, old when they are
sent, whichever is longer.
"""

import math
from collections.abc import Callable
from typing import Protocol

DAY_S = 86_400
HEAD = 8
"""Bytes of a frame that belong to no row."""
USUAL_ROW = 6
"""Bytes of a row as long as nobody knows better."""
_SPARE = 1.5
"""Shorter rows have to be kept up with so much to spare."""


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
    earning: Earning,
    window_s: int,
    row_bytes: float,
    most: int,
    data_rate: int,
    repeats: int,
    known_s: int = 0,
) -> int:
    """Seconds of a row that can be kept up: the window or a multiple of it that divides a day.

    `known_s`: how long they are.
    """
    told = repeats * row_bytes
    frames = max(1.0, told / (most - HEAD))
    needed_s = frames * earning.spacing_s(min(most, HEAD + math.ceil(told)), data_rate)
    for multiple in range(1, DAY_S // window_s + 1):
        length_s = multiple * window_s
        spare = _SPARE if length_s < known_s else 1.0
        if DAY_S % length_s == 0 and length_s >= needed_s * spare:
            return length_s
    return DAY_S


def _largest(low: int, high: int, fits: Callable[[int], bool]) -> int:
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
