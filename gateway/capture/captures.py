"""All captures of a node: who is recorded, what is told of it, and the files that are left."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from drivers.bus.recorder import RECORDERS
from gateway import __version__
from gateway.capture.account import FILE, Account
from gateway.capture.capture import Capture, Place, State
from gateway.capture.leftovers import Leftovers
from gateway.capture.telling import finding
from gateway.clock import Clock
from gateway.config import Config, Sensor
from gateway.model import Finding
from gateway.worker import Worker

FOLDER = "captures"
EVERY_S = 1.0
_LEFTOVERS_NS = 600 * 10**9


class Captures:
    """Of that configuration; files are beside the log."""

    def __init__(self, config: Config, clock: Clock) -> None:
        log = Path(config.buffer.path)
        self.folder = log.with_name(FOLDER)
        self._clock = clock
        self._leftovers = Leftovers(self.folder, clock)
        self._looked_ns: int | None = None
        wanted = config.privacy.captures
        known: set[str] = set()
        place = Place(self.folder, Account(log.with_name(FILE), known), config.buffer.reserve)
        sensors = {sensor.name: sensor for sensor in config.sensors}
        self.of = {
            one.sensor: Capture(one, _origin(config, sensors[one.sensor]), place, clock)
            for one in wanted
        }
        known.update(capture.account_name for capture in self.of.values())

    def workers(self) -> list[Worker]:
        """The thread that keeps them; none without a capture, or files of earlier ones.

        One that hangs is no reason to start the node anew.
        """
        if not self.of and not self.folder.is_dir():
            return []
        return [Worker("captures", self.keep_once, self._clock, math.inf, at_end=self.close)]

    def port(self, sensor: Sensor, ports: Mapping[str, Any]) -> Any:
        """That of its bus, as the driver of that sensor is to have it."""
        capture, port = self.of.get(sensor.name), ports[sensor.bus]
        return port if capture is None else RECORDERS[sensor.part.bus](port, capture.note)

    def keep_once(self) -> float:
        """What is due, by one thread; returns seconds until the next time."""
        for capture in self.of.values():
            capture.keep()
        now_ns = self._clock.now_ns()
        if self._looked_ns is None or now_ns - self._looked_ns >= _LEFTOVERS_NS:
            self._looked_ns = now_ns
            running = [one.path for one in self.of.values() if one.state is State.RUNNING]
            self._leftovers.look(running)
        return EVERY_S

    def close(self) -> None:
        """The program ends, and with it what runs."""
        for capture in self.of.values():
            capture.close()

    def findings(self) -> list[Finding]:
        """Each capture is one, whatever becomes of it; and what earlier ones have left."""
        left = self._leftovers.finding
        return [*map(finding, self.of.values()), *([] if left is None else [left])]


def _origin(config: Config, sensor: Sensor) -> Mapping[str, object]:
    """All that a replay needs to make the driver."""
    return {
        "node": f"{config.node.municipality}/{config.node.name}",
        "version": __version__,
        "driver": sensor.driver,
        "bus": sensor.part.bus,
        "options": msgspec.to_builtins(sensor.options),
    }
