"""The grid of reporting intervals: boundaries, whatever the clock does below them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.sampling.grid import Grid

MS = 1_000_000
SECOND = 1000 * MS
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
YEAR = 365 * 24 * HOUR
NOON = 1_795_176_000 * SECOND
"""2026-11-20T12:00:00Z."""

INTERVALS = st.one_of(
    st.sampled_from([250 * MS, SECOND, 10 * SECOND, MINUTE, 15 * MINUTE, HOUR, 24 * HOUR]),
    st.integers(1, 24 * HOUR),
)


def moves(most: int) -> st.SearchStrategy[int]:
    return st.integers(-most, most)


MOVES = st.lists(st.one_of(moves(MS), moves(SECOND), moves(HOUR), moves(10 * YEAR)), max_size=40)


def test_without_utc_boundaries_are_multiples_of_the_time_since_boot() -> None:
    assert Grid().next_after(20 * SECOND, 10 * SECOND) == 30 * SECOND
    assert Grid().next_after(21 * SECOND, 10 * SECOND) == 30 * SECOND


def test_with_utc_a_quarter_of_an_hour_ends_at_00_15_30_and_45() -> None:
    grid = Grid()
    assert grid.follow(7 * SECOND, NOON + 100 * SECOND)
    boundaries = [grid.next_after(7 * SECOND, 15 * MINUTE)]
    for _ in range(3):
        boundaries.append(grid.next_after(boundaries[-1], 15 * MINUTE))
    utc = [(boundary + grid.offset_ns - NOON) // MINUTE for boundary in boundaries]
    assert utc == [15, 30, 45, 60]
    assert (boundaries[0] + grid.offset_ns) % MINUTE == 0


def test_the_grid_moves_when_utc_does_and_stays_while_it_is_unknown() -> None:
    grid = Grid()
    assert not grid.follow(5, None)
    assert grid.follow(5, NOON)
    assert not grid.follow(5 + HOUR, NOON + HOUR)
    assert not grid.follow(5 + HOUR, None)
    assert grid.offset_ns == NOON - 5
    assert grid.follow(5 + HOUR, NOON + HOUR - 1)
    assert grid.offset_ns == NOON - 6


def test_trust_within_an_hour_ends_it_at_the_nearest_full_hour() -> None:
    grid = Grid()
    grid.offset_ns = NOON - 40 * MINUTE  # it is noon 40 min after the boot
    assert grid.next_after(0, HOUR) == 40 * MINUTE
    grid.offset_ns = NOON - 20 * MINUTE
    assert grid.next_after(0, HOUR) == 80 * MINUTE


def test_a_small_correction_makes_no_extra_interval() -> None:
    grid = Grid()
    for correction_ns in (-300 * MS, 300 * MS):
        grid.offset_ns = correction_ns
        assert grid.next_after(HOUR, HOUR) == 2 * HOUR - correction_ns


@given(INTERVALS, MOVES, st.integers(0, YEAR), st.integers(-YEAR, 60 * YEAR))
def test_boundaries_go_forward_by_half_to_one_and_a_half_intervals(
    interval_ns: int, steps: list[int], last_ns: int, offset_ns: int
) -> None:
    grid = Grid()
    grid.offset_ns = offset_ns
    for step_ns in steps:
        grid.offset_ns += step_ns
        next_ns = grid.next_after(last_ns, interval_ns)
        assert (next_ns + grid.offset_ns) % interval_ns == 0
        assert last_ns < next_ns
        assert interval_ns <= 2 * (next_ns - last_ns) <= 3 * interval_ns
        last_ns = next_ns


@given(INTERVALS, st.integers(0, YEAR), st.integers(-YEAR, 60 * YEAR))
def test_on_a_grid_that_stands_still_every_interval_has_its_length(
    interval_ns: int, last_ns: int, offset_ns: int
) -> None:
    grid = Grid()
    grid.offset_ns = offset_ns
    boundaries = [grid.next_after(last_ns, interval_ns)]
    for _ in range(5):
        boundaries.append(grid.next_after(boundaries[-1], interval_ns))
    assert {b - a for a, b in pairwise(boundaries)} == {interval_ns}


@given(INTERVALS, moves(10**18), st.integers(0, YEAR), st.sampled_from([-1, 1]))
def test_a_move_by_less_than_half_an_interval_moves_the_next_boundary_by_as_much(
    interval_ns: int, move_ns: int, boot_ns: int, direction: int
) -> None:
    """So no interval is cut in two, and none is swallowed."""
    grid = Grid()
    grid.offset_ns = -boot_ns
    last_ns = grid.next_after(boot_ns, interval_ns)
    move_ns = direction * (move_ns % ((interval_ns + 1) // 2))
    grid.offset_ns -= move_ns
    assert grid.next_after(last_ns, interval_ns) == last_ns + interval_ns + move_ns
