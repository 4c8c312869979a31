"""Who went through and came straight back, beyond what a sensor sees: told from two who met.

Theory of operation
-------------------
Somebody turns back half a metre behind the line. A sensor that sees less than that sees him pass
in, and a moment later pass out. Somebody else may come out instead, for whom the first one left the
way free, or who waited for him. So a passage is held for as long as he might come back:

    free    --a passage-----------------------------------> held
    held    --4 s after its end nobody is below-----------> free, it counts
    held    --the next passage, the same way--------------> held (the next), it counts
    held    --the next, the other way, of somebody else---> held (the next), it counts
    held    --the next, the other way, his own------------> free, neither counts

Whether it is his own is weighed, by how many of each kind there are at this door:

    his own           who return * how often one head is measured with that difference in height
    somebody else's   who meet somebody * how often two people differ by that much

One head is measured twice within 16 mm (spread; of five who return one was seen aside and may be
off by up to 80 mm), two people differ by 122 mm (spread; 5 % each). That alone tells little: of two
people every sixth pair is within 25 mm. So both shares are learned here:

    return   half as many as those who turned back in sight. Chosen: about as many turn behind the
             line as before it, and of those on its far side the nearer ones are in sight
    meet     passages the other way at that moment that differ by more than 60 mm, which are of two
             people for sure, over the share of two people who do (0.62)

Where people only come and go nobody is taken for another, however dense they come; where they turn
back in the door, equal heads are. Who lingers below (3 s) is likelier to come back than who walks,
so of both it is kept apart. After 1000 passages each counts half: habits change.

To come back one has to leave, stop and turn, so a head that appears within a second is another's.
What is removed is always one in and one out: how many are inside stays right whatever becomes of
it. Counts never step back, since what is held is not yet counted. A process that is killed loses at
most the one who is held: for 4 s, or as long as somebody stays below whose passage will tell.
"""

from dataclasses import dataclass
from math import exp, pi, sqrt
from typing import Literal, NamedTuple

SOONEST_NS = 1_000_000_000
LATEST_NS = 4_000_000_000
LINGERS_NS = 3_000_000_000
SAME_MM = 16.0
SEEN_WELL = 0.8
ASIDE_MM = 80.0
PEOPLE_MM = 122.0
SURELY_TWO_MM = 60.0
SURELY_TWO = 0.62
UNSEEN = 0.5
REMEMBERED = 1000

Way = Literal["in", "out"]


class Passed(NamedTuple):
    """One head that went through: from when to when it was below (ns), and how high it was."""

    way: Way
    began_ns: int
    ended_ns: int
    top_mm: float

    @property
    def lingered(self) -> bool:
        return self.ended_ns - self.began_ns >= LINGERS_NS


@dataclass
class _Habit:
    """How many turned back in sight, and how many met somebody; at first a guess."""

    turned: float
    met: float

    def is_one(self, off_mm: float) -> bool:
        """Whether two heads that differ so much are more likely one who returns."""
        aside = (1 - SEEN_WELL) / (2 * ASIDE_MM) if off_mm <= ASIDE_MM else 0.0
        one = SEEN_WELL * _bell(off_mm, SAME_MM) + aside
        two = _bell(off_mm, PEOPLE_MM)
        return UNSEEN * self.turned * one > self.met / SURELY_TWO * two

    def fade(self) -> None:
        self.turned /= 2
        self.met /= 2


class Returns:
    """Counts of who went through and stayed there; times are ns of one clock."""

    def __init__(self) -> None:
        self.counted_in = self.counted_out = 0
        self.returned = 0
        self._held: Passed | None = None
        self._habits = {False: _Habit(turned=0.8, met=3.0), True: _Habit(turned=3.0, met=1.0)}
        self._passages = 0

    def turned_back(self, lingered: bool) -> None:
        """Somebody did so in sight."""
        self._habits[lingered].turned += 1

    def passed(self, passage: Passed) -> None:
        """The next one who went through, in the order of their ends."""
        before, self._held = self._held, None
        if before is not None and self._returns(before, passage):
            self.returned += 1
            return
        self._count(before)
        self._held = passage
        self._remember()

    def settle(self, now_ns: int, began_ns: int | None = None) -> None:
        """It is now; whoever is below came at `began_ns`."""
        until_ns = now_ns if began_ns is None else began_ns
        if self._held is not None and until_ns - self._held.ended_ns > LATEST_NS:
            self.release()

    def release(self) -> None:
        """Who is held counts: he cannot be seen to come back."""
        self._count(self._held)
        self._held = None

    def _count(self, passage: Passed | None) -> None:
        if passage is not None:
            self.counted_in += passage.way == "in"
            self.counted_out += passage.way == "out"

    def _returns(self, before: Passed, after: Passed) -> bool:
        pause_ns = after.began_ns - before.ended_ns
        if before.way == after.way or not SOONEST_NS <= pause_ns <= LATEST_NS:
            return False
        habit = self._habits[before.lingered or after.lingered]
        off_mm = abs(before.top_mm - after.top_mm)
        habit.met += off_mm > SURELY_TWO_MM
        return habit.is_one(off_mm)

    def _remember(self) -> None:
        self._passages += 1
        if self._passages >= REMEMBERED:
            self._passages //= 2
            for habit in self._habits.values():
                habit.fade()


def _bell(off: float, spread: float) -> float:
    return exp(-((off / spread) ** 2) / 2) / (spread * sqrt(2 * pi))
