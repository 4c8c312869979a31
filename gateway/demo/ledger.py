"""What the demonstration has to account for, in the end and on the way there."""

from collections import Counter

import msgspec

from drivers.quantities import COUNT_IN
from gateway.app import Node
from gateway.demo.platform import Platform
from gateway.model import Reading


class People(msgspec.Struct, frozen=True):
    """Who walked (truth), and whom the first counting sensor counted; then each of them.

    `arrived`: the counts of each sensor as the platform adds them up.
    """

    walked_in: int = msgspec.field(name="in")
    walked_out: int = msgspec.field(name="out")
    counted_in: int
    counted_out: int
    by_sensor: dict[str, tuple[int, int]]
    arrived: dict[str, tuple[int, int]]

    @property
    def walked(self) -> tuple[int, int]:
        """The truth: in and out."""
        return self.walked_in, self.walked_out


class Ledger(msgspec.Struct, frozen=True):
    """The contract of `gateway demo --json`. `lost` is what was measured and never arrived."""

    measured: int
    accepted: int
    delivered: int
    lost: int
    duplicates: int
    people: People
    outage_s: float

    @property
    def settled(self) -> bool:
        """Everything has arrived and is on disk; which comes first is not said."""
        return self.lost == 0 and self.accepted == self.measured

    @property
    def balanced(self) -> bool:
        """Nothing lost: no reading, and nobody whom a sensor has counted.

        That it counts who walked is no question of this: each sees something else.
        """
        return self.lost == 0 and self.people.arrived == self.people.by_sensor


def ledger(node: Node, platform: Platform, walked: Counter[str], outage_s: float) -> Ledger:
    """The accounts as they stand now."""
    measured = sum(sensor.measured for sensor in node.sensors.values())
    return Ledger(
        measured,
        node.log.accepted,
        platform.delivered,
        measured - platform.delivered,
        platform.duplicates,
        _people(node, platform, walked),
        round(outage_s, 1),
    )


def _people(node: Node, platform: Platform, walked: Counter[str]) -> People:
    counted = {
        sensor.name: (_whole(sensor.latest, "total_in"), _whole(sensor.latest, "total_out"))
        for sensor in (node.sensors[config.name] for config in node.config.sensors)
        if COUNT_IN in sensor.driver.channels
    }
    arrived = {name: platform.counted(name) for name in counted}
    return People(walked["in"], walked["out"], *next(iter(counted.values())), counted, arrived)


def _whole(reading: Reading | None, quantity: str) -> int:
    """A total of the newest reading; nobody has been counted before the first."""
    return 0 if reading is None else int(reading.values[quantity] or 0)
