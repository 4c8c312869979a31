"""Merges readings of a time step into one, so that a log without room keeps the coarse picture.

Theory: the rows of a sensor, in the order of their positions, fall into runs of the same boot, rank
and bucket (the number of the time step in which a row ends). Each run of two or more becomes one
row, at the position of its last:

    a gauge `q`     q = mean weighted by q_n,   q_min, q_max, q_n = readings that had a value
    a state `q`     q = last known,             q_min, q_max, q_n likewise
    a counter `q`   q = sum
    a total `q`     q = last known

and null where nothing was known. Before the values stand two whole numbers: how many positions
before its own the first reading stood, and how many readings were merged. A raw reading counts as a
merged one of itself alone (q = q_min = q_max, q_n = 1 or 0), so raw and merged rows mix freely, and
because runs are unbroken and in order, everything but the mean is the same whichever way it went:
60, 900 and then 3600 s, or 3600 s at once, cut anywhere in between.

The mean is rounded to the resolution of its quantity each time it is packed. A merging averages the
errors of its members and adds at most half a resolution, so after k mergings on top of each other a
mean is at most k/2 resolutions off: 1.5 after all STEPS, if no step is merged piece by piece.

A consumer takes a merged reading for all readings of its sensor between its first and its last.
So a run never reaches over a reading of that sensor that is not in it; gaps are no readings.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from math import fsum
from operator import attrgetter
from typing import Any, NamedTuple

from drivers.quantities import QUANTITIES, THINNED, Kind, Rank
from gateway.buffer.rows import Layout, Row, back
from gateway.model import Names, pack

STEPS = (60, 900, 3600)
"""The steps of thinning in seconds, each a multiple of the one before."""

_LEAD = 2  # whole numbers before the values of a merged row

_Columns = defaultdict[str, list[float | None]]
"""The values of a run by the names that they have once merged, in the order of the readings."""


def thin(
    rows: Sequence[Row],
    step_s: int,
    bucket: Callable[[Row], int],
    concerns: Callable[[Layout], bool] = lambda _: True,
) -> list[Row]:
    """Rows in the order of their positions, each run merged into one row.

    `rows` leave out no reading of their sensors between the first and the last; those that it does
    not concern stay as they are. `bucket` numbers the step in which a row ends; it must tell epochs
    apart, because identities do not reach over them. Single rows, gaps, alarms and readings with a
    quantity that is not in the table stay as they are. Raises ValueError if the values of a row
    that is merged do not fit its layout.
    """
    thinned: list[Row | None] = list(rows)
    for run in runs(rows, bucket, concerns):
        if len(run) > 1:
            for index in run:
                thinned[index] = None
            thinned[run[-1]] = _merged([rows[index] for index in run], step_s)
    return [row for row in thinned if row is not None]


class _Run(NamedTuple):
    key: tuple[str, Rank, int] | None
    indexes: list[int]


def runs(
    rows: Sequence[Row], bucket: Callable[[Row], int], concerns: Callable[[Layout], bool]
) -> list[list[int]]:
    """Indexes of the rows of each run; those of one row, too. See `thin`."""
    runs: list[list[int]] = []
    latest: dict[str, _Run] = {}
    for index, row in enumerate(rows):
        layout = row.layout
        if layout.gap:
            continue
        mergeable = _can_merge(layout) and concerns(layout)
        key = (row.boot, layout.rank, bucket(row)) if mergeable else None
        run = latest.get(layout.sensor)
        if key is None or run is None or run.key != key:
            run = latest[layout.sensor] = _Run(key, [])
            runs.append(run.indexes)
        run.indexes.append(index)
    return runs


def _merged(run: Sequence[Row], step_s: int) -> Row:
    """The rows of a run as one."""
    first, last = run[0], run[-1]
    columns: _Columns = defaultdict(list)
    layouts: dict[Layout, None] = {}
    n = 0
    for layout, rows in groupby(run, key=attrgetter("layout")):
        layouts[layout] = None
        n += _collect(columns, layout, list(rows))
    layout = _merged_layout(tuple(layouts), step_s)
    values = pack({name: _combined(name, columns) for name in layout.names})
    begin_ns = first.up_ns - (first.span_ns or 0)
    packed = f"{last.position - first.position + back(first)},{n},{values}"
    return Row(last.position, layout, last.boot, last.up_ns, last.up_ns - begin_ns, packed)


def _collect(columns: _Columns, layout: Layout, rows: Sequence[Row]) -> int:
    """Add the values of rows of one layout; returns how many readings are in them."""
    table = zip(*_parsed(layout, rows), strict=True)
    if layout.step_s:
        _, counts, *merged = table
        for name, column in zip(layout.names, merged, strict=True):
            columns[name] += column
        return int(sum(counts))
    for name, column in zip(layout.names, table, strict=True):
        columns[name] += column
        if _has_range(name):
            columns[name + "_min"] += column
            columns[name + "_max"] += column
            columns[name + "_n"] += [value is not None for value in column]
    return len(rows)


def _parsed(layout: Layout, rows: Sequence[Row]) -> list[list[Any]]:
    """The numbers of rows of one layout, in one go, for speed."""
    width = len(layout.names) + (_LEAD if layout.step_s else 0)
    table: list[list[Any]] = json.loads(f"[[{'],['.join(row.packed for row in rows)}]]")
    if set(map(len, table)) != {width}:
        bad = next(row for row, found in zip(rows, table, strict=True) if len(found) != width)
        raise ValueError(
            f"position {bad.position} of {layout.sensor}: {bad.packed!r} is not {width} numbers"
        )
    return table


def _combined(name: str, columns: _Columns) -> float | None:
    """One value for a run; None if nothing was known."""
    known = [value for value in columns[name] if value is not None]
    if not known:
        return None
    combine = _combination(name)
    if combine is not None:
        return combine(known)
    weights = [n for n in columns[name + "_n"] if n]
    return fsum(value * n for value, n in zip(known, weights, strict=True)) / sum(weights)


def _last(values: Sequence[float]) -> float:
    return values[-1]


_Combination = Callable[[Sequence[float]], float]
_OF_SUFFIX: dict[str, _Combination] = {"_min": min, "_max": max, "_n": sum}
_OF_KIND: dict[Kind, _Combination] = {Kind.STATE: _last, Kind.COUNTER: sum, Kind.TOTAL: _last}


@lru_cache(maxsize=1024)
def _combination(name: str) -> _Combination | None:
    """How known values become one; None: by the mean, for which it takes their weights."""
    if name in QUANTITIES:
        return _OF_KIND.get(QUANTITIES[name].kind)
    return _OF_SUFFIX[name[name.rindex("_") :]]


@lru_cache(maxsize=1024)
def _has_range(name: str) -> bool:
    return QUANTITIES[name].kind in (Kind.GAUGE, Kind.STATE)


@lru_cache(maxsize=1024)
def _can_merge(layout: Layout) -> bool:
    """Whether it is no alarm, and all its quantities are known to this version of the program."""
    known = _quantities(layout.names)
    names = _merged_names(known) if layout.step_s else known
    return layout.rank < Rank.ALARM and layout.names == names != ()


@lru_cache(maxsize=1024)
def _merged_layout(layouts: Sequence[Layout], step_s: int) -> Layout:
    """The layout of rows of these layouts once merged; never a finer step than one of them had."""
    names = _quantities(name for layout in layouts for name in layout.names)
    step_s = max(step_s, *(layout.step_s for layout in layouts))
    return Layout(layouts[0].sensor, _merged_names(names), layouts[0].rank, step_s)


def _quantities(names: Iterable[str]) -> Names:
    """Those of the table, each once, in the order of their first appearance."""
    return tuple(dict.fromkeys(name for name in names if name in QUANTITIES))


def _merged_names(quantities: Names) -> Names:
    """The names of the merged values of these quantities."""
    names: list[str] = []
    for name in quantities:
        names.append(name)
        if _has_range(name):
            names += [name + suffix for suffix in THINNED]
    return tuple(names)
