"""One sensor at its bus: opened, polled and read when it is due.

Theory: a sensor is absent or present. Absent, it is opened at its retry time; a success makes it
present. Present, it is polled and read at its times; a DriverError makes it absent. Both changes
are logged once and stand in between as a finding. A reading with others missing before it is
preceded by a gap record, whatever kept them away: a dead sensor, a busy bus, a stop of the program
or of the computer. When it is due, gateway/sampling/intervals.py says.
"""

import logging
from typing import Protocol

from drivers.contract import Driver, Sample
from drivers.errors import DriverError
from drivers.quantities import quantity
from gateway.backoff import Backoff
from gateway.clock import Clock
from gateway.model import Gap, Moment, Note, Reading, Reason
from gateway.sampling.counters import Counters
from gateway.sampling.grid import Grid
from gateway.sampling.intervals import Intervals
from gateway.sampling.nearby import Nearby
from gateway.sampling.neighbours import Neighbours
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

NO_ROOM_WAIT_NS = 50_000_000
"""Between two looks whether the log has room again."""

NOTE_EVERY_NS = 10_000_000_000
"""Times that a sensor counts (blind, occupied) are noted so often, its counts at once."""

JITTER_NS = 1_000_000_000
"""A reading that is later than this, beyond its interval, has others missing before it."""


class Sink(Protocol):
    """Where readings go: the log."""

    @property
    def has_room(self) -> bool:
        """Whether a reading can be taken now."""
        ...

    def measured_until(self, sensor: str) -> Moment | None:
        """Up to where an earlier run has measured; None if nobody knows."""
        ...

    def append(self, reading: Reading) -> Reading:
        """Take the reading; returns it with its running totals."""
        ...

    def append_gap(self, gap: Gap) -> None:
        """Take a gap record."""
        ...

    def note(self, note: Note) -> None:
        """Keep counts that no reading carries yet."""
        ...


class Sensor:
    """One sensor at its bus: when it is due, and what state it is in.

    Since the start it has `measured` so many readings; `failed` attempts to open or read it.
    `nearby`: whom it knows of its node; nobody, unless somebody says.
    """

    def __init__(
        self,
        name: str,
        driver: Driver,
        interval: float,
        clock: Clock,
        grid: Grid,
        backoff: Backoff,
    ) -> None:
        self.name = name
        self.driver = driver
        self.measured = self.failed = 0
        self.latest: Reading | None = None
        self.trouble = Trouble(f"sensor {name}", "does not measure", clock, logger)
        self.present = False
        self.nearby = Nearby(Neighbours({}, clock), {})
        self._poll_ns = round((driver.poll_every or 0) * 1e9)
        self._counters = Counters(driver.channels)
        self._intervals = Intervals(interval, bool(self._counters), clock, grid)
        self._clock = clock
        self._backoff = backoff
        self._until: Moment | None = None
        """Up to where this run has measured."""
        self._noted: Sample = {}
        self._since_ns = self._noted_ns = self._room_at_ns = now_ns = clock.now_ns()
        self._open_at_ns = self._poll_at_ns = now_ns

    @property
    def due_ns(self) -> int:
        """When this sensor wants the bus next."""
        if not self.present:
            return self._open_at_ns
        self._intervals.follow_grid()
        read_at_ns = max(self._intervals.due_ns, self._room_at_ns)
        return min(read_at_ns, self._poll_at_ns) if self._poll_ns else read_at_ns

    def run(self, sink: Sink) -> None:
        """Do what is due: open, poll or read."""
        now_ns = self._clock.now_ns()
        try:
            if not self.present:
                self._open()
            elif now_ns >= max(self._intervals.due_ns, self._room_at_ns):
                self._read(now_ns, sink)
            else:
                self._poll(now_ns, sink)
        except DriverError as error:
            self._lose(error)

    def close(self) -> None:
        """Let go of the part."""
        self.driver.close()

    def _open(self) -> None:
        self.driver.open()
        self.present = True

    def _poll(self, now_ns: int, sink: Sink) -> None:
        self._poll_at_ns += self._poll_ns  # not from now on: that would be slower than was asked
        if self._poll_at_ns <= now_ns:
            self._poll_at_ns = now_ns + self._poll_ns
        self.driver.poll()
        if self._counters:
            self._note(self._counters.amounts(self.driver.read()), now_ns, sink)

    def _note(self, amounts: Sample, now_ns: int, sink: Sink) -> None:
        """A process that is killed must not lose what it has counted (promise 4)."""
        events = {name: n for name, n in amounts.items() if n and quantity(name).resolution >= 1}
        if events != self._noted or now_ns - self._noted_ns >= NOTE_EVERY_NS:
            self._noted, self._noted_ns = events, now_ns
            self._tell_gap(now_ns, sink)
            sink.note(Note(self.name, amounts, self._since_ns, self._clock.now_ns()))

    def _read(self, now_ns: int, sink: Sink) -> None:
        if not sink.has_room:  # what is not measured is not lost: counts stay with the driver
            self._room_at_ns = now_ns + NO_ROOM_WAIT_NS
            return
        self.driver.compensate(self.nearby.air())
        sample = self.driver.read()
        up_ns = self._clock.now_ns()
        at_ns = self._intervals.end(now_ns, up_ns)
        span_ns = at_ns - self._since_ns if self._counters else None
        self._tell_gap(at_ns, sink)
        self.measured += 1
        self.latest = sink.append(Reading(self.name, self._counters.values(sample), at_ns, span_ns))
        self.nearby.tell(self.latest)
        self._counters.carried(sample)
        self._noted, self._noted_ns = {}, up_ns
        self._since_ns, self._until = at_ns, (self._clock.boot_id, at_ns)
        self.trouble.went()
        self._backoff.succeeded(up_ns)

    def _tell_gap(self, up_ns: int, sink: Sink) -> None:
        """Say once since when nothing was measured, if readings are missing before this one."""
        measured = self._until or sink.measured_until(self.name)
        if measured is None:
            return
        boot, until_ns = measured
        interval_ns = self._intervals.length_ns
        begins_ns, late_ns = max(0, up_ns - interval_ns), max(interval_ns, JITTER_NS)
        if self._counters:
            begins_ns, late_ns = self._since_ns, 0
        missed = None
        if boot == self._clock.boot_id:
            if begins_ns - until_ns <= late_ns:
                return
            missed = (begins_ns - until_ns) // interval_ns if interval_ns else None
        self._until = self._clock.boot_id, begins_ns
        sink.append_gap(Gap(Reason.NOT_MEASURED, self.name, None, missed, measured, self._until))

    def _lose(self, error: DriverError) -> None:
        self.failed += 1
        self.trouble.came(error, error.hint)
        self.driver.close()
        self.present = False
        now_ns = self._clock.now_ns()
        self._open_at_ns = now_ns + round(self._backoff.failed(now_ns) * 1e9)
