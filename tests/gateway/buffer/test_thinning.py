"""Merging readings of a time step: what comes out, what must never change, what stays apart."""

from collections.abc import Callable, Sequence
from itertools import product

import pytest

from drivers.quantities import Rank
from gateway.buffer.rows import Layout, Row
from gateway.buffer.thinning import STEPS, thin

AIR = Layout("hall", ("temperature",), Rank.GAUGE)
AIR_60 = Layout(
    "hall", ("temperature", "temperature_min", "temperature_max", "temperature_n"), Rank.GAUGE, 60
)
AIR_3600 = AIR_60._replace(step_s=3600)
DOOR = Layout("door", ("count_in", "total_in"), Rank.COUNT)
LOST = Layout("hall", (), Rank.ALARM, gap="dropped")


def row(position: int, layout: Layout, second: float, packed: str, span: int | None = None) -> Row:
    span_ns = None if span is None else span * 10**9
    return Row(position, layout, "b1", round(second * 1e9), span_ns, packed)


def by_up(step_s: int) -> Callable[[Row], int]:
    return lambda row: row.up_ns // (step_s * 10**9)


def thin_by_up(rows: Sequence[Row], step_s: int = 60) -> list[Row]:
    return thin(rows, step_s, by_up(step_s))


def test_a_gauge_becomes_its_mean_with_its_range() -> None:
    rows = [
        row(1, AIR, 0, "21.00"),
        row(2, AIR, 20, "21.04"),
        row(3, AIR, 40, "null"),
        row(4, AIR, 59.5, "20.91"),
        row(5, AIR, 60, "22.00"),
        row(6, AIR, 80, "23.00"),
    ]
    assert thin_by_up(rows) == [
        row(4, AIR_60, 59.5, "3,4,20.98,20.91,21.04,3")._replace(span_ns=59_500_000_000),
        row(6, AIR_60, 80, "1,2,22.50,22.00,23.00,2", 20),
    ]


def test_merged_readings_merge_again_by_their_weights() -> None:
    rows = [
        row(4, AIR_60, 59, "3,4,20.00,19.00,21.00,3", 59),
        row(5, AIR_60, 119, "0,1,null,null,null,0", 59),
        row(9, AIR_60, 179, "2,3,30.00,28.00,31.00,1", 59),
        row(10, AIR, 180, "14.00"),
    ]
    assert thin_by_up(rows, 3600) == [
        row(10, AIR_3600, 180, "9,9,20.80,14.00,31.00,5", 180)  # (3 * 20 + 30 + 14) / 5
    ]


def test_counters_add_and_totals_are_the_last() -> None:
    rows = [
        row(7, DOOR, 10, "2,102", 10),
        row(8, DOOR, 20, "null,null", 10),
        row(9, DOOR, 30, "3,105", 10),
        row(10, DOOR, 40, "null,null", 10),
    ]
    assert thin_by_up(rows) == [row(10, DOOR._replace(step_s=60), 40, "3,4,5,105", 40)]


def test_a_state_is_the_last_that_was_known() -> None:
    layout = Layout("pir", ("motion", "occupied_time"), Rank.COUNT)
    names = ("motion", "motion_min", "motion_max", "motion_n", "occupied_time")
    rows = [row(n, layout, n, packed) for n, packed in enumerate(["1,0.1", "0,0.2", "null,null"])]
    assert thin_by_up(rows) == [
        row(2, Layout("pir", names, Rank.COUNT, 60), 2, "2,3,0,0,1,2,0.3", 2)
    ]


def test_nothing_known_stays_nothing_known() -> None:
    rows = [
        row(1, AIR, 0, "null"),
        row(2, AIR, 1, "null"),
        row(3, DOOR, 2, "null,null"),
        row(4, DOOR, 3, "null,null"),
    ]
    assert [merged.packed for merged in thin_by_up(rows)] == [
        "1,2,null,null,null,0",
        "1,2,null,null",
    ]


def test_quantities_that_some_readings_lack_come_in_the_order_they_appeared() -> None:
    rows = [
        row(1, DOOR._replace(names=("count_in",)), 1, "null"),
        row(2, DOOR._replace(names=("total_in", "count_in", "targets")), 2, "40,4,1"),
        row(3, DOOR, 3, "2,42"),
    ]
    [merged] = thin_by_up(rows)
    names = ("count_in", "total_in", "targets", "targets_min", "targets_max", "targets_n")
    assert merged == row(3, DOOR._replace(names=names, step_s=60), 3, "2,3,6,42,1,1,1,1", 2)


def test_a_reading_that_is_alone_stays_as_it_is() -> None:
    rows = [
        row(1, AIR, 0, "21.00"),
        row(2, DOOR, 1, "2,102", 1),
        row(3, AIR, 60, "21.50"),
        row(9, AIR_3600, 3599, "5,6,21.00,20.00,22.00,6", 3000),
    ]
    assert thin_by_up(rows) == rows


