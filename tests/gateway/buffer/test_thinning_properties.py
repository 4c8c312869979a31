"""Merging in any order of steps and pieces, against an account that is kept with fractions."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from math import atan2, cos, degrees, log, log10, radians, sin
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import QUANTITIES, Kind, Mean, quantity
from gateway.buffer.rows import Row
from gateway.buffer.thinning import STEPS, thin
from tests.gateway.buffer.merged_account import (
    Weighed,
    account,
    chosen,
    mergeable,
    raw_range,
    values_of,
)
from tests.gateway.buffer.streams import AIR, STAY, is_averaged, streams

TINY = Fraction(1, 10**7)  # a float is not exactly half
Passes = list[tuple[int, list[int]]]
CUTS = st.lists(st.integers(0, 40), max_size=3)
PASSES = st.lists(st.tuples(st.sampled_from(STEPS), CUTS), min_size=1, max_size=4)
"""Steps one after the other, and where the rows are cut into calls."""


def wall(step_s: int) -> Callable[[Row], int]:
    """The steps of a wall clock that is set back by 700 s when the machine has run for 1500 s."""
    return lambda row: (row.up_ns // 10**9 - 700 * (row.up_ns > 1500 * 10**9)) // step_s


def thin_in_pieces(rows: list[Row], passes: Iterable[tuple[int, list[int]]]) -> list[Row]:
    for step_s, cuts in passes:
        edges = [0, *sorted(cuts), len(rows)]
        pieces = [rows[begin:end] for begin, end in pairwise(edges)]
        rows = [kept for piece in pieces for kept in thin(piece, step_s, wall(step_s))]
    return rows


@given(streams(), PASSES)
def test_nothing_but_the_mean_changes(rows: list[Row], passes: Passes) -> None:
    assert account(thin_in_pieces(rows, passes)) == account(rows)


@given(streams(), PASSES)
def test_every_reading_is_in_exactly_one_row_of_its_sensor(rows: list[Row], passes: Passes) -> None:
    thinned = thin_in_pieces(rows, passes)
    assert all(before.position < after.position for before, after in pairwise(thinned))
    for raw in rows:
        same = [row for row in thinned if row.layout.sensor == raw.layout.sensor]
        if raw.layout in STAY:
            assert raw in thinned
        if not raw.layout.gap:
            readings = [row for row in same if not row.layout.gap]
            around = [row for row in readings if raw_range(row)[0] <= raw.position <= row.position]
            assert [row.boot for row in around] == [raw.boot]


@given(streams(), PASSES)
def test_a_merged_row_tells_when_its_readings_began_and_ended(
    rows: list[Row], passes: Passes
) -> None:
    by_position = {row.position: row for row in rows}
    for merged in thin_in_pieces(rows, passes):
        first = by_position[raw_range(merged)[0]]
        last = by_position[merged.position]
        begin_ns = first.up_ns - (first.span_ns or 0)
        assert merged.up_ns == last.up_ns
        assert merged.up_ns - (merged.span_ns or 0) == begin_ns


def means_of(rows: list[Row], merged: Row) -> Iterator[tuple[str, Fraction | None, Weighed]]:
    """The means in a merged row, and what each should be of."""
    first, n, _ = raw_range(merged)
    inside = [row for row in mergeable(rows) if first <= row.position <= merged.position]
    readings = [row for row in inside if row.layout.sensor == merged.layout.sensor]
    assert len(readings) == n
    for name, value in values_of(merged).items():
        base = name.removesuffix("_raw")
        if is_averaged(base) and QUANTITIES[base].kind is Kind.GAUGE:
            yield name, value, chosen(readings, base, name)


@given(streams(), PASSES)
def test_a_mean_is_as_near_as_is_told(rows: list[Row], passes: Passes) -> None:
    thinned = mergeable(thin_in_pieces(rows, passes))
    for merged in (row for row in thinned if row.layout.step_s):
        for name, value, known in means_of(rows, merged):
            if not known:
                assert value is None
            else:
                NEAR[quantity(name).mean](name, value, known, len(passes))


def near_mean(name: str, value: Fraction | None, known: Weighed, passes: int) -> None:
    mean = sum((Fraction(one) * n for one, n in known), Fraction()) / sum(n for _, n in known)
    assert value is not None
    assert abs(value - mean) <= passes * Fraction(str(quantity(name).resolution)) / 2 + TINY


def near_level(name: str, value: Fraction | None, known: Weighed, passes: int) -> None:
    power = sum(10 ** (one / 10) * n for one, n in known) / sum(n for _, n in known)
    assert value is not None
    assert abs(float(value) - 10 * log10(power)) <= passes * quantity(name).resolution / 2 + 1e-6


def near_in_proportion(name: str, value: Fraction | None, known: Weighed, passes: int) -> None:
    assert value is not None
    least = min(one for one, _ in known)
    if least == 0:
        assert value == 0
        return
    off = log(value) - sum(log(one) * n for one, n in known) / sum(n for _, n in known)
    assert abs(off) <= passes * log(1 + quantity(name).resolution / 2 / least) + 1e-6


def near_direction(_: str, value: Fraction | None, known: Weighed, passes: int) -> None:
    begin, width = arc([one for one, _ in known])
    if width < 180:
        assert value is not None
        assert (float(value) - begin) % 360 <= width + 1e-6
        if passes == 1:
            assert abs((float(value) - direction(known) + 180) % 360 - 180) <= 0.5 + 1e-6


def direction(known: Weighed) -> float:
    east = sum(sin(radians(one)) * n for one, n in known)
    north = sum(cos(radians(one)) * n for one, n in known)
    return degrees(atan2(east, north))


def arc(directions: list[float]) -> tuple[float, float]:
    """Where the shortest arc begins that holds them all, and how wide it is."""
    around = sorted({one % 360 for one in directions})
    gaps = [(after - one) % 360 or 360 for one, after in pairwise([*around, around[0]])]
    widest = max(gaps)
    return around[(gaps.index(widest) + 1) % len(around)], 360 - widest


NEAR: dict[Mean, Callable[[str, Fraction | None, Weighed, int], None]] = {
    Mean.ARITHMETIC: near_mean,
    Mean.ENERGETIC: near_level,
    Mean.GEOMETRIC: near_in_proportion,
    Mean.CIRCULAR: near_direction,
}


@given(streams(), PASSES)
def test_a_mean_is_within_its_range(rows: list[Row], passes: Passes) -> None:
    for merged in mergeable(thin_in_pieces(rows, passes)):
        said = values_of(merged)
        for name in filter(is_averaged, said):
            known = [said.get(f"{name}{one}") for one in ("_min", "", "_max")]
            ends = [value for value in known if value is not None]
            assert ends == sorted(ends)


@given(st.lists(st.lists(st.integers(0, 90), min_size=1, max_size=9), min_size=2, max_size=9))
def test_means_of_directions_within_a_quarter_are_a_few_degrees_off(
    groups: list[list[int]],
) -> None:
    layout = AIR._replace(names=("wind_direction",))
    times = [
        60 * minute + second for minute, one in enumerate(groups) for second in range(len(one))
    ]
    told = [str(value) for one in groups for value in one]
    rows = [
        Row(n, layout, "b1", up_s * 10**9, None, value)
        for n, (up_s, value) in enumerate(zip(times, told, strict=True))
    ]
    [once], [twice] = (
        thin_in_pieces(rows, [(3600, [])]),
        thin_in_pieces(rows, [(60, []), (3600, [])]),
    )
    off = [
        float(one) for row in (once, twice) if (one := values_of(row)["wind_direction"]) is not None
    ]
    assert abs((off[0] - off[1] + 180) % 360 - 180) <= 6


@given(streams(), st.sampled_from(STEPS))
def test_thinning_again_changes_nothing(rows: list[Row], step_s: int) -> None:
    once = thin(rows, step_s, wall(step_s))
    assert thin(once, step_s, wall(step_s)) == once


@given(streams(), st.sampled_from(STEPS))
def test_neighbours_of_a_sensor_are_merged_if_they_can_be(rows: list[Row], step_s: int) -> None:
    readings = [row for row in thin(rows, step_s, wall(step_s)) if not row.layout.gap]
    for sensor in {row.layout.sensor for row in readings}:
        own = [row for row in readings if row.layout.sensor == sensor]
        for one, other in pairwise(own):
            apart = [(r.boot, r.layout.rank, wall(step_s)(r)) for r in (one, other)]
            assert one.layout in STAY or other.layout in STAY or apart[0] != apart[1]


@given(streams(), st.tuples(CUTS, CUTS))
def test_all_ways_to_the_last_step_lead_to_the_same_rows(
    rows: list[Row], cuts: tuple[list[int], list[int]]
) -> None:
    thinned = thin_in_pieces(rows, [(60, cuts[0]), (900, cuts[1]), (3600, [])])
    assert without_means(thinned) == without_means(thin(rows, 3600, wall(3600)))


def without_means(rows: Iterable[Row]) -> list[Any]:
    """All but the means, and the steps: what was alone in a step keeps the one that it had."""
    return [
        (
            row._replace(packed="", layout=row.layout._replace(step_s=0)),
            *raw_range(row)[:2],
            account([row]),
        )
        for row in mergeable(rows)
    ]
