"""What `meta` tells of a sensor; the whole message is looked at in test_announcements.py."""

from types import SimpleNamespace
from typing import Any

from msgspec import UNSET

from drivers.environment.scd4x.driver import Scd4x
from gateway.config import Sensor
from gateway.metadata import sensor_meta


def test_by_whom_a_part_is_corrected_is_told() -> None:
    alone = Sensor(name="co2", driver="scd4x", bus="main")
    told = Sensor(name="co2", driver="scd4x", bus="main", compensation={"pressure": "air"})
    measured: Any = SimpleNamespace(driver=Scd4x)
    assert sensor_meta(alone, measured).compensation is UNSET
    assert sensor_meta(told, measured).compensation == {"pressure": "air"}
