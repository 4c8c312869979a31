"""How right a counter counts, by somebody who has counted at the same door. Pure.

Theory. R people have passed by the reference, and the counter has said N. In each window w the
difference of the two is at least so many errors, so with E = sum of |N_w - R_w| the accuracy is
1 - E / R, and 0 where there are more errors than people. Shorter windows find more errors, because
one who was missed and one who was counted twice make up for each other within a window only.

The R people are a sample of all who will ever pass. Its 95 % interval is Wilson's score interval
(Wilson 1927, J. Am. Stat. Assoc. 22, 209): with p = 1 - E / R, n = R and z = 1.96

    (p + z^2 / 2n  +-  z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)

It stays within 0 and 1 and says something sensible where nobody was missed. It takes each person
for a draw of his own; people who come in groups are counted wrongly in groups, so the truth is
wider by as much as they do.
"""

from collections.abc import Iterable
from math import sqrt
from typing import Annotated

from msgspec import Meta, Struct

Z = 1.959963984540054
"""Between -Z and Z lie 95 % of a standard normal distribution."""

FEW = 50
"""Of fewer people too little can be said: without an error still 7 of 100 may be missed."""

_People = Annotated[int, Meta(ge=0, le=10**9)]


class Tally(Struct, frozen=True):
    """Who passed by the `reference`, whom the counter `counted`, and at least so many `errors`.

    Raises ValueError for fewer errors than the two differ by.
    """

    reference: _People
    counted: _People
    errors: _People

    def __post_init__(self) -> None:
        if self.errors < abs(self.counted - self.reference):
            raise ValueError("fewer errors than the difference")

    def __add__(self, other: "Tally") -> "Tally":
        """Of both directions: nobody's error in one makes up for one in the other."""
        return Tally(
            self.reference + other.reference,
            self.counted + other.counted,
            self.errors + other.errors,
        )

    @property
    def error(self) -> float | None:
        """(N - R) / R, negative where people were missed; None if nobody passed."""
        return (self.counted - self.reference) / self.reference if self.reference else None

    @property
    def accuracy(self) -> float | None:
        """1 - E / R, at least 0; None if nobody passed."""
        return self._right / self.reference if self.reference else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of the accuracy, with 95 % confidence; None if nobody passed."""
        return wilson(self._right, self.reference) if self.reference else None

    @property
    def _right(self) -> int:
        return max(0, self.reference - self.errors)


def tally(windows: Iterable[tuple[int, int]]) -> Tally:
    """Of the pairs (reference, counted) of windows, each compared by itself."""
    pairs = list(windows)
    return Tally(
        sum(reference for reference, _ in pairs),
        sum(counted for _, counted in pairs),
        sum(abs(counted - reference) for reference, counted in pairs),
    )


def wilson(right: int, n: int, z: float = Z) -> tuple[float, float]:
    """Wilson's score interval of `right` of `n` (at least 1)."""
    p, spread = right / n, z * z / n
    middle = (p + spread / 2) / (1 + spread)
    half = z * sqrt(p * (1 - p) / n + spread / (4 * n)) / (1 + spread)
    low = 0.0 if right == 0 else max(0.0, middle - half)
    high = 1.0 if right == n else min(1.0, middle + half)
    return low, high
