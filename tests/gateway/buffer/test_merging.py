"""What becomes of values when readings are merged: means by their rules, suspects, corrections."""

import pytest

from drivers.quantities import Rank
from gateway.buffer.rows import Layout
from gateway.model import Flag
from tests.gateway.buffer.test_thinning import AIR, AIR_60, row, thin_by_up


def air(*beside: str, step_s: int = 0, **calibrations: str) -> Layout:
    names = ("temperature", *(f"temperature_{one}" for one in beside))
    return AIR._replace(names=names, step_s=step_s, calibrations=tuple(calibrations.items()))


@pytest.mark.parametrize(
    ("name", "values", "merged"),
    [
        ("wind_direction", ("350", "20", "null"), "2,3,5,2"),
        ("wind_direction", ("0", "180", "null"), "2,3,null,2"),
        ("wind_direction", ("359", "0", "0"), "2,3,360,3"),
        ("sound_level", ("60.0", "70.0", "null"), "2,3,67.4,60.0,70.0,2"),
        ("gas_resistance", ("1000", "100000", "null"), "2,3,10000,1000,100000,2"),
        ("gas_resistance", ("0", "5", "5"), "2,3,0,0,5,3"),
        ("temperature", ("1.00", "2.00", "6.00"), "2,3,3.00,1.00,6.00,3"),
    ],
)
def test_each_gauge_averages_by_its_own_rule(
    name: str, values: tuple[str, ...], merged: str
) -> None:
    layout = AIR._replace(names=(name,))
    [found] = thin_by_up([row(n, layout, n, value) for n, value in enumerate(values)])
    assert found.packed == merged


def test_directions_that_cancelled_each_other_out_weigh_nothing() -> None:
    layout = AIR._replace(names=("wind_direction",))
    rows = [row(n, layout, 20 * n, value) for n, value in enumerate(["0", "180", "180", "90"])]
    [early, late] = thin_by_up(rows, 40)
    assert (early.packed, late.packed) == ("1,2,null,2", "1,2,135,2")
    [merged] = thin_by_up([early, late], 900)
    assert merged.layout.names == ("wind_direction", "wind_direction_n")
    assert merged.packed == "3,4,135,4"


def test_directions_that_were_merged_by_value_lose_their_range() -> None:
    """As schema 3 and older hold them."""
    names = tuple(f"wind_direction{one}" for one in ("", "_min", "_max", "_n"))
    older = AIR._replace(names=names, step_s=60)
    rows = [row(1, older, 0, "0,1,20,20,20,1"), row(2, older, 60, "0,1,350,350,350,1")]
    assert [one.packed for one in thin_by_up(rows, 900)] == ["1,2,5,2"]


def test_what_is_suspect_is_not_in_the_mean_but_in_the_range() -> None:
    rows = [
        row(1, AIR, 0, "21.00"),
        row(2, air("flags"), 10, f"99.00,{Flag.RANGE | Flag.RATE:d}"),
        row(3, AIR, 20, "23.00"),
        row(4, air("flags"), 30, f"22.00,{Flag.STUCK:d}"),
    ]
    flags = Flag.RANGE | Flag.RATE | Flag.STUCK | Flag.PARTLY
    assert thin_by_up(rows) == [
        row(
            4,
            air("min", "max", "n", "flags", step_s=60),
            30,
            f"3,4,22.00,21.00,99.00,2,{flags:d}",
            30,
        )
    ]


def test_where_all_are_suspect_the_mean_is_of_all() -> None:
    layout = air("flags")
    suspect = [row(1, layout, 0, "21.00,4"), row(2, layout, 1, "23.00,1")]
    [merged] = thin_by_up(suspect)
    assert merged.packed == "1,2,22.00,21.00,23.00,2,5"
    [later] = thin_by_up([merged, row(3, AIR, 60, "30.00")], 900)
    assert later.packed == f"2,3,30.00,21.00,30.00,1,{5 | Flag.PARTLY:d}"
    [last] = thin_by_up([later, merged._replace(position=5, up_ns=900 * 10**9)], 3600)
    assert last.packed == f"4,5,30.00,21.00,30.00,1,{5 | Flag.PARTLY:d}"


