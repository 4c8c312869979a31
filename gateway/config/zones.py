"""What zones must fit: sensors that count in and out, all at the same moments."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from drivers.quantities import COUNT_IN, COUNT_OUT
from gateway.config import wording
from gateway.config.faults import Path
from gateway.config.privacy import privacy_of
from gateway.config.quality import Measured
from gateway.config.unique import Unique
from gateway.config.walk import Walker

LONGEST_S = 3600.0
"""A balance in the night must find an interval that ends in the night."""


class _Door(NamedTuple):
    """Where a zone names it."""

    path: Path
    name: str


class ZoneCheck:
    """Notes faults of `walker` in the zones; `names` has the place of each sensor's name."""

    def __init__(
        self, walker: Walker, measured: Mapping[str, Measured], names: Mapping[str, Path]
    ) -> None:
        self._walker = walker
        self._measured = measured
        self._names = names
        self._unique = Unique(walker)
        for name, path in names.items():
            self._unique.take(name, path, "", "")

    def look(self, count: int) -> None:
        """At so many zones."""
        for index in range(count):
            path: Path = ("occupancy", index)
            name = self._walker.well.get((*path, "name"))
            if name is not None:
                what = f"the name {wording.literal(name)}"
                self._unique.take(name, (*path, "name"), what, "choose another")
            doors = list(self._doors(path))
            if not doors and not any(
                self._walker.written((*path, field, 0)) for field in ("doors", "reversed")
            ):
                cure = "name the sensors that count who comes and goes: doors: [main-door]"
                self._walker.fault(path, "a zone without a door", cure)
            self._intervals([door for door in doors if self._counts(door)])

    def _doors(self, zone: Path) -> Iterator[_Door]:
        """Those that are named well, each once."""
        seen: set[str] = set()
        for field in ("doors", "reversed"):
            index = 0
            while self._walker.written(path := (*zone, field, index)):
                name = self._walker.well.get(path)
                if name in seen:
                    cure = "name it once, in `doors` or in `reversed`"
                    self._walker.fault(path, f"{name} is a door of this zone already", cure)
                elif name is not None:
                    seen.add(name)
                    yield _Door(path, name)
                index += 1

    def _counts(self, door: _Door) -> bool:
        """Whether there is such a sensor, and it counts both ways."""
        fit = [name for name, one in self._measured.items() if _is_door(one)]
        if door.name not in self._names:
            problem = f"no sensor is called {wording.literal(door.name)}"
        elif door.name not in self._measured:
            return False  # a faulty one is not looked at
        elif _is_door(self._measured[door.name]):
            return True
        else:
            problem = f"{door.name} does not count in and out"
        cure = wording.choice(door.name, fit, "name one of") if fit else "add a sensor that counts"
        self._walker.fault(door.path, problem, cure)
        return False

    def _intervals(self, doors: list[_Door]) -> None:
        """Of all doors of a zone the same, and short enough for a night."""
        found = {door: self._interval(door.name) for door in doors}
        known = {door: seconds for door, seconds in found.items() if seconds is not None}
        for door, seconds in known.items():
            if not 0 < seconds <= LONGEST_S:
                problem = f"its interval is {seconds:.9g} s, which tells no occupancy"
                cure = f"give {door.name} an interval above 0 s and up to {LONGEST_S:.0f} s"
                self._walker.fault(door.path, problem, cure)
                return
        if len(set(known.values())) > 1:
            told = ", ".join(f"{door.name} {seconds:.9g} s" for door, seconds in known.items())
            cure = "give all doors of a zone the same interval"
            last = next(reversed(known))
            self._walker.fault(last.path, f"the intervals differ: {told}", cure)

    def _interval(self, sensor: str) -> float | None:
        """As it is written or by default; None if it is faulty."""
        path = (*self._measured[sensor].path, "interval")
        if self._walker.written(path):
            return self._walker.well.get(path)
        privacy = privacy_of(self._walker)
        return None if privacy is None else privacy.window


def _is_door(sensor: Measured) -> bool:
    return {COUNT_IN.name, COUNT_OUT.name} <= sensor.channels.keys()
