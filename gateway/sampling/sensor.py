"""One sensor at its bus: opened, polled and read when it is due.

Theory: a sensor is absent or present. Absent, it is opened at its retry time; a success makes it
present. Present, it is polled and read at its times; a DriverError makes it absent. Both changes
are logged once and stand in between as a finding, unless it is the bus that fails: then that is
said once, of the bus (gateway/sampling/bus_care.py). When it is due, and which values make a
reading, gateway/sampling/schedule.py says; how a counter begins, gateway/sampling/counting.py; how
values become readings, and what is said of those that are missing, gateway/sampling/readings.py.
"""

import logging

from drivers.contract import Driver
from drivers.errors import DriverError
from gateway.backoff import Backoff
from gateway.clock import Clock
from gateway.model import Reading
from gateway.sampling.bus_care import Blame
from gateway.sampling.care import Care, NoCare
from gateway.sampling.conditioning import Conditioning
from gateway.sampling.counters import Counters
from gateway.sampling.counting import Counting
from gateway.sampling.grid import Grid
from gateway.sampling.patience import Patience
from gateway.sampling.readings import Readings
from gateway.sampling.schedule import Schedule
from gateway.sampling.sink import Sink
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

NO_ROOM_WAIT_NS = 50_000_000
"""Between two looks whether the log has room again."""


