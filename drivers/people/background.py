"""What a thermal picture shows when nobody is there, and what is warmer than that. K, ns.

The sensor warms itself and its room by several K, evenly: only differences between pixels count.

1. Each pixel has a `normal`. `difference` = what it shows - normal; the `level` is the median of
   the differences of all pixels that are not held, and `rise` = difference - level. An even change
   of the whole picture is therefore no rise, however quick it is. If more than three quarters of
   the picture are warm at once, nobody walks there: the median of all pixels is the level.
2. A pixel is held while it or its neighbour is part of a warm spot. All others are learnt: the
   normal follows the rise (EMA of 20 s), and so does the noise. One that is colder than normal is
   learnt in 2 s: nobody is colder than the floor, but where something warm stood a hole is left.
3. What is warm and is no walker becomes normal, or it would hide the floor for ever:

       held spot                                          becomes normal
       3/4 of it has not changed by 0.75 K for 60 s       whole: a hot drink, a radiator, the sun
       a pixel is held for 5 minutes                      that pixel: somebody who loiters

   Somebody who stands and shifts a little changes the pixels at the edge, so stays.
4. A pixel whose normal is 5 K above that of the colder quarter is `dazzled`: no person is warmer.
   One that became normal under a loiterer is `taken` until it is cold again.
"""

from collections.abc import Iterable, Sequence

SIDE = 8
EVERYWHERE = range(SIDE * SIDE)
LEARN_FRAMES = 20
STILL_NS = 60_000_000_000
LOITER_NS = 300_000_000_000
DAZZLED_K = 5.0

_RATE = 1 / 200
_COOLING_RATE = 1 / 20
_SMOOTH = 1 / 5
_CHANGE_K = 0.75
_NOISE_K = 0.25
_STILL_SHARE = 0.75
_TAKEN_K = 2.5
_FEWEST_QUIET = 16
_NOBODY_FILLS = 48


def _neighbours(index: int, corners: bool) -> tuple[int, ...]:
    row, column = divmod(index, SIDE)
    near = [(r, c) for r in (row - 1, row, row + 1) for c in (column - 1, column, column + 1)]
    return tuple(
        r * SIDE + c
        for r, c in near
        if 0 <= r < SIDE and 0 <= c < SIDE and (r, c) != (row, column)
        if corners or r == row or c == column
    )


BESIDE = tuple(_neighbours(index, corners=False) for index in EVERYWHERE)
AROUND = tuple(_neighbours(index, corners=True) for index in EVERYWHERE)
"""Pixels next to a pixel: its four sides, and with its four corners."""


class Background:
    """Learns from frames; `level` is the even part of the last one."""

    def __init__(self, threshold_k: float) -> None:
        self._threshold_k = threshold_k
        self._first: list[Sequence[float]] = []
        self._normal: list[float] = []
        self._variance = [_NOISE_K**2 for _ in EVERYWHERE]
        self._held: dict[int, _Held] = {}
        self._taken: dict[int, float] = {}
        self.level = 0.0

    @property
    def dazzled(self) -> set[int]:
        """The pixels that are too warm to see a person."""
        limit = sorted(self._normal)[len(EVERYWHERE) // 4] + DAZZLED_K
        return {index for index in EVERYWHERE if self._normal[index] > limit}

    @property
    def taken(self) -> int:
        """How many pixels a loiterer has made blind."""
        return len(self._taken)

    def rises(self, pixels: Sequence[float]) -> list[float] | None:
        """K that each pixel is warmer than normal; None while the first frames are learnt."""
        if not self._normal:
            self._begin(pixels)
            return None
        differences = [pixel - normal for pixel, normal in zip(pixels, self._normal, strict=True)]
        quiet = [differences[index] for index in EVERYWHERE if index not in self._held]
        self.level = _median(quiet if len(quiet) >= _FEWEST_QUIET else differences)
        warm = self.level + self._threshold_k
        if sum(difference > warm for difference in differences) >= _NOBODY_FILLS:
            self.level = _median(differences)
        return [difference - self.level for difference in differences]

    def thresholds(self) -> list[float]:
        """K above which each pixel is warm: the geometry's, or three sigma of its noise."""
        square = (self._threshold_k / 3) ** 2
        return [
            self._threshold_k if variance <= square else 3 * variance**0.5
            for variance in self._variance
        ]

    def learn(self, rises: Sequence[float], spots: Sequence[Sequence[int]], now_ns: int) -> None:
        """Take in the frame of these rises, in which these pixels are warm spots."""
        warm = {index for spot in spots for index in spot}
        self._hold(rises, warm.union(*(AROUND[index] for index in warm)), now_ns)
        for index in EVERYWHERE:
            if index not in self._held:
                self._follow(index, rises[index])
        still = {i for spot in spots if self._is_still(spot, now_ns) for i in spot}
        self._absorb(still, rises)
        self._take([i for i, held in self._held.items() if held.loiters(now_ns)], rises)

    def _begin(self, pixels: Sequence[float]) -> None:
        self._first.append(pixels)
        if len(self._first) == LEARN_FRAMES:
            self._normal = [_median(seen) for seen in zip(*self._first, strict=True)]
            self._first = []

    def _follow(self, index: int, rise: float) -> None:
        cold = rise < -self._threshold_k
        self._normal[index] += rise * (_COOLING_RATE if cold else _RATE)
        if not cold:
            self._variance[index] += (rise * rise - self._variance[index]) * _RATE

    def _hold(self, rises: Sequence[float], indices: set[int], now_ns: int) -> None:
        self._held = {
            index: self._held.get(index) or _Held(rises[index], now_ns) for index in indices
        }
        for index, held in self._held.items():
            held.see(rises[index], now_ns)

    def _is_still(self, spot: Sequence[int], now_ns: int) -> bool:
        still = sum(now_ns - self._held[index].changed_ns > STILL_NS for index in spot)
        return still >= _STILL_SHARE * len(spot)

    def _absorb(self, indices: Iterable[int], rises: Sequence[float]) -> None:
        for index in indices:
            self._normal[index] += rises[index]
            self._held.pop(index, None)

    def _take(self, indices: Sequence[int], rises: Sequence[float]) -> None:
        for index in indices:
            if rises[index] > _TAKEN_K:
                self._taken[index] = self._normal[index] + _TAKEN_K / 2
        self._absorb(indices, rises)
        left = [index for index, cold in self._taken.items() if self._normal[index] < cold]
        for index in left:
            del self._taken[index]


class _Held:
    """One pixel since it became part of a spot."""

    __slots__ = ("_anchor", "_smooth", "changed_ns", "since_ns")

    def __init__(self, rise: float, now_ns: int) -> None:
        self._smooth = self._anchor = rise
        self.since_ns = self.changed_ns = now_ns

    def see(self, rise: float, now_ns: int) -> None:
        """Smoothed, or noise alone would be a change."""
        self._smooth += (rise - self._smooth) * _SMOOTH
        if abs(self._smooth - self._anchor) > _CHANGE_K:
            self._anchor, self.changed_ns = self._smooth, now_ns

    def loiters(self, now_ns: int) -> bool:
        return now_ns - self.since_ns > LOITER_NS


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
