"""What no value shows by itself: names used twice, buses that are not there, wires shared.

Also sensors that do not measure what another part wants to know of the air around it. Only what is
well is compared, so that one mistake stays one fault.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from drivers.contract import Part
from drivers.quantities import Quantity
from gateway.config import wording
from gateway.config.buses import GpioBus, I2cBus, I2cMuxBus, I2cPins
from gateway.config.faults import Path, listed
from gateway.config.segments import Segments
from gateway.config.unique import Unique
from gateway.config.walk import Walker
from gateway.config.wires import addresses_of

_CARRIES = {"i2c-mux": "i2c"}
"""What kind of parts sits on a type of bus, where the type is called otherwise."""


@dataclass(frozen=True, slots=True)
class Wired:
    """A sensor whose driver is known; `options` is its configuration, None if that is faulty."""

    path: Path
    bus: str
    part: Part
    options: Any


class CrossCheck:
    """Compares what `walker` found well and notes faults there; `bus_names` as they are written."""

    def __init__(self, walker: Walker, bus_names: list[str]) -> None:
        self._walker = walker
        self._bus_names = bus_names
        self._unique = Unique(walker)
        self._segments = Segments(walker, self._unique, bus_names)

    def names(self, section: str, count: int) -> None:
        """No two entries of that section have one name."""
        for index in range(count):
            path = (section, index, "name")
            name = self._walker.well.get(path)
            if name is not None:
                self._unique.take(
                    (section, name), path, f"the name {wording.literal(name)}", "another"
                )

    def buses(self) -> None:
        """No two real buses are one device, simulated ones share nothing; multiplexers fit."""
        self._segments.check()
        for name in self._bus_names:
            path = ("buses", name)
            bus = self._walker.well.get(path)
            if bus is not None and not isinstance(bus, I2cMuxBus) and not bus.simulated:
                device = str(PurePosixPath(bus.device))
                self._unique.take(
                    ("device", device), path, device, "choose another, or join the buses"
                )
            if isinstance(bus, I2cBus) and bus.pins is not None:
                self._pins(name, bus.pins)

    def _pins(self, name: str, pins: I2cPins) -> None:
        """What a bus is recovered by is no sensor's."""
        for other in self._bus_names:
            gpio = self._walker.well.get(("buses", other))
            if isinstance(gpio, GpioBus) and gpio.chip == pins.chip:
                for line in (pins.scl, pins.sda):
                    path = ("buses", name, "pins")
                    self._unique.take(("place", other, line), path, f"line {line}", "correct it")

    def exists(self, path: Path, bus: str) -> bool:
        """Whether a sensor's bus is there."""
        if bus in self._bus_names:
            return True
        cure = wording.choice(bus, self._bus_names, "there are")
        self._walker.fault((*path, "bus"), f"no bus is called {wording.literal(bus)}", cure)
        return False

    def wiring(self, wired: Wired) -> None:
        """Its bus is of the kind that the part needs, and nobody else uses its place there."""
        kind = self._walker.well.get(("buses", wired.bus, "type"))
        if kind is not None and _CARRIES.get(kind, kind) != wired.part.bus:
            self._wrong_kind(wired, kind)
            return
        for key, place, what in _claims(wired):
            path = (*wired.path, *place)
            self._unique.take(("place", wired.bus, key), path, what, "choose another")
            if wired.part.bus == "i2c" and isinstance(key, int):
                self._segments.part(wired.bus, key, path)

    def compensation(self, path: Path, part: Part, others: Mapping[str, Part | None]) -> None:
        """What it is compensated by it wants to know, and a sensor of `others` measures it."""
        told: Mapping[str, str] = self._walker.well.get((*path, "compensation"), {})
        wanted = _names(part, "compensated_by")
        for name, sensor in told.items():
            place = (*path, "compensation", name)
            if name not in wanted:
                cure = wording.choice(name, wanted, "it wants") if wanted else "remove it"
                self._walker.fault(place, "nothing that this part wants to know", cure)
            elif sensor not in others:
                cure = wording.choice(sensor, others, "there are")
                said = f"no sensor is called {wording.literal(sensor)}"
                self._walker.fault(place, said, cure)
            else:
                self._measures(place, name, sensor, others)

    def _measures(
        self, place: Path, name: str, sensor: str, others: Mapping[str, Part | None]
    ) -> None:
        part = others[sensor]
        if part is None or name in _names(part, "channels"):
            return
        fit = [
            other
            for other, its in others.items()
            if its is not None and name in _names(its, "channels")
        ]
        cure = f"name one of {listed(fit)}" if fit else "add a sensor that does, or remove this"
        self._walker.fault(place, f"{sensor} does not measure {name}", cure)

    def _wrong_kind(self, wired: Wired, kind: str) -> None:
        fit = [
            name
            for name in self._bus_names
            if (kind_of := self._walker.well.get(("buses", name, "type"))) is not None
            and _CARRIES.get(kind_of, kind_of) == wired.part.bus
        ]
        cure = f"name one of {listed(fit)}" if fit else f"add a bus of type {wired.part.bus}"
        problem = f"{wired.bus} is a bus of type {kind}, this part needs {wired.part.bus}"
        self._walker.fault((*wired.path, "bus"), problem, cure)


def _names(part: Part, attribute: str) -> list[str]:
    """Of the quantities that its driver names there; none where that is no class."""
    quantities: Sequence[Quantity] = getattr(part.driver, attribute, ())
    return [quantity.name for quantity in quantities]


def _claims(wired: Wired) -> Iterator[tuple[Hashable, Path, str]]:
    """What the part occupies on its bus: a key for it, its place below the sensor, its words."""
    if wired.part.bus == "serial":
        yield "port", ("bus",), f"the serial port {wired.bus}"
    elif wired.options is None:
        return
    elif wired.part.bus == "i2c":
        own, *further = addresses_of(wired.options)
        yield own, ("options", "address"), f"address 0x{own:02x}"
        for address in further:  # those of its other chips
            yield address, ("options", "inner_address"), f"address 0x{address:02x}"
        line = getattr(wired.options, "xshut", None)
        if line is not None:
            yield ("reset", line), ("options", "xshut"), f"line {line}"
    elif wired.part.bus == "onewire":
        device = wired.options.device
        what = f"the device {device}" if device else f"the only device of {wired.bus}"
        yield device, ("options", "device") if device else ("bus",), what
    else:
        for line in wired.options.lines:
            yield line, ("options", *_option(wired.options, line)), f"line {line}"


def _option(options: Any, line: int) -> Path:
    """The option that names this line, if one does so visibly."""
    named = (name for name in options.__struct_fields__ if name.startswith("line"))
    return tuple(name for name in named if getattr(options, name) == line)[:1]
