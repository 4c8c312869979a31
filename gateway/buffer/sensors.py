"""What is known of each sensor: until when it was measured, and its running totals."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from drivers.quantities import Kind, Quantity, quantity
from gateway.buffer.rows import Layout, Row
from gateway.model import Reason


class SensorState(NamedTuple):
    """`until` is (boot, ns since it) of the newest reading, None before the first."""

    until: tuple[str, int] | None = None
    totals: Mapping[str, int] = {}


Amounts = Mapping[str, Mapping[str, int]]
"""By sensor and total."""


class _Column(NamedTuple):
    """Where in the packed values something stands that moves a total."""

    place: int
    total: str
    is_total: bool


def after(states: Mapping[str, SensorState], rows: Iterable[Row]) -> dict[str, SensorState]:
    """The states of the sensors that these rows are of, once they are stored."""
    changed: dict[str, SensorState] = {}
    for row in rows:
        name = row.layout.sensor
        before = changed.get(name) or states.get(name)
        if (state := moved(before, row)) is not before and state is not None:
            changed[name] = state
    return changed


def moved(state: SensorState | None, row: Row) -> SensorState | None:
    """The state of a sensor after one more row of it.

    A row that carries its running total raises it; one that was measured while the total was not
    known (the log could not be read) adds its amount. Rows that came later may have been dropped
    from memory: what they had counted stays in the total.
    """
    layout = row.layout
    if not layout.sensor or layout.gap not in ("", Reason.NOT_MEASURED):
        return state
    totals = {} if state is None else state.totals
    columns = _columns(layout)
    return SensorState((row.boot, row.up_ns), _totals(totals, columns, row) if columns else totals)


def before(states: Mapping[str, SensorState], rows: Iterable[Row]) -> dict[str, SensorState]:
    """States from which these rows lead at least to `states`: less what they add by themselves."""
    amounts: dict[str, dict[str, int]] = {}
    for row in rows:
        columns = [column for column in _columns(row.layout) if not column.is_total]
        if columns:
            name = row.layout.sensor
            amounts[name] = dict(_totals(amounts.get(name, {}), columns, row))
    return {name: _more(state, amounts.get(name, {}), -1) for name, state in states.items()}


def added(states: Mapping[str, SensorState], amounts: Amounts) -> dict[str, SensorState]:
    """The states after so much more was counted."""
    known = {name: states.get(name, SensorState()) for name in amounts}
    return {**states, **{name: _more(state, amounts[name]) for name, state in known.items()}}


def latest(states: Mapping[str, SensorState], totals: Amounts) -> dict[str, SensorState]:
    """The states where it is known as well that totals had come so far."""
    told = {name: SensorState(None, some) for name, some in totals.items()}
    return {**states, **{name: later(states.get(name), state) for name, state in told.items()}}


@lru_cache(maxsize=1024)
def carries_totals(layout: Layout) -> bool:
    """Whether rows of it say how far a running total has come."""
    return any(column.is_total for column in _columns(layout))


def later(one: SensorState | None, other: SensorState) -> SensorState:
    """The state that knows more: totals never run backwards."""
    if one is None:
        return other
    totals = {**one.totals}
    for name, value in other.totals.items():
        totals[name] = max(value, totals.get(name, 0))
    return SensorState(other.until or one.until, totals)


def _more(state: SensorState, amounts: Mapping[str, int], sign: int = 1) -> SensorState:
    totals = dict(state.totals)
    for name, amount in amounts.items():
        totals[name] = totals.get(name, 0) + sign * amount
    return state._replace(totals=totals)


def _totals(totals: Mapping[str, int], columns: Iterable[_Column], row: Row) -> Mapping[str, int]:
    values = row.packed.split(",")
    new = dict(totals)
    for place, total, is_total in columns:
        if values[place] != "null":
            amount = round(float(values[place]))
            before = new.get(total, 0)
            new[total] = max(before, amount) if is_total else before + amount
    return new


@lru_cache(maxsize=1024)
def _columns(layout: Layout) -> tuple[_Column, ...]:
    """Totals where the row carries them, else the counters that they are made of."""
    if layout.gap:
        return ()
    offset = 2 if layout.step_s else 0
    columns = []
    for index, name in enumerate(layout.names, start=offset):
        known = _known(name)
        if known is None:
            continue
        if known.kind is Kind.TOTAL and name == known.name:
            columns.append(_Column(index, name, is_total=True))
        elif known.total and known.total not in layout.names:
            columns.append(_Column(index, known.total, is_total=False))
    return tuple(columns)


def _known(name: str) -> Quantity | None:
    """None for what only another version of this program measures."""
    try:
        return quantity(name)
    except (KeyError, ValueError):
        return None
