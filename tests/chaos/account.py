"""What the sensors gave out against what the consumer was told.

Every number that a sensor gave out must be

    delivered   as itself, in the order of identities and at its time;
    merged      between the smallest and the largest value of a merged reading whose n and mean
                are those of the truth;
    dropped     where a gap `dropped` of its rank stands between its neighbours; all that were
                dropped are as many as there are identities of which nothing arrived; or
    inside      the microseconds between the answer of the chip and the journal: at most the last
                reading of each bus before a kill, at a time that a gap `unclean_stop` holds (it
                begins with the newest reading of any bus: a moment late for the others).

All else is lost. Of counts each reading's total must be the one before it and its own amount (but
for readings that were dropped), and the truth up to the poll that it ends with, without what
polls inside the microseconds have counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from math import inf

from tests.chaos.consumer import Entry
from tests.chaos.explained import explained
from tests.chaos.ticker import Line
from tests.chaos.truth import Truth

_MS = 1_000_000
_HELD_UP_MS = 1_000
"""So long a thread may be held up with what it was given while those of other buses go on."""
_ROUNDING = 0.16
"""A mean that was merged three times is at most 1.5 resolutions off."""


class Account:
    """`gauges` and `counters` name the sensors; `old_boot` is the boot of a backlog."""

    def __init__(
        self,
        truth: Truth,
        entries: Iterable[Entry],
        gauges: Sequence[str],
        counters: Sequence[str],
        old_boot: str,
    ) -> None:
        self.figures: Counter[str] = Counter()
        self.faults: list[str] = []
        self._truth = truth
        self._old_boot = old_boot
        self._order: dict[int, int] = {}
        found = list(entries)
        for entry in found:
            self._order.setdefault(entry.epoch, len(self._order))
        self._gaps = [entry for entry in found if entry.gap]
        readings = [entry for entry in found if not entry.gap]
        self._final = {
            name: self._without_superseded(one for one in readings if one.sensor == name)
            for name in truth.sensors
        }
        self._unclean = list(_spans(gap for gap in self._gaps if gap.gap == "unclean_stop"))
        self._perhaps_dropped = 0
        for name in gauges:
            self._gauge(name, truth.lines(name))
        for name in counters:
            self._counter(name, truth.lines(name))
        self._numbers(found)

    def _without_superseded(self, readings: Iterable[Entry]) -> list[Entry]:
        """In the order of identities, those that no merged one stands for."""
        final: list[Entry] = []
        order = sorted(readings, key=lambda one: (self._order[one.epoch], one.first, -one.last))
        for one in order:
            before = final[-1] if final and final[-1].epoch == one.epoch else None
            if before is None or one.first > before.last:
                final.append(one)
            elif one.last > before.last:
                self.faults.append(f"{one.body['id']} and {before.body['id']} overlap")
        return final

    def _gauge(self, sensor: str, lines: Sequence[Line]) -> None:
        self.figures["given out"] += len(lines)
        before, upto = None, 0
        for one in self._final[sensor]:
            low, high = one.shown
            if low <= upto:
                self.faults.append(f"{one.body['id']}: {sensor} {low} after {upto}")
            self._absent(sensor, lines[upto : low - 1], before, one)
            self._check(sensor, one, lines[low - 1 : high + 1])
            before, upto = one, high
        self._absent(sensor, lines[upto:], before, None)

    def _check(self, sensor: str, one: Entry, lines: Sequence[Line]) -> None:
        """A reading against the lines that it is of, and the one behind them."""
        low, high = one.shown
        if one.first == one.last:
            self.figures["delivered"] += 1
            if one.body["boot"] != self._old_boot and not _is_at(one, lines):
                self.faults.append(f"{one.body['id']}: {sensor} {low} is of another time")
            return
        self.figures["merged"] += one.n
        away = high - low + 1 - one.n
        doubtful = sorted(line.number for line in self._doubtful(sensor, lines[: high - low + 1]))
        missing = (low + high) * (high - low + 1) / 2 - (one.values["pressure"] or 0) * one.n
        slack = _ROUNDING * one.n
        least, most = sum(doubtful[:away]), sum(doubtful[len(doubtful) - away :])
        self.figures["inside"] += away
        if not 0 <= away <= len(doubtful) or not least - slack <= missing <= most + slack:
            self.faults.append(f"{one.body}: not the merged {low}..{high} without {doubtful}")

    def _absent(
        self, sensor: str, lines: Sequence[Line], before: Entry | None, behind: Entry | None
    ) -> None:
        """Numbers that no reading tells of, between two that arrived."""
        if not lines:
            return
        doubtful = self._doubtful(sensor, lines)
        if self._dropped("gauge", before, behind):
            self.figures["dropped"] += len(lines)
            self._perhaps_dropped += len(doubtful)
            return
        self.figures["inside"] += len(doubtful)
        lost = [line.number for line in lines if line not in doubtful]
        self.figures["lost"] += len(lost)
        if lost:
            ids = [one.body["id"] if one else None for one in (before, behind)]
            self.faults.append(f"{sensor} {lost} are lost, between {ids}")

    def _counter(self, sensor: str, lines: Sequence[Line]) -> None:
        truth = [0, *accumulate(line.amount for line in lines)]
        total, before = 0, None
        uncounted = {0: 0}
        for one in self._final[sensor]:
            amount, total_in = int(one.values["count_in"] or 0), int(one.values["total_in"] or 0)
            dropped = total_in - total - amount
            if dropped and (dropped < 0 or not self._dropped("count", before, one)):
                self.faults.append(f"{one.body['id']}: total {total_in} after {total} + {amount}")
            self.figures["counts dropped"] += dropped
            self.figures["counts merged"] += amount if one.first < one.last else 0
            total, before = total_in, one
            ends = {end: truth[end] - total for end in self._ends(one, lines)}
            uncounted = self._uncounted(one.body["id"], sensor, lines, uncounted, ends)
        ends = {len(lines): truth[-1] - total}
        self._uncounted("at the end", sensor, lines, uncounted, ends)
        self.figures["counted"] += truth[-1]
        self.figures["counts inside"] += ends[len(lines)]

    def _uncounted(
        self,
        where: str,
        sensor: str,
        lines: Sequence[Line],
        before: dict[int, int],
        after: dict[int, int],
    ) -> dict[int, int]:
        """By the line that a reading may end with: what the truth is ahead of its total."""
        good = {
            end: ahead
            for end, ahead in after.items()
            for begin, was in before.items()
            if begin <= end and ahead - was in _sums(self._doubtful(sensor, lines[begin:end]))
        }
        if not good:
            self.faults.append(f"{where}: {sensor} is {after} behind the truth, it was {before}")
        return good or after

    def _ends(self, one: Entry, lines: Sequence[Line]) -> list[int]:
        """Up to which line a counting reading goes: it shows it, or its time says it.

        One that a process has left to the next may tell of one line more: its last poll, begun
        before the end of the window and answered behind it.
        """
        values = one.values
        shown = values.get("pressure") if one.first == one.last else None
        if one.body["boot"] == self._old_boot:
            shown = values.get("pressure_max", values.get("pressure"))
        if shown is not None:
            return [int(shown)]
        times = [-1, *(line.up_ns // _MS for line in lines), inf]
        newest = self._truth.newest[one.sensor]
        up = one.body["up"]
        return [
            number
            for number, (at, then) in enumerate(pairwise(times))
            if at <= up <= then or (number in newest and times[number - 1] <= up < at)
        ]

    def _doubtful(self, sensor: str, lines: Sequence[Line]) -> list[Line]:
        """Those that may have been inside the microseconds."""
        in_flight = self._truth.in_flight[sensor]
        return [line for line in lines if line.number in in_flight and self._held(line)]

    def _held(self, line: Line) -> bool:
        return any(since <= line.up_ns // _MS <= until for since, until in self._unclean)

    def _dropped(self, rank: str, before: Entry | None, behind: Entry | None) -> bool:
        """Whether a gap `dropped` of that rank concerns numbers between the two."""
        first = (-1, 0) if before is None else (self._order[before.epoch], before.last)
        last = (inf, 0) if behind is None else (self._order[behind.epoch], behind.first)
        return any(
            (self._order[gap.body["epoch"]], gap.body["to"]) > first
            and (self._order[gap.body["epoch"]], gap.body["from"]) < last
            for gap in self._gaps
            if gap.gap == "dropped" and gap.body["rank"] == rank
        )

    def _numbers(self, entries: Sequence[Entry]) -> None:
        """Every number is explained, and as many were dropped as nothing arrived of."""
        found = explained(entries)
        for epoch, numbers in found.unexplained.items():
            self.faults.append(f"nothing explains {numbers} of epoch {epoch}")
        arrived = sum(one.n for final in self._final.values() for one in final) + len(self._gaps)
        dropped, most = self.figures["dropped"], found.given - arrived
        gaps = [gap for gap in self._gaps if gap.gap == "dropped"]
        counts = sum(gap.n for gap in gaps if gap.body["rank"] == "count")
        if not most - counts <= dropped <= most + self._perhaps_dropped:
            self.faults.append(f"{dropped} were dropped; the identities say {most} with counts")


def _spans(gaps: Iterable[Entry]) -> Iterator[tuple[float, int]]:
    """Milliseconds of this boot from and to; one that began in an earlier boot began before it."""
    for gap in gaps:
        body = gap.body
        since = body["up0"] - _HELD_UP_MS if body["boot0"] == body["boot"] else 0
        yield since, body["up"]


def _is_at(one: Entry, lines: Sequence[Line]) -> bool:
    """Whether it was taken after its own line, and before the next one was given out."""
    up_ms = [line.up_ns // _MS for line in lines]
    up: int = one.body["up"]
    return up_ms[0] <= up and (len(up_ms) == 1 or up <= up_ms[1])


def _sums(lines: Sequence[Line]) -> set[int]:
    """What any of these polls may have counted together."""
    sums = {0}
    for line in lines:
        sums |= {amount + line.amount for amount in sums}
    return sums
