"""Whether something stands in the beam of a distance sensor that looks at a wall or at the floor.

Theory of operation
-------------------
What is nearer than the far side by more than a margin is in the beam. The far side is configured,
or learned: it is the median of what is seen for two seconds at a stretch beyond the far side that
is known; at the start there is none, so whatever comes first is taken. If somebody stood there
then, it is put right when they have gone. It never moves nearer by itself: what is put before it
and stays is told as something in the beam.

    no distance (too dark, too bright)           nobody can tell
    far side unknown                             nobody can tell
    within the blind zone (0.2 m)                in the beam; after 5 s at a stretch the sensor is
                                                 covered: nobody can tell
    nearer than the far side minus the margin    in the beam
    all else                                     free
"""

from collections import deque
from statistics import median

BLIND_MM = 200
COVERED_AFTER_NS = 5_000_000_000
LEARNED_AFTER_NS = 2_000_000_000
NEAREST_FAR_MM = 400
"""A far side that is nearer leaves no room for anybody."""

_KEPT = 256


class Beam:
    """`far_mm` None = learn it. Times are ns of one clock."""

    def __init__(self, far_mm: int | None, margin_mm: int) -> None:
        self.far_mm: float | None = far_mm
        self._learns = far_mm is None
        self._margin_mm = margin_mm
        self._beyond: deque[float] = deque(maxlen=_KEPT)
        self._beyond_since_ns = 0
        self._near_since_ns: int | None = None

    def see(self, distance_mm: float | None, at_ns: int) -> bool | None:
        """Whether something is in it after this look; None = nobody can tell."""
        if distance_mm is None:
            return None
        if self._covered(distance_mm, at_ns):
            return None
        if self._learns:
            self._learn(distance_mm, at_ns)
        if self.far_mm is None:
            return None
        return distance_mm < self.far_mm - self._margin_mm

    def _covered(self, distance_mm: float, at_ns: int) -> bool:
        if distance_mm >= BLIND_MM:
            self._near_since_ns = None
            return False
        if self._near_since_ns is None:
            self._near_since_ns = at_ns
        return at_ns - self._near_since_ns > COVERED_AFTER_NS

    def _learn(self, distance_mm: float, at_ns: int) -> None:
        known = NEAREST_FAR_MM if self.far_mm is None else self.far_mm + self._margin_mm
        if distance_mm <= known:
            self._beyond.clear()
            return
        if not self._beyond:
            self._beyond_since_ns = at_ns
        self._beyond.append(distance_mm)
        if at_ns - self._beyond_since_ns >= LEARNED_AFTER_NS:
            self.far_mm = median(self._beyond)
            self._beyond.clear()
