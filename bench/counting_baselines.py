"""Two counters as they are published, on the same bytes as the drivers: what others do.

TwoZonePath is the method of ST's people counter (STSW-IMG010, UM2600) and of Roode for a VL53L1X.
A zone is taken if the least of its last two distances is below 85 % of the idle distance (mean
less one standard deviation of the first 50; both Roode's); where the floor is out of reach, that is
the floor as it is told. The path of states 1*A + 2*B since both
were free is 0 1 3 2 0 in one direction, 0 2 3 1 0 in the other; anything else is forgotten. A
measurement without a distance counts as a free zone, as ST's example takes it.

WarmBlobs is the usual method for an AMG8833: background, threshold, connected pixels, the plain
mean of each blob's pixels, the nearest blob in the next frame, and a count when one gets from one
half of the picture to the other. Its background is a mean of each pixel over 20 s while it is cold.
"""

import math
from collections import deque
from statistics import mean, pstdev

from drivers.people.amg8833 import codec as amg8833
from drivers.people.vl53l1x import codec as vl53l1x

Place = tuple[float, float]


class TwoZonePath:
    """Counts by the path of states; tell it of transfers. `outer` is the centre of zone A."""

    CALIBRATION, SHARE, LEAST_OF = 50, 0.85, 2

    def __init__(self, outer: int, floor_mm: int) -> None:
        self.counted_in = self.counted_out = 0
        self._outer = outer
        self._floor_mm = floor_mm
        self._zone = 0
        self._first: tuple[list[int], list[int]] = ([], [])
        self._threshold = [0.0, 0.0]
        self._last = deque[float](maxlen=self.LEAST_OF), deque[float](maxlen=self.LEAST_OF)
        self._taken = [False, False]
        self._path = [0]

    def tap(self, write: bytes, answer: bytes, at_ns: int) -> None:
        if write[:2] == vl53l1x.index(0x007F):
            self._zone = int(write[2] != self._outer)
        elif write[:2] == vl53l1x.index(vl53l1x.RESULT):
            result = vl53l1x.result(answer)
            if result.ready:
                self._look(result)

    def _look(self, result: vl53l1x.Result) -> None:
        first, valid = self._first[self._zone], result.status == vl53l1x.OK
        if len(first) < self.CALIBRATION:
            first.append(result.distance_mm if valid else self._floor_mm)
            self._threshold[self._zone] = self.SHARE * (mean(first) - pstdev(first))
            return
        last = self._last[self._zone]
        last.append(result.distance_mm if valid else math.inf)
        taken = min(last) < self._threshold[self._zone]
        if taken != self._taken[self._zone]:
            self._taken[self._zone] = taken
            self._step(self._taken[0] + 2 * self._taken[1])

    def _step(self, state: int) -> None:
        if state:
            self._path = [*self._path[:3], state]
            return
        self.counted_in += self._path == [0, 1, 3, 2]
        self.counted_out += self._path == [0, 2, 3, 1]
        self._path = [0]


class WarmBlobs:
    """Counts blobs that get over the middle row; the first row is inside (`inward: notch`)."""

    FRAMES, THRESHOLD_K, LEAST_PIXELS, GATE, PATIENCE = 20, 1.5, 2, 2.5, 5
    RATE = 1 / 200

    def __init__(self) -> None:
        self.counted_in = self.counted_out = 0
        self._first: list[list[float]] = []
        self._background: list[float] = []
        self._tracks: list[tuple[Place, int]] = []
        """Where it was last, and for how many frames it is missing."""

    def tap(self, write: bytes, answer: bytes, at_ns: int) -> None:
        """Frames from 17 s on: before, the part is not stable."""
        if write == bytes([amg8833.PIXELS]) and at_ns > 17e9:
            self._frame(amg8833.frame(answer))

    def _frame(self, pixels: list[float]) -> None:
        if len(self._first) < self.FRAMES:
            self._first.append(pixels)
            self._background = [mean(seen) for seen in zip(*self._first, strict=True)]
            return
        rises = [pixel - cold for pixel, cold in zip(pixels, self._background, strict=True)]
        warm = {i for i, rise in enumerate(rises) if rise > self.THRESHOLD_K}
        for i in set(range(64)) - warm:
            self._background[i] += rises[i] * self.RATE
        self._follow([blob for blob in _blobs(warm) if len(blob) >= self.LEAST_PIXELS])

    def _follow(self, blobs: list[list[int]]) -> None:
        places = [(mean(i // 8 for i in blob), mean(i % 8 for i in blob)) for blob in blobs]
        tracks: list[tuple[Place, int]] = []
        for place, missing in self._tracks:
            near = min(places, key=lambda one: math.dist(one, place), default=None)
            if near is not None and math.dist(near, place) <= self.GATE:
                places.remove(near)
                self._cross(place[0], near[0])
                tracks.append((near, 0))
            elif missing < self.PATIENCE:
                tracks.append((place, missing + 1))
        self._tracks = tracks + [(place, 0) for place in places]

    def _cross(self, row: float, next_row: float) -> None:
        middle = 3.5
        self.counted_in += row > middle >= next_row
        self.counted_out += row <= middle < next_row


def _blobs(warm: set[int]) -> list[list[int]]:
    found, left = [], set(warm)
    while left:
        blob = [left.pop()]
        for i in blob:  # grows meanwhile
            near = left & _beside(*divmod(i, 8))
            left -= near
            blob += near
        found.append(blob)
    return found


def _beside(row: int, column: int) -> set[int]:
    sides = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    return {r * 8 + c for r, c in sides if 0 <= r < 8 and 0 <= c < 8}
