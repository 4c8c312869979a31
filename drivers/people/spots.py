"""Warm spots of a thermal picture: connected pixels, split where two people touch, with centres.

1. Warm pixels that touch at a side are one spot (4-connectivity). One pixel may be a child under a
   high sensor; noise that is one does not travel, so warm_tracks.py does not count it.
2. A spot is split at its peaks: a pixel that no neighbour exceeds, at least `apart` pixels from
   each warmer peak, with a saddle between them: somewhere on the straight way it is colder than
   the lower peak by a fifth of it and at least by 0.75 K. Each pixel goes to the nearest peak.
3. The centre is the mean of the pixels' places weighted with their rises: finer than a pixel.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from drivers.people.background import AROUND, BESIDE, EVERYWHERE, SIDE

_SADDLE_SHARE = 0.2
_SADDLE_K = 0.75


class Spot(NamedTuple):
    """Its pixels, and its centre in rows and columns from the first pixel."""

    pixels: tuple[int, ...]
    row: float
    column: float


def find(rises: Sequence[float], thresholds: Sequence[float], apart: float) -> list[Spot]:
    """The warm spots of one picture; two peaks are `apart` (pixels) if they are two people."""
    warm = {index for index in EVERYWHERE if rises[index] > thresholds[index]}
    parts = [part for whole in _connected(warm) for part in _split(whole, rises, apart)]
    return [_spot(part, rises) for part in parts]


def _connected(warm: set[int]) -> list[list[int]]:
    found = []
    left = set(warm)
    while left:
        whole = [left.pop()]
        for index in whole:  # grows meanwhile
            near = left.intersection(BESIDE[index])
            left -= near
            whole.extend(near)
        found.append(sorted(whole))
    return found


def _split(whole: list[int], rises: Sequence[float], apart: float) -> list[list[int]]:
    peaks: list[int] = []
    for peak in sorted(_peaks(whole, rises), key=lambda index: -rises[index]):
        if all(_distance(peak, p) >= apart and _saddle(peak, p, rises) for p in peaks):
            peaks.append(peak)
    if len(peaks) < 2:
        return [whole]
    parts: dict[int, list[int]] = {peak: [] for peak in peaks}
    for index in whole:
        parts[min(peaks, key=lambda peak: _distance(index, peak))].append(index)
    return list(parts.values())


def _peaks(whole: list[int], rises: Sequence[float]) -> list[int]:
    return [i for i in whole if all(rises[i] >= rises[near] for near in AROUND[i])]


def _saddle(peak: int, other: int, rises: Sequence[float]) -> bool:
    """Whether it is colder between two peaks, of which the first is the lower one."""
    (row, column), (row_2, column_2) = divmod(peak, SIDE), divmod(other, SIDE)
    steps = max(abs(row_2 - row), abs(column_2 - column))
    way = (
        round(row + (row_2 - row) * k / steps) * SIDE
        + round(column + (column_2 - column) * k / steps)
        for k in range(1, steps)
    )
    depth = rises[peak] - min((rises[index] for index in way), default=rises[peak])
    return depth >= max(_SADDLE_K, _SADDLE_SHARE * rises[peak])


def _distance(one: int, other: int) -> float:
    return math.dist(divmod(one, SIDE), divmod(other, SIDE))


def _spot(part: list[int], rises: Sequence[float]) -> Spot:
    weight = sum(rises[index] for index in part)
    row = sum(rises[index] * (index // SIDE) for index in part) / weight
    column = sum(rises[index] * (index % SIDE) for index in part) / weight
    return Spot(tuple(part), row, column)