def test_a_flag_without_a_value_spoils_no_mean() -> None:
    rows = [row(1, air("flags"), 0, "null,1"), row(2, AIR, 1, "20.00"), row(3, AIR, 60, "22.00")]
    [merged] = thin_by_up(thin_by_up(rows), 900)
    assert merged.packed == f"2,3,21.00,20.00,22.00,2,{Flag.RANGE | Flag.PARTLY:d}"


def test_a_state_is_the_last_that_nothing_is_suspect_about() -> None:
    motion = AIR._replace(names=("motion",), rank=Rank.STATE)
    suspect = motion._replace(names=("motion", "motion_flags"))
    [merged] = thin_by_up([row(1, motion, 0, "0"), row(2, suspect, 1, "1,4")])
    assert merged.packed == f"1,2,0,0,1,1,{Flag.STUCK | Flag.PARTLY:d}"


def test_what_the_part_said_is_averaged_like_what_is_corrected() -> None:
    """A value that was not corrected is what the part said; what is suspect is in neither."""
    rows = [
        row(1, AIR, 0, "20.00"),
        row(2, air("raw", temperature="tsi-1"), 1, "21.00,20.40"),
        row(3, air("raw", "flags", temperature="tsi-1"), 2, "90.00,80.00,1"),
        row(4, air("raw", temperature="tsi-1"), 60, "24.00,23.00"),
        row(5, AIR, 61, "null"),
    ]
    layout = air("min", "max", "n", "raw", "flags", step_s=900, temperature="tsi-1")
    packed = f"4,5,21.67,20.00,90.00,3,21.13,{Flag.RANGE | Flag.PARTLY:d}"
    assert thin_by_up(rows, 900) == [row(5, layout, 61, packed, 61)]
    [again] = thin_by_up(thin_by_up(rows), 900)
    assert again.packed == packed


def test_all_calibrations_that_were_used_are_named_once() -> None:
    used = ((), (("co2", "b"), ("temperature", "t")), (("co2", "a"),), (("co2", "b"),))
    layout = AIR._replace(names=("co2", "temperature"))
    rows = [
        row(n, layout._replace(calibrations=one), 20 * n, "400,20.00") for n, one in enumerate(used)
    ]
    told = (("co2", "b+a"), ("temperature", "t"))
    assert [one.layout.calibrations for one in thin_by_up(rows, 900)] == [told]
    assert [one.layout.calibrations for one in thin_by_up(thin_by_up(rows, 40), 900)] == [told]


def test_readings_that_are_means_already_have_their_weights_and_ranges() -> None:
    averaged = air("min", "max", "n")
    rows = [
        row(1, averaged, 0, "20.00,18.00,21.00,9"),
        row(2, AIR, 1, "30.00"),
        row(3, averaged, 2, "null,null,null,0"),
    ]
    assert thin_by_up(rows) == [row(3, AIR_60, 2, "2,3,21.00,18.00,30.00,10", 2)]


def test_of_an_hour_of_occupancy_the_last_and_the_range_stay_and_the_drift_that_was_told() -> None:
    plain = AIR._replace(names=("occupancy",))
    closing = AIR._replace(names=("occupancy", "occupancy_drift"))
    rows = [
        row(1, plain, 0, "4"),
        row(2, closing, 10, "0,-3"),
        row(3, plain, 20, "null"),
        row(4, plain, 30, "2"),
    ]
    [merged] = thin_by_up(rows)
    values = dict(zip(merged.layout.names, merged.packed.split(",")[2:], strict=True))
    assert [values[f"occupancy{one}"] for one in ("", "_min", "_max", "_n")] == ["2", "0", "4", "3"]
    assert [values[f"occupancy_drift{one}"] for one in ("", "_n")] == ["-3", "1"]
