"""What the demonstration has to account for, in the end and on the way there."""

from collections import Counter

import msgspec

from drivers.quantities import COUNT_IN
from gateway.app import Node
from gateway.demo.platform import Platform
from gateway.model import Reading


class People(msgspec.Struct, frozen=True):
    """Who walked (truth), and whom the first counting sensor counted; then each of them."""

    walked_in: int = msgspec.field(name="in")
    walked_out: int = msgspec.field(name="out")
    counted_in: int
    counted_out: int
    by_sensor: dict[str, tuple[int, int]]


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
        """Nothing lost, and every sensor counted exactly the people who walked."""
        truth = (self.people.walked_in, self.people.walked_out)
        return self.lost == 0 and all(pair == truth for pair in self.people.by_sensor.values())


def ledger(node: Node, platform: Platform, walked: Counter[str], outage_s: float) -> Ledger:
    """The accounts as they stand now."""
    measured = sum(sensor.measured for sensor in node.sensors.values())
    return Ledger(
        measured,
        node.log.accepted,
        platform.delivered,
        measured - platform.delivered,
        platform.duplicates,
        _people(node, walked),
        round(outage_s, 1),
    )


def _people(node: Node, walked: Counter[str]) -> People:
    counted = {
        sensor.name: (_whole(sensor.latest, "total_in"), _whole(sensor.latest, "total_out"))
        for sensor in (node.sensors[config.name] for config in node.config.sensors)
        if COUNT_IN in sensor.driver.channels
    }
    return People(walked["in"], walked["out"], *next(iter(counted.values())), counted)


def _whole(reading: Reading | None, quantity: str) -> int:
    """A total of the newest reading; nobody has been counted before the first."""
    return 0 if reading is None else int(reading.values[quantity] or 0)
