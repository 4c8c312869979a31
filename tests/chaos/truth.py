"""What the sensors gave out, as they wrote it down themselves, and where the process was killed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.chaos.ticker import LINE_BYTES, Line


class Truth:
    """The truth files in that folder. `buses`: the sensors that each bus reads one by one."""

    def __init__(self, folder: Path, buses: Mapping[str, Sequence[str]]) -> None:
        self.in_flight: dict[str, set[int]] = {
            name: set() for bus in buses.values() for name in bus
        }
        """Readings that a process may have died with before it could take them."""
        self.newest: dict[str, set[int]] = {name: set() for name in self.in_flight}
        """The last reading of each process that has ended."""
        self._folder = folder
        self._buses = buses
        self._seen = dict.fromkeys(self.in_flight, 0)

    @property
    def sensors(self) -> Sequence[str]:
        return list(self.in_flight)

    def path(self, sensor: str) -> Path:
        return self._folder / f"{sensor}.truth"

    def count(self, sensor: str) -> int:
        """How many lines there are."""
        path = self.path(sensor)
        return path.stat().st_size // LINE_BYTES if path.exists() else 0

    def total(self) -> int:
        """How many lines there are of all sensors."""
        return sum(map(self.count, self.sensors))

    def lines(self, sensor: str) -> list[Line]:
        """All lines, from number 1 on."""
        path = self.path(sensor)
        text = path.read_text() if path.exists() else ""
        return [Line(*map(int, line.split())) for line in text.splitlines()]

    def settle(self) -> None:
        """What stands there now is none of the next process's."""
        self._seen = {name: self.count(name) for name in self.sensors}
        for name, number in self._seen.items():
            self.newest[name].add(number)

    def killed(self) -> None:
        """Of each bus the newest line may be lost: one thread reads its sensors one by one."""
        for sensors in self._buses.values():
            new = [name for name in sensors if self.count(name) > self._seen[name]]
            if new:
                newest = max(new, key=lambda name: self.lines(name)[-1].up_ns)
                self.in_flight[newest].add(self.count(newest))
        self.settle()
