"""A node put together from its configuration: buses, sensors, log, uplinks, and their threads."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from drivers.quantities import Rank
from drivers.simulation.walks import Walk
from gateway.announcements import Announcer, Parts
from gateway.backoff import Backoff
from gateway.buffer import Log
from gateway.buses import Buses, make_runtime_dir
from gateway.capture import Captures
from gateway.civil import CivilTime
from gateway.clock import Anchor, Clock, Floor
from gateway.clock.floor import FILE as FLOOR_FILE
from gateway.computer import Computer
from gateway.config import Config, mqtt_uplinks, wires
from gateway.config import Sensor as SensorConfig
from gateway.health import Watch
from gateway.model import Finding
from gateway.occupancy import Zones
from gateway.privacy import protections
from gateway.recovery import Requests
from gateway.sampling.conditioning import Conditioning
from gateway.sampling.fibers import CooperativeTimebase
from gateway.sampling.grid import Grid
from gateway.sampling.neighbours import Neighbours
from gateway.sampling.quiet import Quiet
from gateway.sampling.sampler import Sampler
from gateway.sampling.sensor import Sensor
from gateway.sampling.wire import Wire
from gateway.timekeeper import Timekeeper
from gateway.ways import Parts as WayParts
from gateway.ways import Ways
from gateway.worker import Worker
from gateway.writer import Writer

SENSOR_RETRY_S = (1.0, 60.0)
STEP_LIMIT_S = 30.0
"""Longest step of a sampler or the writer: a bus or disk that takes longer hangs."""
STOP_S = 1.2
"""How long the threads may take to end; what they leave is committed after that."""
SUSPENDED_NS = 5_000_000_000
"""A check this long after the last one: the computer has slept, and waits have not run on."""


class Node:
    """One gateway. Raises StoreError if its log cannot be opened."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        simulate: bool = False,
        watch: Callable[[Walk], None] | None = None,
    ) -> None:
        self.config = config
        self.clock = clock
        civil = CivilTime(config.node.timezone)
        self.grid = Grid(Quiet(config.privacy.quiet_hours, civil))
        self.id = f"{config.node.municipality}/{config.node.name}"
        make_runtime_dir(config.node.runtime_dir)
        self._ranks = {s.name: Rank[s.rank.upper()] for s in config.sensors if s.rank is not None}
        self.log = _log(config, clock, self._ranks)
        self.buses = Buses(config, simulate, watch, CooperativeTimebase(clock))
        self.writer = Writer(self.log, clock)
        self.timekeeper = Timekeeper(clock, Floor(Path(config.buffer.path).with_name(FLOOR_FILE)))
        self.log.set_floor(self.timekeeper.floor.utc_ns)
        self.neighbours = Neighbours({s.name: s.interval_s for s in config.sensors}, clock)
        self._requests = Requests(Path(config.node.runtime_dir), clock)
        self.sensors: dict[str, Sensor] = {}
        self.zones = Zones(config, self.sensors, self.log, clock, self.grid)
        self.wires: list[Wire] = []
        self.ways = Ways(
            WayParts(self.id, config, clock, self.log, self.buses.ports, self.hear, self._wrong)
        )
        self.workers: list[Worker] = []
        self._measuring: list[Worker] = []
        self._checked_ns = clock.now_ns()
        self.watch = Watch(Computer(), clock)
        self.captures = Captures(config, clock)
        self._announcer = Announcer(self._told())
        self._build()

    def start(self) -> None:
        """Begin to measure, store and deliver."""
        self._keep_time()
        self.captures.keep_once()
        for worker in self.workers:
            worker.start()

    def check(self) -> list[str]:
        """Once a second: keep the time; the workers that do not beat. Raises a worker's bug."""
        self._keep_time()
        self.watch.look()
        for worker in self.workers:
            if worker.failure is not None:
                raise worker.failure
        return [worker.name for worker in self.workers if not worker.beats()]

    def hear(self, told: Anchor) -> None:
        """A network has told the time of that moment; it dates the log unless somebody vouches."""
        self.clock.hear(told)
        if self.clock.source is None:
            self.log.add_anchor(told)

    def findings(self) -> list[Finding]:
        """All that is wrong now."""
        excused = {name for wire in self.wires for name in wire.sensors if wire.excuses(name)}
        troubles = [one.trouble for name, one in self.sensors.items() if name not in excused]
        troubles += [self.writer.trouble, self.log.window.protection.trouble]
        findings = [*self.captures.findings(), *(one.finding for one in troubles), self.log.healed]
        findings += self.ways.findings()
        utc_ns = self.log.utc_ns(self.clock.now_ns())
        for sensor in self.sensors.values():
            findings += sensor.conditioning.findings(utc_ns)
        findings += [one for wire in self.wires for one in wire.findings()]
        findings += self.timekeeper.findings() + self.watch.findings() + self.zones.findings()
        return [finding for finding in findings if finding is not None]

    def _wrong(self) -> int:
        return len(self.findings())

    def stop_measuring(self) -> None:
        """End the sampling; storing and delivering go on."""
        self._stop(self._measuring)

    def stop(self) -> None:
        """End everything within two seconds, with everything that was measured committed."""
        self._stop(self.workers)
        self.log.close()
        self.buses.close()

    def _told(self) -> Parts:
        """What others may be told of; the sensors and ways are those that will be there."""
        return Parts(
            self.id,
            self.config,
            self.clock,
            self.log,
            self.sensors,
            self.wires,
            self.ways.all,
            self.watch,
            self.findings,
            self.zones.zones,
            self.ways.dev_euis,
        )

    def _keep_time(self) -> None:
        """Date the log, align the grid to it; when time has moved, whoever waits asks anew."""
        self.log.add_anchor(self.clock.anchor())
        now_ns = self.clock.now_ns()
        suspended = now_ns - self._checked_ns > SUSPENDED_NS
        self._checked_ns = now_ns
        if self.grid.follow(now_ns, self.log.utc_ns(now_ns)) or suspended:
            for worker in self.workers:
                worker.wake.set()

    def _stop(self, workers: Sequence[Worker]) -> None:
        for worker in workers:
            worker.stop()
        deadline_ns = self.clock.now_ns() + round(STOP_S * 1e9)
        for worker in workers:
            worker.join((deadline_ns - self.clock.now_ns()) / 1e9)

    def _build(self) -> None:
        if self.buses.world is not None:
            self._measuring.append(self._worker("world", self.buses.world.step))
        for root, buses in wires(self.config.buses).items():
            self._add_sampler(root, buses, [s for s in self.config.sensors if s.bus in buses])
        if self.config.occupancy:
            self._measuring.append(self._worker("occupancy", self.zones.serve))
        self._worker("clock", self.timekeeper.keep_once)
        self.workers += self.captures.workers()
        worker = self._worker("writer", self.writer.commit_once, self.log.writer_wake)
        self.writer.beat = worker.beat
        self.log.carry_notes(others_than=self.sensors)
        for step in self.ways.build(self._announcer):
            self._worker(*step)

    def _add_sampler(
        self, root: str, buses: Sequence[str], configs: Sequence[SensorConfig]
    ) -> None:
        """One thread for all that is on one wire: it has one speaker at a time."""
        if configs:
            sensors = {config.name: self._sensor(config) for config in configs}
            self.sensors |= sensors
            of = {bus: [one.name for one in configs if one.bus == bus] for bus in buses}
            recover = self._requests.of(root, self.buses.recovers(root))
            wire = Wire(of, self.clock, self.buses.release(root), recover)
            self.wires.append(wire)
            for sensor in sensors.values():
                sensor.care = wire
            sampler = Sampler(list(sensors.values()), self.log, self.clock)
            worker = self._worker(f"bus {root}", sampler.sample_once, at_end=sampler.close)
            sampler.beat = worker.beat
            self._measuring.append(worker)

    def _sensor(self, config: SensorConfig) -> Sensor:
        driver = config.part.driver(self.captures.port(config, self.buses.ports), config.options)
        # One rank for all its readings, also those without some values: they are merged together.
        self._ranks.setdefault(config.name, max(channel.rank for channel in driver.channels))
        return Sensor(
            config.name,
            driver,
            config.interval_s,
            self.clock,
            self.grid,
            Backoff(*SENSOR_RETRY_S),
            Conditioning(config, driver.channels, self.neighbours, self.clock),
        )

    def _worker(
        self,
        name: str,
        step: Callable[[], float | None],
        wake: threading.Event | None = None,
        limit: float = STEP_LIMIT_S,
        at_end: Callable[[], None] = lambda: None,
    ) -> Worker:
        worker = Worker(name, step, self.clock, limit, wake, at_end)
        self.workers.append(worker)
        return worker


def _log(config: Config, clock: Clock, ranks: Mapping[str, Rank]) -> Log:
    return Log(
        config.buffer,
        Path(config.node.runtime_dir),
        clock,
        {uplink.name: uplink.start for uplink in config.uplinks},
        ranks,
        max((one.window * one.batch for one in mqtt_uplinks(config)), default=0),
        protections(config),
    )
