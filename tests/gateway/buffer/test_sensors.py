"""What is known of sensors: totals follow the readings, and never run backwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import Rank
from gateway.buffer.rows import Layout, Row
from gateway.buffer.sensors import SensorState, after, later

DOOR = Layout("door", ("count_in", "blind_time", "total_in"), Rank.COUNT)
BARE = Layout("door", ("count_in", "count_out"), Rank.COUNT)
MERGED = Layout("door", ("count_in", "targets", "targets_n", "count_out"), Rank.COUNT, 60)


def row(layout: Layout, packed: str, up_ns: int = 5) -> Row:
    return Row(1, layout, "b1", up_ns, None, packed)


def test_a_total_that_a_row_carries_is_the_total() -> None:
    states = {"door": SensorState(("b0", 9), {"total_in": 7, "total_out": 3})}
    changed = after(states, [row(DOOR, "2,0.5,9"), row(DOOR, "1,0.0,10", 8)])
    assert changed == {"door": SensorState(("b1", 8), {"total_in": 10, "total_out": 3})}
    assert states["door"].totals == {"total_in": 7, "total_out": 3}


def test_an_older_row_lowers_no_total() -> None:
    """Newer ones may have been dropped from memory, where older ones were under way."""
    states = {"door": SensorState(None, {"total_in": 12})}
    assert after(states, [row(DOOR, "2,0.5,9")])["door"].totals == {"total_in": 12}


def test_counts_without_their_total_are_added_to_it() -> None:
    states = {"door": SensorState(None, {"total_in": 7})}
    changed = after(states, [row(BARE, "2,null"), row(MERGED, "5,3,4,1,2,6")])
    assert changed["door"].totals == {"total_in": 13, "total_out": 6}


def test_what_is_not_known_changes_no_total() -> None:
    states = {"door": SensorState(None, {"total_in": 7})}
    assert after(states, [row(DOOR, "null,0.0,null")])["door"].totals == {"total_in": 7}


def test_a_sensor_of_the_air_has_no_totals() -> None:
    layout = Layout("hall", ("temperature", "humidity"), Rank.GAUGE)
    assert after({}, [row(layout, "20.00,null")]) == {"hall": SensorState(("b1", 5), {})}


@pytest.mark.parametrize(
    ("sensor", "reason", "until"),
    [
        ("door", "not_measured", ("b1", 99)),
        ("door", "dropped", None),
        ("door", "thinned", None),
        ("", "unclean_stop", None),
    ],
)
def test_of_the_gaps_only_one_of_measuring_moves_on(
    sensor: str, reason: str, until: tuple[str, int] | None
) -> None:
    gap = Layout(sensor, (), Rank.ALARM, 0, reason)
    changed = after({}, [row(gap, "null,null,null,0,null,null", 99)])
    assert changed == ({} if until is None else {sensor: SensorState(until, {})})


def test_quantities_of_another_version_are_passed_over() -> None:
    layout = Layout("door", ("happiness", "count_in", "sum_of_joy"), Rank.COUNT)
    assert after({}, [row(layout, "3,4,5")])["door"].totals == {"total_in": 4}


def test_the_later_state_has_the_higher_totals() -> None:
    one = SensorState(("b1", 5), {"total_in": 7, "total_out": 9})
    other = SensorState(("b2", 1), {"total_in": 8, "total_out": 2})
    assert later(one, other) == SensorState(("b2", 1), {"total_in": 8, "total_out": 9})
    assert later(one, other._replace(until=None)).until == ("b1", 5)
    assert later(None, other) == other


amounts = st.lists(st.none() | st.integers(0, 1_000), max_size=20)


@given(amounts, st.lists(st.booleans(), min_size=20, max_size=20), st.integers(0, 20))
def test_in_whatever_pieces_the_totals_are_the_sum(
    amounts: list[int | None], carried: list[bool], cut: int
) -> None:
    rows, total = [], 0
    for amount, has_total in zip(amounts, carried, strict=False):
        total += amount or 0
        text = "null" if amount is None else str(amount)
        known = "null" if amount is None else str(total)
        rows.append(row(DOOR, f"{text},0.0,{known}") if has_total else row(BARE, f"{text},0"))
    first = after({}, rows[:cut])
    states = {**first, **after(first, rows[cut:])}
    assert states == after({}, rows)
    if rows:
        assert states["door"].totals.get("total_in", 0) == total
