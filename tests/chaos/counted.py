"""What a log, or the platform, holds of sensors that count; and what is wrong with it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from drivers.quantities import Kind, Quantity, quantity
from gateway.buffer.identities import Span
from gateway.buffer.view import LogView
from gateway.model import Entry, Instant, Moment, Reason, StoredReading

MS = 1_000_000
Values = dict[str, float | None]


class Stretch(NamedTuple):
    """A window with what was counted in it, or (`values` None) a time that was not measured."""

    sensor: str
    since: Moment | None
    until: Moment
    values: Values | None

    @property
    def length_ns(self) -> int:
        assert self.since is not None
        return self.until[1] - self.since[1]

    def of(self, kind: Kind) -> dict[str, int]:
        """What was counted, or the running totals; no times."""
        assert self.values is not None
        whole = {name: int(value or 0) for name, value in self.values.items() if _is_whole(name)}
        return {name: n for name, n in whole.items() if quantity(name).kind is kind}


def stored(log: Path, last: float = inf) -> list[Stretch]:
    """What stands in that log up to that number, in the order of positions."""
    with closing(LogView(log)) as view:
        entries = [one for one in view.entries(Span(1, view.last_position)) if one.number <= last]
    return list(filter(None, map(_of_entry, entries)))


def arrived(messages: Iterable[dict[str, Any]]) -> list[Stretch]:
    """What these messages of the platform say."""
    return list(filter(None, map(_of_message, messages)))


def faults(stretches: Iterable[Stretch], on_boundary: Callable[[Moment], bool]) -> Iterator[str]:
    """What is wrong with all stretches of one sensor, in the order of their identities.

    They follow each other without a break, none comes twice, and windows end on boundaries.
    A total is the sum of all that was counted up to there: nothing lost, and nothing twice.
    """
    ours = list(stretches)
    for before, after in pairwise(ours):
        if after.since != before.until:
            yield f"a break or an overlap between {before} and {after}"
    counted: Counter[str] = Counter()
    for one in ours:
        if one.values is None:
            continue
        counted.update(one.of(Kind.COUNTER))
        totals = {total: n for name, n in counted.items() if (total := quantity(name).total)}
        if one.of(Kind.TOTAL) != totals:
            yield f"the sum of all counts is {totals} at {one}"
        if one.length_ns < 0 or min(one.of(Kind.COUNTER).values()) < 0:
            yield f"less than nothing: {one}"
        if not on_boundary(one.until) or one.since is None or not on_boundary(one.since):
            yield f"not on a boundary: {one}"


def summed(stretches: Iterable[Stretch]) -> Counter[str]:
    """What was counted in all of them."""
    total: Counter[str] = Counter()
    for one in stretches:
        if one.values is not None:
            total.update(one.of(Kind.COUNTER))
    return total


def _of_entry(one: Entry) -> Stretch | None:
    if isinstance(one, StoredReading):
        return Stretch(one.sensor, _moment(one.since), (one.at.boot, one.at.up_ns), one.values)
    if one.gap.reason is not Reason.NOT_MEASURED:
        return None
    return Stretch(one.gap.sensor, one.gap.since, one.gap.until, None)


def _of_message(one: dict[str, Any]) -> Stretch | None:
    if one.get("gap", Reason.NOT_MEASURED) != Reason.NOT_MEASURED:
        return None
    since = one.get("up0")
    begun = None if since is None else (one.get("boot0", one["boot"]), since * MS)
    return Stretch(one["sensor"], begun, (one["boot"], one["up"] * MS), one.get("values"))


def _moment(instant: Instant | None) -> Moment | None:
    return None if instant is None else (instant.boot, instant.up_ns)


def _is_whole(name: str) -> bool:
    of: Quantity = quantity(name)
    return of.kind in (Kind.COUNTER, Kind.TOTAL) and of.resolution >= 1