class Sensor:
    """One sensor at its bus: when it is due, and what state it is in.

    `failed` attempts to open or read it since the start. `care` looks after its bus; it is set
    before it runs.
    """

    def __init__(
        self,
        name: str,
        driver: Driver,
        interval: float,
        clock: Clock,
        grid: Grid,
        backoff: Backoff,
        conditioning: Conditioning | None = None,
    ) -> None:
        self.name = name
        self.driver = driver
        self.care: Care = NoCare()
        self.failed = 0
        self.trouble = Trouble(f"sensor {name}", "does not measure", clock, logger)
        self.present = False
        self._poll_ns = round((driver.poll_every or 0) * 1e9)
        self._counters = Counters(driver.channels)
        self.conditioning = conditioning or Conditioning.plain(name, driver.channels, clock)
        average, counts = self.conditioning.average, bool(self._counters)
        self._schedule = Schedule(interval, average, counts, clock, grid)
        self._clock = clock
        self._backoff = backoff
        self._readings = Readings(name, self._schedule, self.conditioning, clock)
        self._patience = Patience()
        self._counting = Counting(name, self._counters, self._schedule, clock)
        self._begun = not counts
        self._room_at_ns = self._open_at_ns = self._poll_at_ns = clock.now_ns()

    @property
    def measured(self) -> int:
        """How many readings since the start."""
        return self._readings.measured

    @property
    def latest(self) -> Reading | None:
        """The newest of them."""
        return self._readings.latest

    @property
    def due_ns(self) -> int:
        """When this sensor wants the bus next, and may have it."""
        value_ns = self._schedule.follow_grid()
        if not self.present:
            wanted_ns = min(self._open_at_ns, self._broken_off_ns)
        else:
            wanted_ns = max(value_ns, self._room_at_ns)
            if self._poll_ns:
                wanted_ns = min(wanted_ns, self._poll_at_ns)
        return max(wanted_ns, self.care.not_before_ns(self.name))

    def run(self, sink: Sink) -> None:
        """Do what is due: open, poll or read."""
        now_ns = self._clock.now_ns()
        if not self._begun:
            self._begin(now_ns, sink)
        try:
            if now_ns >= self._broken_off_ns:
                self._break_off(now_ns, sink)
            elif not self.present:
                self._open()
            elif now_ns >= max(self._schedule.due_ns, self._room_at_ns):
                self._read_in_time(now_ns, sink)
            else:
                self._poll(now_ns, sink)
        except DriverError as error:
            self._fail(error)

    def finish(self, sink: Sink) -> None:
        """The program ends: a mean that was begun becomes a reading, if there is room for it.

        Counts are noted for the next run, with those that came since the last poll.
        """
        if self._counters and self.present and self._begun:
            self._look_once_more(sink)
        if self._readings.mean_begun and sink.has_room:
            self._readings.store_mean(sink)

    def _look_once_more(self, sink: Sink) -> None:
        try:
            self._poll(self._clock.now_ns(), sink)
        except DriverError as error:
            self._fail(error)

    def close(self) -> None:
        """Let go of the part."""
        self.driver.close()

    def _begin(self, now_ns: int, sink: Sink) -> None:
        """With the window that an earlier run has begun; one that is over is a reading by now."""
        self._begun, note = True, sink.begun(self.name)
        if note is not None and note.ends_ns <= now_ns:
            self._readings.carry(note, now_ns, sink)
            note = None
        self._readings.begin(self._counting.begin(note, now_ns, sink), now_ns, sink)

    def _open(self) -> None:
        self.driver.open()
        self._answered()
        self.present = True

    @property
    def _broken_off_ns(self) -> int:
        """When what was taken is stored without waiting for more, and may be."""
        return max(self._readings.broken_off_ns, self._room_at_ns)

    def _break_off(self, now_ns: int, sink: Sink) -> None:
        """What was taken is a reading of the time up to its last value."""
        if sink.has_room:
            self._readings.store_mean(sink)
            self._schedule.break_off(now_ns)
        else:
            self._room_at_ns = now_ns + NO_ROOM_WAIT_NS

    def _poll(self, now_ns: int, sink: Sink) -> None:
        self._poll_at_ns += self._poll_ns  # not from now on: that would be slower than was asked
        if self._poll_at_ns <= now_ns:
            self._poll_at_ns = now_ns + self._poll_ns
        self.driver.poll()
        if self._counters:
            self._counting.note(self.driver.read(), self._readings.since_ns, now_ns, sink)
            self._backoff.succeeded(now_ns)
        self._answered()

    def _read_in_time(self, now_ns: int, sink: Sink) -> None:
        """Or not: counts that came after the boundary do not belong before it."""
        if self._schedule.is_late(now_ns):
            self._schedule.go_on(now_ns)
        else:
            self._read(now_ns, sink)

    def _read(self, now_ns: int, sink: Sink) -> None:
        if not sink.has_room:  # what is not measured is not lost: counts stay with the driver
            self._room_at_ns = now_ns + NO_ROOM_WAIT_NS
            return
        self.driver.compensate(self.conditioning.air())
        sample = self.driver.read()
        self._answered()
        up_ns = self._clock.now_ns()
        self._readings.take(self._counters.values(sample), up_ns)
        at_ns = self._schedule.end(now_ns, up_ns)
        if at_ns is not None:
            self._readings.store(at_ns, sink)
            self._counting.carried(sample)
        self.trouble.went()
        self._backoff.succeeded(up_ns)

    def _answered(self) -> None:
        self.care.succeeded(self.name)
        if self._counters:
            self._patience.answered(self._clock.now_ns())

    def _fail(self, error: DriverError) -> None:
        """A counter whose part has answered a moment ago goes on; all others are lost."""
        now_ns = self._clock.now_ns()
        if self._counters and self.present and self._patience.bears(error, now_ns):
            self.failed += 1
            self.care.slipped(self.name, error)
            self._room_at_ns = now_ns + NO_ROOM_WAIT_NS
        else:
            self._lose(error)

    def _lose(self, error: DriverError) -> None:
        self.failed += 1
        self.driver.close()  # first: it may still speak, and the bus may be let go of
        self.present = False
        blame = self.care.failed(self.name, error)
        if blame is Blame.SENSOR:
            self.trouble.came(error, error.hint)
        now_ns = self._clock.now_ns()
        self._open_at_ns = now_ns
        if blame is not Blame.BUS:  # else all of the bus wait together
            self._open_at_ns += round(self._backoff.failed(now_ns) * 1e9)