def test_sensors_are_merged_apart_and_the_order_is_kept() -> None:
    rows = [row(n, AIR if n % 2 else DOOR, n, "1.00" if n % 2 else "1,1") for n in range(1, 7)]
    merged = thin_by_up(rows)
    assert [(m.position, m.layout.sensor, m.packed) for m in merged] == [
        (5, "hall", "4,3,1.00,1.00,1.00,3"),
        (6, "door", "4,3,3,1"),
    ]


def test_boots_are_merged_apart() -> None:
    rows = [row(n, AIR, n, "1.00")._replace(boot=f"b{n // 2}") for n in range(4)]
    assert [(m.boot, m.packed[:3]) for m in thin_by_up(rows)] == [("b0", "1,2"), ("b1", "1,2")]


def test_gaps_stay_and_do_not_keep_readings_apart() -> None:
    rows = [row(1, AIR, 0, "1.00"), row(2, LOST, 1, "9,9"), row(3, AIR, 2, "3.00")]
    assert thin_by_up(rows) == [rows[1], row(3, AIR_60, 2, "2,2,2.00,1.00,3.00,2", 2)]


@pytest.mark.parametrize(
    "between",
    [
        row(3, AIR._replace(rank=Rank.ALARM), 2, "80.00"),
        row(3, AIR._replace(rank=Rank.DIAGNOSTIC), 2, "21.00"),
        row(3, AIR._replace(names=("temperature", "happiness")), 2, "21.00,11"),
        row(3, AIR._replace(names=()), 2, ""),
        row(3, AIR._replace(names=("temperature_raw",)), 2, "21.00"),
        row(
            3,
            DOOR._replace(sensor="hall", rank=Rank.GAUGE, names=("count_in", "count_in_raw")),
            2,
            "1,1",
        ),
        row(3, AIR_60._replace(names=("temperature",)), 2, "0,1,21.00"),
        row(3, AIR, 3601, "21.00"),  # the wall clock was set back
    ],
    ids=[
        "alarm",
        "other rank",
        "unknown quantity",
        "nothing",
        "no value",
        "raw count",
        "no n",
        "other step",
    ],
)
def test_no_merged_reading_reaches_over_a_reading_that_is_not_in_it(between: Row) -> None:
    before = [row(1, AIR, 0, "1.00"), row(2, AIR, 1, "3.00")]
    after = [row(4, AIR, 3, "5.00"), row(5, AIR, 4, "7.00")]
    assert thin_by_up([*before, between, *after]) == [
        row(2, AIR_60, 1, "1,2,2.00,1.00,3.00,2", 1),
        between,
        row(5, AIR_60, 4, "1,2,6.00,5.00,7.00,2", 1),
    ]


def test_alarms_and_unknown_quantities_are_never_merged() -> None:
    alarms = [row(n, AIR._replace(rank=Rank.ALARM), n, "80.00") for n in range(3)]
    unknown = AIR_60._replace(names=(*AIR_60.names, "happiness"))
    strange = [row(n, unknown, n, "0,1,1.00,1.00,1.00,1,11") for n in range(3, 6)]
    assert thin_by_up([*alarms, *strange]) == [*alarms, *strange]


def test_a_coarse_reading_does_not_become_a_finer_one() -> None:
    rows = [row(4, AIR_3600, 0, "3,4,1.00,1.00,1.00,4", 1800), row(5, AIR, 1, "6.00")]
    assert thin_by_up(rows) == [row(5, AIR_3600, 1, "4,5,2.00,1.00,6.00,5", 1801)]


@pytest.mark.parametrize("packed", ["1.00,2.00", "", "1.00,", "1.00,2.00,3.00"])
def test_values_that_do_not_fit_their_layout_are_an_error(packed: str) -> None:
    for layout, good in ((AIR, "1.00"), (AIR_60, "0,1,1.00,1.00,1.00,1")):
        with pytest.raises(ValueError, match=r"position 2 of hall|Expecting value"):
            thin_by_up([row(1, layout, 0, good), row(2, layout, 1, packed)])


def test_each_merging_adds_up_to_half_a_resolution_to_the_mean() -> None:
    """27 readings with the mean 0; three times a third of a resolution is rounded away."""
    steps = list(product((-1, 0, 0), repeat=3))
    times = product((0, 900, 1800), (0, 60, 120), (0, 20, 40))
    raw = [
        row(n, AIR, sum(seconds), f"{(1 + sum(steps[n])) / 100:.2f}")
        for n, seconds in enumerate(times)
    ]
    [direct] = rows = thin_by_up(raw, 3600)
    assert direct.packed == "26,27,0.00,-0.02,0.01,27"
    rows = raw
    for step_s in STEPS:
        rows = thin_by_up(rows, step_s)
    assert [merged.packed for merged in rows] == ["26,27,0.01,-0.02,0.01,27"]
