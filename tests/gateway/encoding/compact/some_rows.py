"""Rows of all kinds: of ordinary nodes, and whatever else a frame can hold."""

from collections.abc import Sequence

from hypothesis import strategies as st

from drivers.quantities import QUANTITIES, Quantity
from gateway.encoding.compact.layouts import WELL_KNOWN, inline
from gateway.encoding.compact.parts import COVERAGE_STEPS
from gateway.encoding.compact.rows import Frame, Interval, Part, Row
from gateway.encoding.compact.values import steps, value_of

NOW_S = 1_795_169_730
TOLD = [one for one in QUANTITIES.values() if one.radio is not None]

_lengths = st.sampled_from([900] * 4 + [0, 1, 60, 300, 1800, 3600, 86_400]) | st.integers(
    0, 200_000
)


def values(quantity: Quantity) -> st.SearchStrategy[float | None]:
    """Mostly small, over all of the range, beyond it, bad."""
    low, high = quantity.minimum, quantity.maximum
    return (
        st.integers(0, 23).map(float)
        | st.floats(low, min(high, 2.0**50))
        | st.floats(-(2.0**40), 2.0**40)
        | st.sampled_from([low, min(high, 2.0**51), -0.0, None])
    )


@st.composite
def parts(draw: st.DrawFn, sensor: int, quantities: Sequence[Quantity], number: int) -> Part:
    """Of one sensor, anything that a part can say."""
    names = draw(st.sets(st.sampled_from(quantities))) if quantities else set()
    told = {one.name: draw(values(one)) for one in sorted(names, key=lambda one: one.code)}
    coverage = draw(st.none() | st.floats(0, 1))
    ends_s = draw(st.none() | st.integers(300_000, 2**32 - 1) | st.just(NOW_S - NOW_S % 900))
    span = None if ends_s is None else Interval(ends_s - draw(st.integers(0, 300_000)), ends_s)
    if draw(st.booleans()):
        return Part(sensor, told, coverage=coverage, span=span)
    first = max(0, number + draw(st.sampled_from([0, 0, 0, 1, -1, 7, 70_000, -600_000, 2_000_000])))
    last = first + draw(st.sampled_from([0, 0, 0, 1, 59, 700_000]))
    merged = draw(st.integers(1, last - first + 1))
    return Part(sensor, told, first, last, merged, coverage, span)


@st.composite
def ordinary(draw: st.DrawFn, sensor: int, quantities: Sequence[Quantity], number: int) -> Part:
    """As a node has it nearly always."""
    told = {one.name: draw(st.integers(0, 23).map(float)) for one in quantities}
    if any(one.name in ("count_in", "total_in", "activations") for one in quantities):
        return Part(sensor, told, number, number, 1)
    return Part(sensor, told)


_layouts = st.sampled_from(list(WELL_KNOWN.values())) | st.dictionaries(
    st.integers(0, 31), st.sets(st.sampled_from([one.name for one in TOLD]), max_size=5), max_size=6
).map(inline)


@st.composite
def frames(draw: st.DrawFn) -> list[Row]:
    """Rows that lie one behind the other, but for some."""
    layout = draw(_layouts)
    length_s, at_s = draw(_lengths), NOW_S
    at_s -= at_s % (length_s or 1)
    number, stride = draw(st.integers(0, 2**40)), draw(st.integers(1, 40))
    backwards = draw(st.sampled_from([1, 1, -1]))
    rows = []
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from([ordinary, ordinary, parts]))
        picked = [
            draw(kind(place.sensor, place.quantities, max(0, number + place.sensor)))
            for place in layout
            if kind is ordinary or draw(st.booleans())
        ]
        is_dated = kind is ordinary or draw(st.booleans())
        rows.append(Row(at_s if is_dated and at_s >= length_s else None, length_s, tuple(picked)))
        jump = draw(st.sampled_from([1] * 8 + [2, 5, 0]))
        if kind is parts and draw(st.booleans()):
            length_s = draw(_lengths)
        at_s -= backwards * jump * (length_s or 60)
        at_s = max(at_s, length_s, NOW_S - 36 * 86_400)
        number = max(0, number - backwards * (stride + draw(st.sampled_from([0] * 6 + [1, 30]))))
    return rows


def as_told(epoch: int, rows: Sequence[Row]) -> Frame:
    """The same at the resolution of the radio."""
    return Frame(epoch % 256, tuple(_row(row) for row in rows))


def _row(row: Row) -> Row:
    return row._replace(parts=tuple(_part(part) for part in row.parts))


def _part(part: Part) -> Part:
    told = {name: _value(QUANTITIES[name], value) for name, value in part.values.items()}
    return part._replace(values=told, coverage=_coverage(part.coverage))


def _value(quantity: Quantity, value: float | None) -> float | None:
    return None if value is None else value_of(quantity, steps(quantity, value))


def _coverage(share: float | None) -> float | None:
    if share in (None, 1):
        return None
    assert share is not None
    nearest = round(share * COVERAGE_STEPS) / COVERAGE_STEPS
    least = 1 / COVERAGE_STEPS
    return 0.0 if share == 0 else min(1 - least, max(least, nearest))
