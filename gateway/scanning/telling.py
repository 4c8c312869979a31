"""From what was found on the buses to what is said of it."""

from collections.abc import Iterator, Mapping

from drivers.scanning.found import Found, Scan
from gateway import __version__
from gateway.config import Bus, Config, addresses_of, lineage
from gateway.model import Finding
from gateway.scanning import snippet
from gateway.scanning.comparison import Match, fits, has_driver, match, place, words
from gateway.scanning.report import BusSeen, PartSeen, ScanReport, SensorSeen
from gateway.scanning.snippet import Missing
from gateway.scanning.survey import Scans


def report(config: Config, scans: Scans, now_ns: int, configured: bool) -> ScanReport:
    """`configured`: that is the node's configuration; else only its buses are true."""
    return _Telling(config, scans, now_ns, configured).report()


class _Telling:
    def __init__(self, config: Config, scans: Scans, now_ns: int, configured: bool) -> None:
        self._config = config
        self._scans = scans
        self._now_ns = now_ns
        self._configured = configured
        self._matches: dict[str, Match] = {
            sensor.name: match(sensor, scans[sensor.bus], _above(config.buses, scans, sensor.bus))
            for sensor in config.sensors
            if sensor.bus in scans
        }
        self._owners: dict[int, str] = {
            id(one.found): name for name, one in self._matches.items() if one.found is not None
        }
        self._owners |= {id(found): name for found, name in self._further()}

    def _further(self) -> Iterator[tuple[Found, str]]:
        """Other chips of sensors that have several, where they are configured to be."""
        for sensor in self._config.sensors:
            scan = self._scans.get(sensor.bus)
            if scan is None or sensor.part.bus != "i2c":
                continue
            further = addresses_of(sensor.options)[1:]
            for found in scan.found:
                if found.address in further and fits(sensor.driver, found.names):
                    yield found, sensor.name

    def report(self) -> ScanReport:
        missing = list(self._missing())
        return ScanReport(
            __version__,
            [self._bus(name, scan) for name, scan in self._scans.items()],
            list(self._sensors()),
            [*self._bus_findings(), *self._sensor_findings(), *self._unconfigured(missing)],
            self._snippet(missing),
        )

    def _bus(self, name: str, scan: Scan | None) -> BusSeen:
        bus = self._config.buses[name]
        problem = None if scan is None or scan.problem is None else str(scan.problem)
        return BusSeen(
            name,
            bus.kind,
            getattr(bus, "device", None),  # a channel of a multiplexer has none
            getattr(bus, "simulated", False),
            problem,
            [self._part(found) for found in (scan.found if scan else [])],
        )

    def _part(self, found: Found) -> PartSeen:
        first, *also = found.names or (None,)
        readable = [name for name in found.names if has_driver(name)]
        return PartSeen(
            place(found),
            first,
            [name for name in also if name is not None],
            readable[0] if readable else None,
            found.sureness,
            found.evidence,
            self._sensor_of(found),
        )

    def _sensor_of(self, found: Found) -> str | None:
        """What it is configured as; a part that stands in the place of another is nobody."""
        name = self._owners.get(id(found))
        if name is None:
            return None
        driver = next(one.driver for one in self._config.sensors if one.name == name)
        return name if fits(driver, found.names) else None

    def _sensors(self) -> Iterator[SensorSeen]:
        for sensor in self._config.sensors:
            if sensor.name in self._matches:
                one = self._matches[sensor.name]
                yield SensorSeen(sensor.name, sensor.driver, sensor.bus, one.verdict, one.evidence)

    def _missing(self) -> Iterator[Missing]:
        """What a driver reads, and no sensor is configured for or at the place of."""
        for name, scan in self._scans.items():
            devices = [found for found in (scan.found if scan else []) if found.device]
            alone = len(devices) == 1 and not any(s.bus == name for s in self._config.sensors)
            for found in scan.found if scan else []:
                readable = [part for part in found.names if has_driver(part)]
                if readable and id(found) not in self._owners and not self._is_one_of(name, found):
                    yield Missing(name, found, readable[0], alone)

    def _is_one_of(self, bus: str, found: Found) -> bool:
        """Whether it may be the one that a sensor means which names none of several."""
        return found.device is not None and any(
            sensor.bus == bus and sensor.options.device is None and fits(sensor.driver, found.names)
            for sensor in self._config.sensors
        )

    def _bus_findings(self) -> Iterator[Finding]:
        for name, scan in self._scans.items():
            if scan is not None and scan.problem is not None:
                problem = scan.problem
                yield self._finding(
                    f"bus {name}", "cannot be looked at", str(problem), problem.hint
                )

    def _sensor_findings(self) -> Iterator[Finding]:
        for name, one in self._matches.items():
            if one.problem:
                yield self._finding(f"sensor {name}", one.problem, one.evidence, one.cure)

    def _unconfigured(self, missing: list[Missing]) -> Iterator[Finding]:
        for part in missing if self._configured else []:
            yield self._finding(
                f"bus {part.bus}",
                "has a part that is not configured",
                f"{words(part.found)} at {place(part.found)}",
                "paste its lines into `sensors:`, then: gateway check",
            )

    def _snippet(self, missing: list[Missing]) -> str:
        if not missing:
            return ""
        if not self._configured:
            return snippet.whole(self._config.buses, missing)
        return snippet.sensors(missing, [sensor.name for sensor in self._config.sensors])

    def _finding(self, about: str, problem: str, evidence: str, cure: str) -> Finding:
        return Finding(about, problem, self._now_ns, evidence, cure)


def _above(buses: Mapping[str, Bus], scans: Scans, name: str) -> dict[int | None, Found]:
    """What was found on the buses that this one is a channel of."""
    found: dict[int | None, Found] = {}
    for parent in lineage(buses, name)[1:]:
        scan = scans.get(parent)
        found |= {one.address: one for one in (scan.found if scan else [])}
    return found
