"""A building on a clock that a test moves: a real log on disk, and doors for people."""

from collections.abc import Iterator
from pathlib import Path

from gateway import config
from gateway.buffer import Log
from gateway.model import Gap, Reading, StoredGap, StoredReading
from gateway.occupancy import Zones
from gateway.sampling.grid import Grid
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000
NOON = 1_795_176_000 * SECOND
"""2026-11-20T12:00:00Z, 13:00 in Germany."""
QUARTER_S = 900
HOUR_S = 3600

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, reserve: 0}}
buses: {{header: {{type: gpio}}}}
sensors:
  - {{name: main, driver: beam-pair, bus: header, interval: 15min,
     options: {{line_a: 1, line_b: 2}}}}
  - {{name: side, driver: beam-pair, bus: header, interval: 15min,
     options: {{line_a: 3, line_b: 4}}}}
occupancy: {zones}
uplinks: [{{type: mqtt, name: city, host: localhost, tls: false}}]
"""
FOYER = "[{name: foyer, doors: [main, side]}]"


class Gate:
    """A door as the zones see it; `is_open` False: its sensor gives no readings."""

    def __init__(self) -> None:
        self.latest: Reading | None = None
        self.is_open = True
        self.blind_s = 0.0
        self.went = [0, 0]
        self.since_ns: int | None = None

    def read(self, name: str, at_ns: int, log: Log) -> None:
        """At a boundary."""
        since_ns = at_ns - QUARTER_S * SECOND if self.since_ns is None else self.since_ns
        (went_in, went_out), self.went, self.since_ns = self.went, [0, 0], at_ns
        values = {"count_in": went_in, "count_out": went_out, "blind_time": self.blind_s}
        self.latest = log.append(Reading(name, values, at_ns, at_ns - since_ns))


class Site:
    """One run of the program in that folder."""

    def __init__(
        self,
        folder: Path,
        clock: SimulatedClock,
        zones: str = FOYER,
        runs: "list[Site] | None" = None,
    ) -> None:
        self.runs = [] if runs is None else runs
        self.runs.append(self)
        self.folder, self.clock = folder, clock
        (folder / "run").mkdir(exist_ok=True)
        self.config = config.parse(CONFIG.format(folder=folder, zones=zones), "test")
        self.log = Log(self.config.buffer, folder / "run", clock, {"city": "everything"})
        self.gates = {"main": Gate(), "side": Gate()}
        self.grid = Grid()
        self.zones = Zones(self.config, self.gates, self.log, clock, self.grid)
        self.told: list[dict[str, float | None]] = []
        """What the readings of the first zone have said."""
        self.zone = next(iter(self.zones))
        self.keep_time()

    def keep_time(self) -> None:
        """As the main thread does."""
        now_ns = self.clock.now_ns()
        self.log.add_anchor(self.clock.anchor())
        self.grid.follow(now_ns, self.log.utc_ns(now_ns))

    def through(self, door: str, went_in: int, went_out: int = 0) -> None:
        self.gates[door].went[0] += went_in
        self.gates[door].went[1] += went_out

    def pass_boundary(self) -> None:
        """Time goes on to just behind the next boundary; doors and zones do their work."""
        boundary_ns = self.grid.next_after(self.zone._last_ns, QUARTER_S * SECOND)
        self.clock.sleep((boundary_ns - self.clock.now_ns()) / SECOND + 0.05)
        self.keep_time()
        for name, gate in self.gates.items():
            if gate.is_open:
                gate.read(name, boundary_ns, self.log)
        measured = self.zone.measured
        while self.zone.measured == measured:
            wait_s = self.zones.serve()
            assert wait_s is not None
            if self.zone.measured == measured:
                self.clock.sleep(wait_s)
        latest = self.zone.latest
        assert latest is not None
        assert latest.up_ns == boundary_ns
        self.told.append(dict(latest.values))

    def pass_hours(self, hours: float) -> None:
        for _ in range(round(hours * HOUR_S / QUARTER_S)):
            self.pass_boundary()

    @property
    def inside(self) -> float | None:
        """As the newest reading says."""
        return self.told[-1]["occupancy"]

    @property
    def drifts(self) -> list[float | None]:
        return [one["occupancy_drift"] for one in self.told if "occupancy_drift" in one]

    def stored(self) -> Iterator[StoredReading | Gap]:
        """All that the log has of the first zone."""
        self.log.commit()
        reader = self.log.reader("city")
        batches = iter(lambda: reader.take(10_000), None)
        for entry in [one for batch in batches for one in batch.entries]:
            if isinstance(entry, StoredGap) and entry.gap.sensor == self.zone.name:
                yield entry.gap
            elif isinstance(entry, StoredReading) and entry.sensor == self.zone.name:
                yield entry

    def again(self, zones: str | None = None) -> "Site":
        """The next process of this boot."""
        return Site(self.folder, self.clock, zones or self._zones, self.runs)

    def kill(self) -> "Site":
        """SIGKILL, and the next process of this boot."""
        self.log.let_go()
        return self.again()

    def off(self, seconds: float, boot: str = "b00t0002") -> "Site":
        """Stopped, and started after a while; the time is known at once."""
        self.log.close()
        clock = self.clock.reboot(boot, seconds)
        clock.synchronise()
        return Site(self.folder, clock, self._zones, self.runs)

    @property
    def _zones(self) -> str:
        text = self.config.occupancy
        return "[" + ", ".join(_flow(zone) for zone in text) + "]"


def _flow(zone: config.Zone) -> str:
    at = "null" if zone.balance_at is None else f'"{zone.balance_at}"'
    doors, other = ", ".join(zone.doors), ", ".join(zone.reversed)
    return f"{{name: {zone.name}, doors: [{doors}], reversed: [{other}], balance_at: {at}}}"
