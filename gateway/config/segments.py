"""Multiplexers in a configuration: where they sit, and which addresses must differ.

Theory: a channel is connected to the segment that its multiplexer sits on, and stays so while that
segment is spoken to. So what is on a channel must not have an address of any segment above it, nor
of the multiplexers there. Two channels of one segment are never connected together, nor are two
multiplexers of it, so there the same address may be used again; that is what they are for.
"""

from typing import NamedTuple

from gateway.config import wording
from gateway.config.buses import I2cBus, I2cMuxBus
from gateway.config.faults import Path, listed, path_text
from gateway.config.unique import Unique
from gateway.config.walk import Walker

_TYPES = ("i2c", "i2c-mux")


class Place(NamedTuple):
    """Where an address is taken, and by a line of the file."""

    segment: str
    path: Path
    part: bool


class Segments:
    """Notes faults of `walker`; buses that are not well are left out."""

    def __init__(self, walker: Walker, unique: Unique, bus_names: list[str]) -> None:
        self._walker = walker
        self._unique = unique
        self._names = bus_names
        self._taken: dict[int, list[Place]] = {}
        """By address."""
        self._multiplexers: set[tuple[str, int]] = set()

    def check(self) -> None:
        """Each channel is there once, and comes from a bus that is there."""
        for name in self._names:
            bus = self._bus(name)
            if isinstance(bus, I2cMuxBus) and self._has_parent(name, bus):
                self._channel(("buses", name), bus)
        for name in self._names:
            bus = self._bus(name)
            if isinstance(bus, I2cMuxBus) and self._lineage(name):
                self._multiplexer(("buses", name, "address"), bus)

    def part(self, bus: str, address: int, path: Path) -> None:
        """A part on that bus; its own segment is compared elsewhere."""
        self._take(Place(bus, path, part=True), address)

    def _bus(self, name: str) -> I2cBus | I2cMuxBus | None:
        bus = self._walker.well.get(("buses", name))
        return bus if isinstance(bus, I2cBus | I2cMuxBus) else None

    def _has_parent(self, name: str, bus: I2cMuxBus) -> bool:
        path: Path = ("buses", name, "parent")
        kind = self._walker.well.get(("buses", bus.parent, "type"))
        if bus.parent not in self._names:
            problem = f"no bus is called {wording.literal(bus.parent)}"
            others = [other for other in self._names if other != name]
            self._walker.fault(path, problem, wording.choice(bus.parent, others, "there are"))
        elif kind is not None and kind not in _TYPES:
            problem = f"{bus.parent} is a bus of type {kind}, a multiplexer needs i2c"
            fit = [one for one in self._names if isinstance(self._bus(one), I2cBus)]
            cure = f"name one of {listed(fit)}" if fit else "add a bus of type i2c"
            self._walker.fault(path, problem, cure)
        elif self._closes_ring(name):
            cure = "name the bus that its multiplexer is wired to"
            self._walker.fault(path, f"{name} would be a channel of itself", cure)
        else:
            return True
        return False

    def _channel(self, path: Path, bus: I2cMuxBus) -> None:
        key = ("channel", bus.parent, bus.address, bus.channel)
        what = f"channel {bus.channel} of the multiplexer 0x{bus.address:02x} on {bus.parent}"
        self._unique.take(key, path, what, "choose another, or join the buses")

    def _multiplexer(self, path: Path, bus: I2cMuxBus) -> None:
        """Several channels are one multiplexer: the first of them speaks for it."""
        key = (bus.parent, bus.address)
        if key not in self._multiplexers:
            self._multiplexers.add(key)
            self._take(Place(bus.parent, path, part=False), bus.address)

    def _take(self, own: Place, address: int) -> None:
        taken = self._taken.setdefault(address, [])
        other = next((other for other in taken if self._together(own, other)), None)
        if other is not None:
            place = f"{path_text(other.path)} (line {self._walker.line(other.path)})"
            problem = f"address 0x{address:02x} is also that of {place}, connected at the same time"
            self._walker.fault(own.path, problem, "choose another, or another channel for one")
        taken.append(own)

    def _together(self, own: Place, other: Place) -> bool:
        """Whether both are connected at once; two parts on one bus are compared elsewhere."""
        if own.segment == other.segment:
            return not (own.part and other.part)
        below, above = self._lineage(own.segment), self._lineage(other.segment)
        return other.segment in below or own.segment in above

    def _closes_ring(self, name: str) -> bool:
        """Whether it is its own parent's parent; of all those in a ring only the first says so."""
        above = self._above(name)
        return name in above and name == min(above, key=self._names.index)

    def _lineage(self, name: str) -> list[str]:
        """That segment and those above it; empty if that leads nowhere."""
        above = self._above(name)
        roots = isinstance(self._bus((above or [name])[-1]), I2cBus)
        return [name, *above] if roots and name not in above else []

    def _above(self, name: str) -> list[str]:
        """Parents, from the nearest on; it ends where one is not well, or comes again."""
        found: list[str] = []
        bus = self._bus(name)
        while isinstance(bus, I2cMuxBus) and bus.parent not in found:
            found.append(bus.parent)
            bus = self._bus(bus.parent)
        return found
