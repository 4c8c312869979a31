"""All zones of a node, in one thread: the disk may keep it waiting, and no bus waits with it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.buffer import Log
from gateway.civil import CivilTime
from gateway.clock import Clock
from gateway.config import Config
from gateway.model import Finding
from gateway.occupancy.doors import Door
from gateway.occupancy.store import BalanceFile
from gateway.occupancy.zone import Place, Zone
from gateway.sampling.grid import Grid

FILE = "occupancy"


class Zones:
    """Those of the configuration, whose balances stand beside the log."""

    def __init__(
        self, config: Config, sensors: Mapping[str, Door], log: Log, clock: Clock, grid: Grid
    ) -> None:
        self._clock = clock
        self._file = BalanceFile(Path(config.buffer.path).with_name(FILE), clock)
        civil = CivilTime(config.node.timezone)
        place = Place(sensors, log, clock, grid, civil, self._file)
        intervals = {sensor.name: sensor.interval_s for sensor in config.sensors}
        self.zones = {
            one.name: Zone(one, intervals[next(iter(one.signs))], place) for one in config.occupancy
        }
        self._file.forget_others(self.zones)

    def __iter__(self) -> Iterator[Zone]:
        return iter(self.zones.values())

    def serve(self) -> float | None:
        """Do what is due; returns seconds until something will be, None: there are none."""
        due_ns = min((zone.serve() for zone in self.zones.values()), default=None)
        return None if due_ns is None else max(0, due_ns - self._clock.now_ns()) / 1e9

    def findings(self) -> list[Finding]:
        """What is wrong with the counts of any, and with keeping them."""
        found = [finding for zone in self.zones.values() for finding in zone.account.findings()]
        return found if self._file.finding is None else [*found, self._file.finding]
