"""Small counts are hidden in each reading by itself: rounded, or left out.

round5    counts to the nearest multiple of 5 (0 to 2 are 0, 3 to 7 are 5), times to multiples of
          300 s. How many are in a place is rounded like a count.
suppress  counts below k are left out, 0 too: else a gap would tell that somebody was there. How
          long a sensor was blind is told in multiples of 300 s, for how long a place was occupied
          only where each count of the reading is told.

Running totals and states would tell what is hidden, and are left out. A null says that the sensor
has no value, nothing of people: it stays.
"""

from collections.abc import Callable
from typing import NamedTuple

from drivers.quantities import BLIND_TIME
from gateway.model import Names
from gateway.privacy.columns import Column, columns, packed

COUNT_STEP = 5
TIME_STEP_S = 300

_ROUNDED_STATES = ("occupancy",)
"""States that are numbers of people."""

_NULL = "null"

Texts = list[str]
"""The packed values of a reading, one by one."""


class Values(NamedTuple):
    """What is left of a reading."""

    names: Names
    texts: tuple[str, ...]


Hide = Callable[[Names, Texts], Values]


def round5(names: Names, texts: Texts) -> Values:
    """See above."""
    told = columns(names)
    assert told is not None
    kept = {place: texts[place] for place in told.plain}
    states = [place for place, name in enumerate(names) if name in _ROUNDED_STATES]
    for place in (*(column.place for column in told.counts), *states):
        kept[place] = _nearest(texts[place], COUNT_STEP)
    kept |= {one.place: _time(one, texts) for one in told.times}
    return _values(names, kept)


def suppressing(small_below: int) -> Hide:
    """Counts below that are small."""

    def suppress(names: Names, texts: Texts) -> Values:
        told = columns(names)
        assert told is not None
        kept = {place: texts[place] for place in told.plain}
        for place in (column.place for column in told.counts):
            if texts[place] == _NULL or float(texts[place]) >= small_below:
                kept[place] = texts[place]
        counted = [texts[one.place] for one in told.counts if one.place in kept]
        all_told = 0 < len(told.counts) == len(counted) and _NULL not in counted
        for one in told.times:
            if one.name == BLIND_TIME.name:
                kept[one.place] = _time(one, texts)
            elif all_told or texts[one.place] == _NULL:
                kept[one.place] = texts[one.place]
        return _values(names, kept)

    return suppress


def _time(column: Column, texts: Texts) -> str:
    text = texts[column.place]
    return text if text == _NULL else packed(column.name, float(_nearest(text, TIME_STEP_S)))


def _nearest(text: str, step: int) -> str:
    """The multiple of the step; of two that are as near the higher one."""
    return text if text == _NULL else str(int((float(text) + step / 2) // step) * step)


def _values(names: Names, kept: dict[int, str]) -> Values:
    """In the order in which they stood."""
    places = sorted(kept)
    return Values(tuple(names[place] for place in places), tuple(kept[place] for place in places))
