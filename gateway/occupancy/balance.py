"""The balance of a zone: who went in less who went out, and what is known to be wrong with that.

Theory. Of each door the log keeps running totals of who went in and out, for ever. The balance
remembers them as they were when nobody was in the zone (`base`); since then

    raw = sum over the doors of (in - out), with the sign of the door
    occupancy = raw + corrected

Nobody can be in a zone less than not at all: where the sum falls below 0 somebody who came in was
missed, and `corrected` grows by what is missing. So the occupancy is never negative, and each
person in `corrected` is a proven miscount.

At the hour at which nobody is in the zone the day is closed. Whoever is *left* by then was missed
when leaving: a proven miscount too, the other way. The drift of the day is

    drift = left - corrected = raw at that hour

positive where too few were seen leaving. Both kinds may cancel in it, which is why `miscounted` is
their sum. Then the base is what the totals are, and all begins at 0.

A balance that did not begin so (a new zone, a file that was lost) counts from 0 as well, but
somebody may have been inside: how it ends says nothing about the counters, so it has no drift.
Totals below the base are of another log: the balance begins anew.
"""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

NEW = "its doors have never counted before"
"""Why a balance began without one before it that was closed: nothing is wrong with that."""

FINDING_PERSONS, FINDING_SHARE = 5, 0.05
"""Miscounts of a day beyond both, persons and share of its traffic, are worth looking at."""


class Counted(NamedTuple):
    """Running totals of a door."""

    went_in: int
    went_out: int


Totals = Mapping[str, Counted]
"""By door."""

Signs = Mapping[str, int]
"""By door: 1 where its "in" leads into the zone, -1 where it leads out of it."""


class Day(Struct, frozen=True):
    """A day that was closed, by the number of the local civil day at which it was.

    At its end so many were `left`, and it had to be `corrected` by so many; `traffic` is all who
    went in or out at any of its doors.
    """

    number: int
    left: int
    corrected: int
    traffic: int

    @property
    def drift(self) -> int:
        """Persons; above 0 too few were seen leaving, below 0 too few coming."""
        return self.left - self.corrected

    @property
    def miscounted(self) -> int:
        """So many at least."""
        return self.left + self.corrected

    @property
    def share(self) -> float:
        """What was miscounted in its traffic; 0 without any."""
        return self.miscounted / self.traffic if self.traffic else 0.0

    @property
    def is_off(self) -> bool:
        """Whether somebody should look at the doors."""
        return self.miscounted > FINDING_PERSONS and self.share > FINDING_SHARE


class Balance(Struct, frozen=True):
    """Of one zone, since its totals were `base`; `day` is that of the hour at which it began.

    `closed` is the day before it, `untold` while no reading has carried its drift. `anew` says why
    it did not begin with a day that was closed; "" if it did.
    """

    signs: dict[str, int]
    base: dict[str, Counted]
    corrected: int = 0
    day: int | None = None
    closed: Day | None = None
    untold: bool = False
    anew: str = ""

    def fits(self, totals: Totals) -> bool:
        """Whether these totals go on from its base."""
        return all(
            now.went_in >= was.went_in and now.went_out >= was.went_out
            for was, now in ((was, totals[door]) for door, was in self.base.items())
        )

    def raw(self, totals: Totals) -> int:
        """Who went in less who went out since it began."""
        return sum(
            sign * (now.went_in - was.went_in - now.went_out + was.went_out)
            for sign, was, now in ((s, self.base[d], totals[d]) for d, s in self.signs.items())
        )

    def traffic(self, totals: Totals) -> int:
        """All who went in or out since it began."""
        return sum(sum(totals[door]) - sum(was) for door, was in self.base.items())

    def occupancy(self, totals: Totals) -> int:
        """How many are in the zone; never negative once it is `corrected_by` these totals."""
        return self.raw(totals) + self.corrected

    def corrected_by(self, totals: Totals) -> "Balance":
        """With those whom somebody must have missed, if these totals show any."""
        missing = -self.occupancy(totals)
        return replace(self, corrected=self.corrected + missing) if missing > 0 else self

    def ended(self, totals: Totals, day: int) -> "Balance":
        """The next one: nobody was in the zone when the totals were these."""
        last = self.corrected_by(totals)
        closed = None
        if not self.anew:
            left, traffic = last.occupancy(totals), last.traffic(totals)
            closed = Day(day, left, last.corrected, traffic)
        base = dict(totals)
        return Balance(self.signs, base, day=day, closed=closed, untold=closed is not None)

    def told(self) -> "Balance":
        """A reading has carried the drift."""
        return replace(self, untold=False) if self.untold else self
