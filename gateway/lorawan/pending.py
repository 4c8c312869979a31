"""What of the log is still to be told over the radio, and in which order.

Theory: pieces of one row and one rank form a *slip*. A slip is never sent, sent fewer times than
`repeats` (nobody knows whether an unconfirmed uplink was heard), or done: sent so often,
acknowledged by the network or the platform, or covered by what the preferred uplink has delivered.
Slips go out in the order of their worth:

    1  the newest counts that were never sent
    2  alarms
    3  the newest means that were never sent
    4  what else was never sent, the newest first
    5  what was sent too few times, the newest first

A done slip leaves a *mark*, so that it is not told again when the log is read again after a
restart. What comes late for a row that is done becomes a slip of its own, if a number of it is
newer than those that the mark knows.

There are at most MOST_SLIPS. When there are more, the oldest means go, then the oldest counts of
two rows are added up, as the log itself does when it is full: counts get coarser, and none is lost.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from drivers.quantities import Rank
from gateway.encoding.compact.rows import Part, Row
from gateway.lorawan.adding import added
from gateway.lorawan.folding import Piece
from gateway.lorawan.grid import Place

MOST_SLIPS = 2_000
MOST_MARKS = 1_000

Mark = tuple[int, int]
"""How many times it was sent, and the newest number in it; 0 = none of it has a number."""


@dataclass(eq=False, slots=True)
class Slip:
    """Parts of one row, of one rank and epoch, with the oldest position that they began at."""

    place: Place
    rank: Rank
    epoch: int | None
    parts: list[Part]
    position: int
    times: int = 0

    @property
    def last(self) -> int:
        """Its newest number; 0 = it has none."""
        return max((part.last or 0 for part in self.parts), default=0)

    @property
    def key(self) -> str:
        """By which its mark is found again."""
        return f"{self.place.ends_s}:{self.place.length_s}:{int(self.rank)}"

    @property
    def age(self) -> tuple[int, int]:
        """For sorting: the newest has the largest; of an unknown time is older than all others."""
        return (self.place.ends_s or 0, self.last)


class Pending:
    """`marks` are those of an earlier process."""

    def __init__(self, repeats: int, marks: Mapping[str, Mark] | None = None) -> None:
        self.marks: dict[str, Mark] = dict(marks or {})
        self.slips: list[Slip] = []
        self.added = 0
        """Pieces that have come."""
        self.changes = 0
        """How often anything of it has changed."""
        self._repeats = repeats

    @property
    def position(self) -> int | None:
        """Where the oldest that is not done begins."""
        return min((slip.position for slip in self.slips), default=None)

    @property
    def fresh(self) -> list[Slip]:
        """What was never sent."""
        return [slip for slip in self.slips if not slip.times]

    def add(self, piece: Piece) -> None:
        """It is to be told, if it was not."""
        self.added += 1
        self.changes += 1
        slip = Slip(piece.place, piece.rank, piece.epoch, [piece.part], piece.position)
        times, newest = self.marks.get(slip.key, (0, 0))
        if times and slip.last <= newest:
            if times >= self._repeats:
                return
            slip.times = times
        self._put(slip)
        while len(self.slips) > MOST_SLIPS:
            self._make_room()

    def again(self, begins_s: int, ends_s: int) -> None:
        """Rows of that time will be read again, and are to be told again."""
        self.changes += 1
        for key in list(self.marks):
            ends, length, _ = key.split(":")
            if ends != "None" and int(ends) - int(length) < ends_s and int(ends) > begins_s:
                del self.marks[key]
        for slip in self.slips:
            slip.times = 0 if begins_s < (slip.place.ends_s or 0) <= ends_s else slip.times

    def complete(self, upto_s: float) -> list[Slip]:
        """What was never sent, but for rows that end later; alarms wait for nobody."""
        return [
            slip
            for slip in self.fresh
            if slip.rank is Rank.ALARM or (slip.place.ends_s or 0) <= upto_s
        ]

    def urgent(self, upto_s: float = math.inf) -> list[Slip]:
        """The newest counts that are complete by then, and all alarms; empty without alarms."""
        first = _foremost(sorted(self.complete(upto_s), key=_age, reverse=True))
        return first if any(slip.rank is Rank.ALARM for slip in first) else []

    def by_worth(self, upto_s: float = math.inf) -> list[Slip]:
        """What is complete by then, and repeats; what goes first at the beginning."""
        fresh = sorted(self.complete(upto_s), key=_age, reverse=True)
        means = [slip for slip in fresh if slip.rank < Rank.COUNT][:1]
        first = [*_foremost(fresh), *means]
        rest = [slip for slip in fresh if slip not in first]
        repeats = [slip for slip in self.slips if slip.times]
        return [*first, *rest, *sorted(repeats, key=_age, reverse=True)]

    def sent(self, slips: Iterable[Slip], times: int = 1) -> None:
        """They were on the air; with `times` of `repeats` they are done."""
        self.changes += 1
        for slip in slips:
            slip.times += times
            self.marks.pop(slip.key, None)  # the newest mark is the last
            self.marks[slip.key] = (slip.times, slip.last)
        self.slips = [slip for slip in self.slips if slip.times < self._repeats]
        for key in list(self.marks)[:-MOST_MARKS]:
            del self.marks[key]

    def acknowledged(self, slips: Iterable[Slip]) -> None:
        """The far side has said that it has them."""
        self.sent(slips, self._repeats)

    def platform_has(self, epoch: int, number: int) -> None:
        """All counts of that epoch up to that number."""
        self.acknowledged(
            [slip for slip in self.slips if slip.epoch == epoch and slip.last <= number]
        )

    def forget(self) -> None:
        """Somebody else tells it, or it is read again."""
        self.changes += 1
        self.slips.clear()

    def _put(self, slip: Slip) -> None:
        """Beside what is of the same row, if that was not sent and has room for it."""
        for one in self.slips:
            if _joins(one, slip):
                one.parts.append(slip.parts[0])
                one.position = min(one.position, slip.position)
                return
        self.slips.append(slip)

    def _make_room(self) -> None:
        means = [slip for slip in self.slips if slip.rank < Rank.COUNT]
        if means:
            self.slips.remove(min(means, key=_age))
            return
        older, newer = sorted(self.slips, key=_age)[:2]
        joined = added(older.place, older.parts, newer.place, newer.parts)
        if joined is None or older.epoch != newer.epoch:
            self.slips.remove(older)
            return
        newer.place, newer.parts = joined
        newer.position = min(older.position, newer.position)
        newer.times = 0
        self.slips.remove(older)


def rows(slips: Sequence[Slip]) -> Iterator[tuple[Row, list[Slip]]]:
    """Rows of them in that order; those of one row that follow each other are one."""
    for place, group in groupby(slips, key=lambda slip: slip.place):
        some = list(group)
        by_sensor = sorted((part for slip in some for part in slip.parts), key=_sensor)
        apart = len({part.sensor for part in by_sensor}) < len(by_sensor)
        if apart or place.ends_s is None:
            for slip in some:
                yield (
                    Row(place.ends_s, place.length_s, tuple(sorted(slip.parts, key=_sensor))),
                    [slip],
                )
        else:
            yield Row(place.ends_s, place.length_s, tuple(by_sensor)), some


def _foremost(fresh: Sequence[Slip]) -> list[Slip]:
    """Of those, the newest first, the newest counts and all alarms."""
    counts = [slip for slip in fresh if slip.rank is Rank.COUNT][:1]
    return [*counts, *(slip for slip in fresh if slip.rank is Rank.ALARM)]


def _sensor(part: Part) -> int:
    return part.sensor


def _age(slip: Slip) -> tuple[int, int]:
    return slip.age


def _joins(one: Slip, other: Slip) -> bool:
    """What has no time, is an alarm or carried stays by itself."""
    same = (one.place, one.rank, one.epoch, one.times) == (
        other.place,
        other.rank,
        other.epoch,
        other.times,
    )
    if not same or one.place.ends_s is None or one.rank is Rank.ALARM:
        return False
    taken = {part.sensor for part in one.parts}
    return not any(part.sensor in taken for part in other.parts)
