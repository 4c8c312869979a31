"""Where somebody is and how fast, from positions that are noisy. Lengths in mm, times in ns.

A g-h filter of expanding memory (Brookner, Tracking and Kalman Filtering Made Easy, chapter 1): its
gains at the n-th position are those of the straight line of least squares through all n,

    g = 2 (2n - 1) / (n (n + 1))    of what the position is off goes into the position
    h = 6 / (n (n + 1))             of that by the time between the two goes into the velocity

and stay at those of a greatest n, as for a line through the last ones. It has no lag behind a
steady walk and knows the velocity from the second position on.
"""

from drivers.people.crossings import Point


class GhFilter:
    """Begins at a first position, standing; `moved_ns`: when it was corrected last."""

    def __init__(self, position: Point, now_ns: int) -> None:
        self.position = position
        self.velocity = Point(0, 0)
        self.moved_ns = now_ns

    def predicted(self, now_ns: int) -> Point:
        """At constant velocity."""
        return _moved(self.position, self.velocity, (now_ns - self.moved_ns) / 1e9)

    def correct(self, predicted: Point, residual: Point, n: int, now_ns: int) -> None:
        """It is off by `residual` from where it was predicted; `n` as above, later than before."""
        g, h = 2 * (2 * n - 1) / (n * (n + 1)), 6 / (n * (n + 1))
        self.position = _moved(predicted, residual, g)
        self.velocity = _moved(self.velocity, residual, h * 1e9 / (now_ns - self.moved_ns))
        self.moved_ns = now_ns


def _moved(start: Point, way: Point, share: float) -> Point:
    return Point(start.x + way.x * share, start.y + way.y * share)
