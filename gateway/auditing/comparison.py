"""Audits against what arrived, and whether it adds up.

Theory: an audit can be compared when all of its range is there or explained, and all of it is
remembered. Then as many readings and gap records must be there as it says, and their counters must
add up to its sums. Two things may lie between what it counted and what is there, both told by the
node: readings were merged into others before or after the audit, and readings that arrived were
lost to the node afterwards, or the other way round. So where a merged reading or a gap record
touches its range, an audit that agrees with one way of reading it agrees, and one that agrees with
none could not be compared. Where none does, there is one way, and it differs.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Literal, NamedTuple, Protocol

import msgspec

from drivers.quantities import QUANTITIES
from gateway.auditing.recent import COUNTERS, LIMIT, Remembered
from gateway.auditing.verdict import LIMIT as TOLD
from gateway.auditing.verdict import Audits, Difference
from gateway.encoding.messages import Audit
from gateway.model import Reason
from gateway.ranges import Range, Ranges, count

MOST_AUDITS = 1_000
"""Of one epoch, that are held to be compared with what still comes: hourly ones of six weeks."""

Sums = Mapping[str, Mapping[str, float]]


class Arrivals(Protocol):
    """What is known of an epoch."""

    arrived: Ranges
    merged: Ranges
    contradicted: Ranges
    told: dict[Reason, Ranges]
    recent: dict[int, list[Remembered]]

    def unexplained(self, first: int, last: int) -> Iterator[Range]:
        """Those from `first` to `last` that are neither there nor explained."""
        ...


class _Arrived(NamedTuple):
    number: int
    one: Remembered


class AuditBook:
    """The audits of one epoch."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._open: dict[bytes, Audit] = {}
        self._agreed: dict[bytes, Range] = {}
        self._agree = self._not_compared = 0
        self._differ: list[Difference] = []

    def add(self, audit: Audit) -> None:
        """One that was heard, perhaps again."""
        key = msgspec.json.encode((audit.from_, audit.to, audit.n, audit.sums), order="sorted")
        if key in self._agreed:
            return
        self._open[key] = audit
        if _compared(audit, self._arrivals) is True:
            self._agreed_with(key)
        if len(self._open) > MOST_AUDITS:
            self._settle(next(iter(self._open)))

    def go_on(self, agree: int, differ: Iterable[Difference]) -> None:
        """With what an earlier run has found."""
        self._agree, self._differ = agree, list(differ)

    def settle(self, number: int) -> None:
        """Judge those with that number for good, for what came under it is forgotten."""
        for key in [k for k, one in self._open.items() if one.from_ <= number <= one.to]:
            self._settle(key)

    def told(self) -> Audits:
        """How they compare with all that is there."""
        agree, differ, not_compared = self._agree, list(self._differ), self._not_compared
        for key, audit in list(self._open.items()):
            found = _compared(audit, self._arrivals)
            if found is None:
                not_compared += 1
            elif found is True:
                agree += 1
                self._agreed_with(key)
            elif found not in differ:
                differ.append(found)
        return Audits(agree, differ[:TOLD], not_compared)

    def _settle(self, key: bytes) -> None:
        found = _compared(self._open[key], self._arrivals)
        if found is True:
            self._agreed_with(key)
            return
        del self._open[key]
        if found is None:
            self._not_compared += 1
        elif found not in self._differ and len(self._differ) < TOLD:
            self._differ.append(found)

    def _agreed_with(self, key: bytes) -> None:
        """What agrees once stays so."""
        audit = self._open.pop(key)
        self._agree += 1
        self._agreed[key] = (audit.from_, audit.to)
        if len(self._agreed) > MOST_AUDITS:
            del self._agreed[next(iter(self._agreed))]


def _compared(audit: Audit, arrivals: Arrivals) -> "Difference | Literal[True] | None":
    """True = it agrees, a difference, or None = it cannot be compared."""
    first, last = audit.from_, audit.to
    size = last - first + 1
    there = count(arrivals.arrived.within(first, last))
    if size > LIMIT or next(arrivals.unexplained(first, last), None) is not None:
        return None
    if there < audit.n <= size or next(arrivals.contradicted.within(first, last), None):
        return None
    known = _known(arrivals, first, last)
    if known is None:
        return None
    for way in _ways(known, arrivals, first, last):
        if len(way) == audit.n and _same(audit.sums, _sums(way)):
            return True
    if _is_ambiguous(arrivals, first, last):
        return None
    return Difference(first, last, audit.n, there, audit.sums, _sums(known))


def _known(arrivals: Arrivals, first: int, last: int) -> list[_Arrived] | None:
    """All that arrived in that range; None if some of it is not remembered."""
    known: list[_Arrived] = []
    for begin, end in arrivals.arrived.within(first, last):
        for number in range(begin, end + 1):
            if number not in arrivals.recent:
                return None
            known += (_Arrived(number, one) for one in arrivals.recent[number])
    return known


def _is_ambiguous(arrivals: Arrivals, first: int, last: int) -> bool:
    sets = (arrivals.merged, *arrivals.told.values())
    return any(next(one.within(first, last), None) is not None for one in sets)


def _ways(
    known: list[_Arrived], arrivals: Arrivals, first: int, last: int
) -> Iterator[list[_Arrived]]:
    """What of it may have been counted: one way where nothing was merged or lost."""
    if not _is_ambiguous(arrivals, first, last):
        yield known
        return
    for replaced, without_lost in product((False, True), repeat=2):
        way = _replaced(known) if replaced else _as_measured(known)
        if without_lost:
            way = [one for one in way if not _is_lost(arrivals, one.number)]
        yield way


def _as_measured(known: Iterable[_Arrived]) -> list[_Arrived]:
    """One a number: what was merged least."""
    least: dict[int, _Arrived] = {}
    for one in known:
        other = least.get(one.number)
        if other is None or other.one.first < one.one.first:
            least[one.number] = one
    return list(least.values())


def _replaced(known: list[_Arrived]) -> list[_Arrived]:
    """Without those that lie within a merged reading of their sensor."""
    reach: dict[str | None, int] = {}
    left = []
    # From the highest number down, the widest first: whoever lies within another comes behind it.
    for one in sorted(known, key=lambda one: (-one.number, one.one.first)):
        sensor, first = one.one.sensor, one.one.first
        if sensor is None or first < reach.get(sensor, first + 1):
            left.append(one)
            if sensor is not None and first < one.number:
                reach[sensor] = first
    return left


def _is_lost(arrivals: Arrivals, number: int) -> bool:
    told = arrivals.told.items()
    return any(number in lost for reason, lost in told if reason is not Reason.THINNED)


def _sums(known: Iterable[_Arrived]) -> dict[str, dict[str, float]]:
    sums: dict[str, dict[str, float]] = {}
    for one in known:
        for name, value in one.one.counters:
            of_sensor = sums.setdefault(one.one.sensor or "", {})
            of_sensor[name] = of_sensor.get(name, 0) + value
    return sums


def _same(told: Sums, arrived: Sums) -> bool:
    """To half the resolution: nulls and absent counters are 0; only counters are compared."""
    for sensor in {*told, *arrived}:
        one, other = told.get(sensor, {}), arrived.get(sensor, {})
        for name in COUNTERS & {*one, *other}:
            if abs(one.get(name, 0) - other.get(name, 0)) > QUANTITIES[name].resolution / 2:
                return False
    return True
