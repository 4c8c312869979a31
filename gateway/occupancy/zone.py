"""One zone: a reading at each boundary of its doors.

Theory. The doors' intervals end on the grid (gateway/sampling/grid.py), and so do those of the
zone: it finds its boundaries as they do. At a boundary it waits until each door has its reading of
it, for some seconds at most, and says how many are inside at that moment by the running totals in
these readings. If a door has none, could see nothing in the whole interval, or carries no totals
because the log does not know them, the occupancy of that moment is null: not known. What went
through meanwhile uncounted is drift; what was counted is in the totals of the next reading.
"""

from collections.abc import Mapping
from datetime import time
from typing import NamedTuple

from drivers.contract import Sample
from drivers.quantities import OCCUPANCY, OCCUPANCY_DRIFT
from gateway.buffer import Log
from gateway.civil import CivilTime
from gateway.clock import Clock
from gateway.config import Zone as ZoneConfig
from gateway.model import Gap, Moment, Reading, Reason
from gateway.occupancy.account import Account
from gateway.occupancy.doors import Door, Doors
from gateway.occupancy.hour import Hour
from gateway.occupancy.store import BalanceFile
from gateway.sampling.grid import Grid

WAIT_NS = 5_000_000_000
"""For the readings of a boundary; at most half an interval."""
LOOK_NS = 200_000_000
"""Between two looks at whether they are there."""


class Place(NamedTuple):
    """What all zones of a node have in common; `sensors` are all that it has."""

    sensors: Mapping[str, Door]
    log: Log
    clock: Clock
    grid: Grid
    civil: CivilTime
    file: BalanceFile


class Zone:
    """Used by one thread, but for what is told of it; it exists before its doors are read."""

    def __init__(self, config: ZoneConfig, interval: float, place: Place) -> None:
        self.config = config
        self.name = config.name
        self.interval = interval
        self.latest: Reading | None = None
        self.measured = 0
        self._log, self._clock, self._grid = place.log, place.clock, place.grid
        self._length_ns = length_ns = round(interval * 1e9)
        self._doors = Doors(config.signs, place.sensors, place.log, length_ns)
        longest_ns = length_ns + length_ns // 2
        seen = self._doors.seen_before()
        at = config.balance_at
        hour = None if at is None else Hour(place.civil, time.fromisoformat(at), place.grid.quiet)
        self.account = Account(config, place.file, place.clock, hour, seen, longest_ns)
        self._last_ns = self._clock.now_ns()
        self._until: Moment | None = None
        """Up to where this run has looked."""

    def serve(self) -> int:
        """Do what is due; returns when it wants to be asked again, in ns since boot."""
        now_ns = self._clock.now_ns()
        due_ns = self._next()
        if now_ns < due_ns:
            return due_ns
        at_ns = now_ns - (now_ns - due_ns) % self._length_ns
        patient = now_ns - at_ns < min(WAIT_NS, self._length_ns // 2)
        if (patient and not self._doors.are_read(at_ns)) or not self._log.has_room:
            return now_ns + LOOK_NS
        self._store(at_ns)
        self._last_ns = at_ns
        return self._next()

    def _next(self) -> int:
        """The boundary after the last one; the doors have none in quiet hours."""
        return self._grid.out_of_quiet(self._grid.next_after(self._last_ns, self._length_ns))

    def _store(self, at_ns: int) -> None:
        """The reading of that boundary."""
        at = (self._clock.boot_id, at_ns)
        values = self._values(at)
        self._tell_gap(at)
        self.latest = self._log.append(Reading(self.name, values, at_ns))
        self.measured += 1
        if OCCUPANCY_DRIFT.name in values:
            self.account.told()
        self._until = at

    def _values(self, at: Moment) -> Sample:
        totals = self._doors.totals(at[1])
        if totals is None:
            return {OCCUPANCY.name: None}
        balance = self.account.take(totals, at, self._log.utc_of)
        occupancy = balance.occupancy(totals)
        if not balance.untold or balance.closed is None:
            return {OCCUPANCY.name: occupancy}
        return {OCCUPANCY.name: occupancy, OCCUPANCY_DRIFT.name: balance.closed.drift}

    def _tell_gap(self, at: Moment) -> None:
        """Say since when nobody has looked, if readings are missing before this one."""
        measured = self._until or self._log.measured_until(self.name)
        since_ns = max(0, at[1] - self._length_ns)
        if measured is None:
            return
        missed = None
        if measured[0] == at[0]:
            missed = (since_ns - measured[1]) // self._length_ns
            if missed < 1:
                return
        until = (at[0], since_ns)
        self._log.append_gap(Gap(Reason.NOT_MEASURED, self.name, None, missed, measured, until))
