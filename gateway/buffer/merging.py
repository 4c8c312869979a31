"""The rows of a run as one row; the theory stands in gateway/buffer/thinning.py."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from itertools import compress, groupby
from operator import attrgetter, or_
from typing import Any, NamedTuple

from drivers.quantities import FLAGS, QUANTITIES, RAW, Kind, Mean, Quantity, Rank
from gateway.buffer.rows import Layout, Row, back
from gateway.means import mean
from gateway.model import Calibrations, Flag
from gateway.packing import pack

_LEAD = 2  # whole numbers before the values of a merged row
_BESIDE = ("_n", "_min", "_max", RAW, FLAGS)

_Value = float | None


class _Places(NamedTuple):
    """In which columns of a row a quantity and what is beside it stand; None = in none."""

    value: int
    n: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    raw: int | None = None
    flags: int | None = None


@dataclass(slots=True)
class _Said:
    """What the rows of a run say of one quantity, in their order; of counters only the values."""

    values: list[_Value] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    minima: list[_Value] = field(default_factory=list)
    maxima: list[_Value] = field(default_factory=list)
    raws: list[_Value] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    has_raw: bool = False

    def add(self, places: _Places, columns: Sequence[Sequence[Any]]) -> None:
        """Those of rows of one layout."""
        values = columns[places.value]
        known = [value is not None for value in values]
        self.values += values
        self.counts += known if places.n is None else (n or 0 for n in columns[places.n])
        self.minima += values if places.minimum is None else columns[places.minimum]
        self.maxima += values if places.maximum is None else columns[places.maximum]
        self.raws += values if places.raw is None else map(_first, columns[places.raw], values)
        self.flags += (
            (0,) * len(values) if places.flags is None else map(_bits, columns[places.flags])
        )
        self.has_raw |= places.raw is not None


@lru_cache(maxsize=1024)
def can_merge(layout: Layout) -> bool:
    """Whether it is no alarm, and all its quantities are known to this version of the program."""
    places = _places(layout)
    if layout.rank >= Rank.ALARM or not places:
        return False
    averaged = (one for name, one in places.items() if _is_averaged(QUANTITIES[name]))
    return not layout.step_s or all(one.n is not None for one in averaged)


def merged(run: Sequence[Row], step_s: int) -> Row:
    """Rows that can be merged as one, never of a finer step than one of them had.

    Raises ValueError if the values of a row do not fit its layout.
    """
    first, last = run[0], run[-1]
    said: defaultdict[str, _Said] = defaultdict(_Said)
    layouts: dict[Layout, None] = {}
    n = 0
    for layout, rows in groupby(run, key=attrgetter("layout")):
        layouts[layout] = None
        n += _collect(said, layout, list(rows))
    values = {name: value for one in said.items() for name, value in _combined(*one)}
    step_s = max(step_s, *(layout.step_s for layout in layouts))
    calibrations = _joined(tuple(layout.calibrations for layout in layouts))
    of = Layout(last.layout.sensor, tuple(values), last.layout.rank, step_s, "", calibrations)
    begin_ns = first.up_ns - (first.span_ns or 0)
    packed = f"{last.position - first.position + back(first)},{n},{pack(values)}"
    return Row(last.position, of, last.boot, last.up_ns, last.up_ns - begin_ns, packed)


def _collect(said: Mapping[str, _Said], layout: Layout, rows: Sequence[Row]) -> int:
    """Add the values of rows of one layout; returns how many readings are in them."""
    columns = list(zip(*_parsed(layout, rows), strict=True))
    for name, places in (_places(layout) or {}).items():
        if _is_averaged(QUANTITIES[name]):
            said[name].add(places, columns)
        else:
            said[name].values += columns[places.value]
    return sum(columns[1]) if layout.step_s else len(rows)


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


def _combined(name: str, said: _Said) -> Iterator[tuple[str, _Value]]:
    """What is said of one quantity of a run, by the names that it has once merged."""
    row = QUANTITIES[name]
    if not _is_averaged(row):
        yield name, _of_known(sum if row.kind is Kind.COUNTER else _last, said.values)
        return
    flags = reduce(or_, said.flags)
    values, counts, raws = said.values, said.counts, said.raws
    if flags and any(sound := _sound(said)):
        values, raws = list(compress(values, sound)), list(compress(raws, sound))
        counts = list(compress(counts, sound))
        flags |= Flag.PARTLY
    yield name, _mean(row, values, counts)
    if row.mean is not Mean.CIRCULAR:
        yield name + "_min", _of_known(min, said.minima)
        yield name + "_max", _of_known(max, said.maxima)
    yield name + "_n", sum(counts)
    if said.has_raw:
        yield name + RAW, _mean(row, raws, counts)
    if flags:
        yield name + FLAGS, flags


def _sound(said: _Said) -> list[bool]:
    """Which of the values are those that nothing is suspect about, or their mean."""
    pairs = zip(said.counts, said.flags, strict=True)
    return [n > 0 and (not flags or bool(flags & Flag.PARTLY)) for n, flags in pairs]


def _mean(row: Quantity, values: Sequence[_Value], counts: Sequence[int]) -> _Value:
    """Of a state the last; None if nothing was known, or directions cancel each other out."""
    pairs = zip(values, counts, strict=True)
    known = [(value, n) for value, n in pairs if value is not None and n > 0]
    if not known:
        return None
    told, weights = zip(*known, strict=True)
    return _last(told) if row.kind is Kind.STATE else mean(row.mean, told, weights)


def _of_known(combine: Callable[[Sequence[float]], float], values: Sequence[_Value]) -> _Value:
    known = [value for value in values if value is not None]
    return combine(known) if known else None


def _last(values: Sequence[float]) -> float:
    return values[-1]


def _first(raw: _Value, value: _Value) -> _Value:
    return value if raw is None else raw


def _bits(flags: float | None) -> int:
    return int(flags or 0)


def _is_averaged(row: Quantity) -> bool:
    """Whether something stands beside its merged values."""
    return row.kind in (Kind.GAUGE, Kind.STATE)


@lru_cache(maxsize=1024)
def _places(layout: Layout) -> Mapping[str, _Places] | None:
    """By quantity of the table; None if something else is in it."""
    ahead = _LEAD if layout.step_s else 0
    at = {name: place for place, name in enumerate(layout.names, start=ahead)}
    found: dict[str, _Places] = {}
    for name in layout.names:
        if name in QUANTITIES:
            beside = _BESIDE if _is_averaged(QUANTITIES[name]) else ()
            found[name] = _Places(at.pop(name), *(at.pop(name + one, None) for one in beside))
    return None if at else found


@lru_cache(maxsize=1024)
def _joined(used: Sequence[Calibrations]) -> Calibrations:
    """By quantity, all that were used, in the order in which they appeared."""
    known: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for quantity, ids in (pair for calibrations in used for pair in calibrations):
        known[quantity] |= dict.fromkeys(ids.split("+"))
    return tuple((quantity, "+".join(ids)) for quantity, ids in sorted(known.items()))
