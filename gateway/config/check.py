"""The whole configuration: types first, then drivers' options, then what must fit together."""

from functools import cached_property
from typing import Any

from msgspec import structs

from drivers import registry
from drivers.contract import Part
from gateway.config import wording
from gateway.config.capture import check_captures
from gateway.config.crosscheck import CrossCheck, Wired
from gateway.config.faults import ConfigError, Path
from gateway.config.load import UNREADABLE, Document
from gateway.config.lorawan import RadioCheck
from gateway.config.privacy import Privacy, check_hold_back, check_interval, is_about_people
from gateway.config.quality import Measured, QualityCheck
from gateway.config.timezones import check_timezone
from gateway.config.types import Config, Sensor
from gateway.config.walk import Walker
from gateway.config.zones import ZoneCheck


def check(document: Document, name: str) -> Config:
    """The typed configuration. Raises ConfigError with every fault of the file called `name`."""
    checker = _Checker(document)
    config = checker.config()
    faults = [*document.faults, *checker.walker.faults]
    if faults:
        raise ConfigError(name, faults)
    assert isinstance(config, Config)
    return config


class _Checker:
    def __init__(self, document: Document) -> None:
        self.walker = Walker(document.lines)
        self._data = document.data

    def config(self) -> Any:
        """The configuration, worth nothing if the walker has noted a fault."""
        config = self.walker.walk(Config, self._data, ())
        parts = [self._part(("sensors", index)) for index in range(len(self._entries("sensors")))]
        options = [self._options(index, part) for index, part in enumerate(parts)]
        self._cross_check(parts, options)
        self._compared(parts)
        check_captures(self.walker, self._named(parts))
        check_timezone(self.walker)
        if config is UNREADABLE:
            return config
        if self.walker.faults:
            return UNREADABLE
        pairs = zip(config.sensors, options, strict=True)
        sensors = tuple(_completed(sensor, own, config.privacy) for sensor, own in pairs)
        return structs.replace(config, sensors=sensors)

    def _section(self, name: str) -> Any:
        return self._data.get(name) if isinstance(self._data, dict) else None

    def _entries(self, section: str) -> list[Any]:
        entries = self._section(section)
        return entries if isinstance(entries, list) else []

    def _part(self, path: Path) -> Part | None:
        """What the sensor's driver is a driver of; None, and a fault, if nobody knows."""
        name = self.walker.well.get((*path, "driver"))
        if name is None:
            return None
        try:
            if name in registry.BUILT_IN or name in self._drivers:
                return registry.part(name)
            problem = f"unknown driver {wording.literal(name)}"
            cure = wording.choice(name, self._drivers, "there are")
            cure += "" if cure.endswith("?") else "; docs/sensors.md has all"
        except (ImportError, AttributeError, TypeError) as error:
            problem = f"driver {wording.literal(name)} cannot be loaded: {error}"
            cure = "install its package again"
        self.walker.fault((*path, "driver"), problem, cure)
        return None

    @cached_property
    def _drivers(self) -> list[str]:
        """Looking through all installed packages takes long, and is rarely needed."""
        return registry.names()

    def _options(self, index: int, part: Part | None) -> Any:
        """The driver's own configuration; None if it is faulty, or nobody knows its form."""
        entry = self._entries("sensors")[index]
        if part is None or not isinstance(entry, dict):
            return None
        path: Path = ("sensors", index, "options")
        given = entry.get("options")
        options = self.walker.walk(part.config, {} if given is None else given, path)
        return None if options is UNREADABLE else options

    def _named(self, parts: list[Part | None]) -> dict[str, Part | None]:
        """The parts of the sensors by name."""
        names = [self.walker.well.get(("sensors", index, "name")) for index in range(len(parts))]
        return {n: part for n, part in zip(names, parts, strict=True) if n is not None}

    def _cross_check(self, parts: list[Part | None], options: list[Any]) -> None:
        buses = self._section("buses")
        names = list(buses) if isinstance(buses, dict) else []
        check = CrossCheck(self.walker, names)
        check.buses()
        for section in ("sensors", "uplinks"):
            check.names(section, len(self._entries(section)))
        used: dict[str, Path] = {}
        for index, (part, own) in enumerate(zip(parts, options, strict=True)):
            path: Path = ("sensors", index)
            if part is not None:
                check.compensation(path, part, self._named(parts))
                check_interval(self.walker, path, part)
            bus = self.walker.well.get((*path, "bus"))
            if bus is None or not isinstance(buses, dict) or not check.exists(path, bus):
                continue
            used[bus] = (*path, "bus")
            if part is not None:
                check.wiring(Wired(path, bus, part, own))
        uplinks = len(self._entries("uplinks"))
        check_hold_back(self.walker, parts, uplinks)
        places = len(self._entries("sensors")) + len(self._entries("occupancy"))
        RadioCheck(self.walker, names, used).look(uplinks, places)

    def _compared(self, parts: list[Part | None]) -> None:
        """What sensors are to each other, and zones to sensors."""
        names: dict[str, Path] = {}
        measured: dict[str, Measured] = {}
        for index, part in enumerate(parts):
            path: Path = ("sensors", index)
            name = self.walker.well.get((*path, "name"))
            if name is not None and name not in names:
                names[name] = (*path, "name")
                if part is not None:
                    measured[name] = Measured(path, name, part)
        QualityCheck(self.walker, measured, names).look()
        ZoneCheck(self.walker, measured, names).look(len(self._entries("occupancy")))


def _completed(sensor: Sensor, options: Any, privacy: Privacy) -> Sensor:
    """With the driver's own configuration, and the interval that it leaves open."""
    interval = sensor.interval
    if interval is None and is_about_people(sensor.part):
        interval = privacy.window
    return structs.replace(sensor, options=options, interval=interval)
