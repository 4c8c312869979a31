"""What `meta` tells of a sensor; the whole message is looked at in test_announcements.py."""

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from drivers.environment.scd4x.driver import Scd4x
from drivers.people.beam_pair.driver import BeamPair
from gateway.config import Sensor
from gateway.metadata import count_check, sensor_meta
from gateway.reference_count import Check, Tally, utc

NOON = 1_795_176_000 * 10**9
"""2026-11-20T12:00:00Z."""


def test_by_whom_a_part_is_corrected_is_told() -> None:
    alone = Sensor(name="co2", driver="scd4x", bus="main")
    told = Sensor(name="co2", driver="scd4x", bus="main", compensation={"pressure": "air"})
    measured: Any = SimpleNamespace(driver=Scd4x)
    assert sensor_meta(alone, measured).compensation is UNSET
    assert sensor_meta(told, measured).compensation == {"pressure": "air"}


@pytest.mark.parametrize(
    ("timezone", "on"),
    [("Europe/Berlin", "2026-11-20"), ("Pacific/Auckland", "2026-11-21")],
)
def test_what_somebody_has_counted_beside_it_is_told_without_its_times(
    timezone: str, on: str
) -> None:
    door = Sensor(name="door", driver="beam-pair", bus="main", interval=900)
    measured: Any = SimpleNamespace(driver=BeamPair)
    check = Check(
        from_=utc(NOON),
        to=utc(NOON + 1800 * 10**9),
        window_s=900,
        windows=2,
        compared="windows",
        inward=Tally(34, 33, 3),
        outward=Tally(28, 29, 1),
    )
    told = sensor_meta(door, measured, count_check(check, timezone)).count_check
    assert msgspec.to_builtins(told) == {
        "on": on,
        "people": 62,
        "compared": "windows",
        "accuracy": 0.9355,
        "interval": (0.8455, 0.9746),
    }
    assert sensor_meta(door, measured).count_check is UNSET
