"""Samples in, values of a reading out: corrected, flagged, and averaged over an interval."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Sample
from drivers.quantities import (
    COUNT_IN,
    HUMIDITY,
    PRESSURE,
    SOUND_LEVEL,
    TARGETS,
    TEMPERATURE,
    WIND_DIRECTION,
    Quantity,
    quantity,
)
from gateway import means
from gateway.conditioning import Conditioned, Conditioner
from gateway.conditioning.averaging import Part, averaged, single
from gateway.config.conditioning import Calibration, Check, Term
from gateway.model import Flag
from gateway.packing import pack

DAY = date(2026, 10, 2)
SECOND = 1_000_000_000
CALIBRATION = Calibration(id="tsi-2026", quantity="temperature", on=DAY, gain=1.02, offset=-0.4)


def reading(conditioner: Conditioner, *samples: Sample) -> Conditioned:
    """Of samples each 10 s."""
    for number, sample in enumerate(samples):
        conditioner.take(sample, (number + 1) * 10 * SECOND)
    return conditioner.conclude()


def test_without_a_rule_values_pass_as_they_are() -> None:
    sample = {"temperature": 21.0, "pressure": None, "count_in": 4, "targets": 2}
    made = Conditioner((TEMPERATURE, PRESSURE, COUNT_IN, TARGETS))
    assert reading(made, sample) == (sample, ())


def test_what_no_quantity_can_be_is_flagged_without_any_configuration() -> None:
    made = Conditioner((TEMPERATURE, HUMIDITY))
    values, _ = reading(made, {"temperature": 126.0, "humidity": 40.0})
    assert values == {"temperature": 126.0, "temperature_flags": Flag.RANGE, "humidity": 40.0}


def test_a_corrected_value_stands_beside_what_the_part_said() -> None:
    made = Conditioner((TEMPERATURE, HUMIDITY), [CALIBRATION])
    values, calibrations = reading(made, {"temperature": 20.0, "humidity": 40.0})
    assert values == {"temperature": 20.0, "temperature_raw": 20.0, "humidity": 40.0}
    assert calibrations == (("temperature", "tsi-2026"),)
    assert pack(values) == "20.00,20.00,40.00"


def test_where_the_part_itself_was_corrected_only_the_id_is_told() -> None:
    corrected = Calibration(id="frc-2026", quantity="temperature", on=DAY)
    values, calibrations = reading(Conditioner((TEMPERATURE,), [corrected]), {"temperature": 20.0})
    assert values == {"temperature": 20.0}
    assert calibrations == (("temperature", "frc-2026"),)


def test_a_value_that_is_not_there_is_neither_corrected_nor_flagged() -> None:
    made = Conditioner((TEMPERATURE,), [CALIBRATION])
    assert reading(made, {"temperature": None}) == ({"temperature": None}, ())
    assert made.suspicions == {}


def test_each_judge_sets_its_flag() -> None:
    check = Check(range=(0, 30), change_per_minute=1)
    damp = Term(sensor="other", quantity="humidity", factor=1)
    own = Calibration(id="c", quantity="temperature", on=DAY, terms=(damp,))
    made = Conditioner((TEMPERATURE,), [own], {"temperature": check})
    values, calibrations = reading(made, {"temperature": 20.0}, {"temperature": 31.0})
    flags = Flag.RANGE | Flag.RATE | Flag.UNCOMPENSATED
    assert values["temperature_flags"] == flags
    assert calibrations == (("temperature", "c"),)
    assert [one.flag for one in made.suspicions["temperature"]] == [Flag.RANGE, Flag.RATE]


def test_a_mean_is_of_what_nothing_is_suspect_about_and_shows_the_rest() -> None:
    made = Conditioner(
        (TEMPERATURE,), checks={"temperature": Check(change_per_minute=5)}, averages=True
    )
    course = [20.0, 21.0, 80.0, 22.0]
    values, _ = reading(made, *({"temperature": one} for one in course))
    assert values == {
        "temperature": 21.0,
        "temperature_min": 20.0,
        "temperature_max": 80.0,
        "temperature_n": 3,
        "temperature_flags": Flag.RATE | Flag.PARTLY,
    }


def test_where_each_value_is_suspect_the_mean_is_of_all() -> None:
    made = Conditioner((TEMPERATURE,), checks={"temperature": Check(range=(0, 10))}, averages=True)
    values, _ = reading(made, {"temperature": 20.0}, {"temperature": 22.0})
    assert (values["temperature"], values["temperature_n"]) == (21.0, 2)
    assert values["temperature_flags"] == Flag.RANGE


def test_what_the_part_said_is_averaged_likewise() -> None:
    made = Conditioner((TEMPERATURE,), [CALIBRATION], averages=True)
    values, calibrations = reading(made, {"temperature": 10.0}, {"temperature": 20.0})
    assert values["temperature_raw"] == 15.0
    assert values["temperature"] == pytest.approx(1.02 * 15 - 0.4)
    assert calibrations == (("temperature", "tsi-2026"),)


def test_values_that_are_not_there_have_no_part_in_a_mean() -> None:
    made = Conditioner((TEMPERATURE, HUMIDITY), averages=True)
    values, _ = reading(
        made,
        {"temperature": 10.0, "humidity": None},
        {"temperature": None, "humidity": None},
        {"temperature": 20.0},
    )
    assert values == {
        "temperature": 15.0,
        "temperature_min": 10.0,
        "temperature_max": 20.0,
        "temperature_n": 2,
        "humidity": None,
        "humidity_min": None,
        "humidity_max": None,
        "humidity_n": 0,
    }
    assert pack(values)


def test_each_mean_is_of_its_own_interval() -> None:
    made = Conditioner((TEMPERATURE,), averages=True)
    reading(made, {"temperature": 10.0}, {"temperature": 20.0})
    assert made.taken == 0
    values, _ = reading(made, {"temperature": 40.0})
    assert (values["temperature"], values["temperature_n"]) == (40.0, 1)


def test_a_direction_averages_as_one_and_has_no_smallest_and_no_largest() -> None:
    made = Conditioner((WIND_DIRECTION,), averages=True)
    values, _ = reading(made, {"wind_direction": 350.0}, {"wind_direction": 20.0})
    assert values == {"wind_direction": pytest.approx(5.0), "wind_direction_n": 2}


def test_directions_that_cancel_each_other_out_are_no_value() -> None:
    made = Conditioner((WIND_DIRECTION,), averages=True)
    values, _ = reading(made, {"wind_direction": 90.0}, {"wind_direction": 270.0})
    assert values == {"wind_direction": None, "wind_direction_n": 0}


def test_a_state_is_its_last_value() -> None:
    made = Conditioner((TARGETS,), averages=True)
    values, _ = reading(made, {"targets": 3}, {"targets": 0}, {"targets": 1})
    assert values == {"targets": 1, "targets_min": 0, "targets_max": 3, "targets_n": 3}


LEVELS = st.lists(st.floats(20, 100), min_size=1, max_size=50)


@given(LEVELS, st.sampled_from([TEMPERATURE, SOUND_LEVEL]))
def test_a_mean_is_that_of_what_was_taken(course: Sequence[float], of: Quantity) -> None:
    name = of.name
    made = Conditioner((quantity(name),), averages=True)
    values, _ = reading(made, *({name: one} for one in course))
    expected = means.mean(quantity(name).mean, course, [1.0] * len(course))
    assert values[name] == pytest.approx(expected)
    assert values[f"{name}_n"] == len(course)
    assert (values[f"{name}_min"], values[f"{name}_max"]) == (min(course), max(course))


PARTS = st.builds(
    Part,
    st.one_of(st.none(), st.floats(-50, 100)),
    st.one_of(st.none(), st.floats(-50, 100)),
    st.sampled_from([Flag(0), Flag.RANGE, Flag.RATE | Flag.STUCK]),
)


@given(st.lists(PARTS, min_size=1, max_size=20))
def test_nothing_of_an_interval_is_thrown_away(course: list[Part]) -> None:
    values = averaged([{"temperature": part} for part in course])
    known = [part for part in course if part.value is not None]
    flags = Flag(int(values.get("temperature_flags") or 0))
    assert all(part.flags in flags for part in known)
    assert flags in Flag.RANGE | Flag.RATE | Flag.STUCK | Flag.PARTLY
    found = [part.value for part in known if part.value is not None]
    assert values["temperature_min"] == min(found, default=None)
    assert values["temperature_max"] == max(found, default=None)
    well = [part.value for part in known if not part.flags]
    assert values["temperature_n"] == len(well or found)
    assert (Flag.PARTLY in flags) == (0 < len(well) < len(found))
    assert pack(values)


def test_a_reading_of_a_moment_carries_no_flags_where_there_are_none() -> None:
    parts = {"temperature": Part(21.0), "humidity": Part(0.0, 0.0, Flag.STUCK)}
    assert single(parts) == {
        "temperature": 21.0,
        "humidity": 0.0,
        "humidity_raw": 0.0,
        "humidity_flags": 4,
    }
