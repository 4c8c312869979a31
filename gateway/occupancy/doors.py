"""The doors of a zone: what their newest readings say of the running totals at a boundary."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from drivers.quantities import BLIND_TIME, TOTAL_IN, TOTAL_OUT
from gateway.buffer import Log
from gateway.model import Reading
from gateway.occupancy.balance import Counted, Totals
from gateway.occupancy.hour import Seen

NEAR_NS = 1_000_000_000
"""A reading so long before a boundary may be of it: each follows the grid by itself."""


class Door(Protocol):
    """A sensor that counts in and out."""

    @property
    def latest(self) -> Reading | None:
        """Its newest reading of this run."""
        ...


class Doors:
    """Those of that name among `sensors`, with intervals of that length."""

    def __init__(
        self, names: Iterable[str], sensors: Mapping[str, Door], log: Log, length_ns: int
    ) -> None:
        self._names = tuple(names)
        self._sensors = sensors
        self._log = log
        self._near_ns = min(NEAR_NS, length_ns // 2)

    def are_read(self, at_ns: int) -> bool:
        """Whether all have their reading of that boundary."""
        return all(self._reading(name, at_ns) is not None for name in self._names)

    def totals(self, at_ns: int) -> Totals | None:
        """At that boundary; None if one has no reading of it, saw nothing, or tells none."""
        found = {name: self._counted(name, at_ns) for name in self._names}
        known = {name: counted for name, counted in found.items() if counted is not None}
        return known if len(known) == len(found) else None

    def seen_before(self) -> Seen | None:
        """What the log knows of earlier runs; None if it does not know the totals."""
        told = {name: self._log.totals(name) for name in self._names}
        known = {
            name: Counted(one.get(TOTAL_IN.name, 0), one.get(TOTAL_OUT.name, 0))
            for name, one in told.items()
            if one is not None
        }
        until = [self._log.measured_until(name) for name in self._names]
        moments = tuple(moment for moment in until if moment is not None)
        return Seen(known, moments) if len(known) == len(told) else None

    def _counted(self, name: str, at_ns: int) -> Counted | None:
        reading = self._reading(name, at_ns)
        if reading is None or _saw_nothing(reading):
            return None
        went_in, went_out = (reading.values.get(one.name) for one in (TOTAL_IN, TOTAL_OUT))
        if went_in is None or went_out is None:
            return None
        return Counted(round(went_in), round(went_out))

    def _reading(self, name: str, at_ns: int) -> Reading | None:
        latest = self._sensors[name].latest
        return None if latest is None or latest.up_ns <= at_ns - self._near_ns else latest


def _saw_nothing(reading: Reading) -> bool:
    """Whether it was blind all the time, at the resolution of that."""
    blind_s = reading.values.get(BLIND_TIME.name)
    if blind_s is None or not reading.span_ns:
        return False
    return blind_s + BLIND_TIME.resolution >= reading.span_ns / 1e9
