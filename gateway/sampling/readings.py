"""What a sensor has said becomes readings, each behind a gap record if others are missing.

Theory: values are taken; one that ends an interval (gateway/sampling/schedule.py) makes a reading
of all that were taken since the last one. A reading with others missing before it is preceded by a
gap record, whatever kept them away: a dead sensor, a busy bus, a stop of the program or of the
computer. A mean that was begun is kept while its sensor is away: it goes on when that is back
before its interval is broken off, else what was taken goes out by itself, as it does when the
program ends. A killed program forgets it, and the gap record reaches back to the last reading.
"""

from drivers.contract import Sample
from gateway.clock import Clock
from gateway.model import Moment, Note, Reading
from gateway.sampling.conditioning import Conditioning
from gateway.sampling.missing import missing
from gateway.sampling.schedule import Schedule
from gateway.sampling.sink import Sink

JITTER_NS = 1_000_000_000
"""A reading that is later than this, beyond its interval, has others missing before it."""

_NEVER_NS = 2**63


class Readings:
    """Of one sensor: so many were `measured` by this run, `latest` is the newest of them.

    `since_ns`: when the present interval has begun.
    """

    def __init__(
        self, sensor: str, schedule: Schedule, conditioning: Conditioning, clock: Clock
    ) -> None:
        self.measured = 0
        self.latest: Reading | None = None
        self.since_ns = clock.now_ns()
        self._sensor = sensor
        self._schedule = schedule
        self._conditioning = conditioning
        self._clock = clock
        self._taken_ns = 0
        """When the last value was taken."""
        self._until: Moment | None = None
        """Up to where this run has measured."""

    @property
    def mean_begun(self) -> bool:
        """Whether values were taken that no reading carries yet."""
        return self._schedule.averages and self._conditioning.taken > 0

    @property
    def broken_off_ns(self) -> int:
        """When what was taken becomes a reading without waiting for more; far away if nothing."""
        return self._schedule.broken_off_ns if self.mean_begun else _NEVER_NS

    def begin(self, since_ns: int, now_ns: int, sink: Sink) -> None:
        """The first window of counts has begun then."""
        self.since_ns = since_ns
        self._tell_gap(now_ns, sink)

    def carry(self, note: Note, now_ns: int, sink: Sink) -> None:
        """A window that an earlier run has noted is over; it is a reading."""
        self.begin(note.since_ns, now_ns, sink)
        reading = note.reading(max(note.seen_ns, note.ends_ns))
        self._until = (self._clock.boot_id, sink.append(reading).up_ns)

    def take(self, sample: Sample, up_ns: int) -> None:
        """What the part has said at that moment."""
        if self._schedule.averages and not self._conditioning.taken:
            self.since_ns = self._schedule.begin(self.since_ns, up_ns)
        self._conditioning.take(sample, up_ns)
        self._taken_ns = up_ns

    def store(self, at_ns: int, sink: Sink) -> None:
        """A reading of what was taken, of that moment or of the time up to it.

        A mean that is broken off at the very start of the run is of a moment too.
        """
        span_ns = (at_ns - self.since_ns) or None if self._schedule.spans else None
        self._tell_gap(at_ns, sink)
        values, calibrations = self._conditioning.conclude()
        self.measured += 1
        self.latest = sink.append(Reading(self._sensor, values, at_ns, span_ns, calibrations))
        self._conditioning.tell(self.latest)
        self.since_ns, self._until = at_ns, (self._clock.boot_id, at_ns)

    def store_mean(self, sink: Sink) -> None:
        """A reading of the time up to the last value."""
        self.store(self._taken_ns, sink)

    def _tell_gap(self, up_ns: int, sink: Sink) -> None:
        """Say once since when nothing was measured, if readings are missing before this one."""
        measured = self._until or sink.measured_until(self._sensor)
        if measured is None:
            return
        interval_ns = self._schedule.length_ns
        begins_ns, late_ns = max(0, up_ns - interval_ns), max(interval_ns, JITTER_NS)
        if self._schedule.spans:
            begins_ns, late_ns = self.since_ns, 0
        begins = self._clock.boot_id, begins_ns
        gap = missing(self._sensor, measured, begins, interval_ns, late_ns)
        if gap is not None:
            self._until = begins
            sink.append_gap(gap)
