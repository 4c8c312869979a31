"""The window of counts that is open: how it begins, and what is noted of it until it is a reading.

Theory: a driver's counters begin at nothing with each run, a window does not. It goes on where an
earlier run of this boot has left it: what that had counted was noted, the time between is blind. A
window of which the end has passed meanwhile becomes a reading by itself; without one, the window
that lasts now begins on its boundary, or where the last reading ended. So whatever the program
does, windows begin and end on boundaries.

A note tells how many were counted, and not when: it is written with each count, as a killed process
must not lose any (promise 4), but its times are those of the last multiple of NOTE_EVERY_NS.
"""

from drivers.contract import Sample
from drivers.quantities import quantity
from gateway.clock import Clock
from gateway.model import Note
from gateway.sampling.counters import Counters
from gateway.sampling.schedule import Schedule
from gateway.sampling.sink import Sink

NOTE_EVERY_NS = 10_000_000_000

LEAST_NS = 1_000_000
"""A window of which nothing else is known lasted so long: messages tell milliseconds."""


class Counting:
    """Of one sensor, from its construction on; `counters` are its driver's."""

    def __init__(self, name: str, counters: Counters, schedule: Schedule, clock: Clock) -> None:
        self._name = name
        self._counters = counters
        self._schedule = schedule
        self._clock = clock
        self._made_ns = clock.now_ns()
        self._noted: Sample = {}
        self._noted_times: Sample = {}
        self._noted_ns = -1

    def begin(self, note: Note | None, now_ns: int, sink: Sink) -> int:
        """Since when the first window lasts: the one that was noted, if it was."""
        if note is None:
            since_ns = seen_ns = self._first_window(now_ns, sink)
        else:
            since_ns, seen_ns = note.since_ns, note.seen_ns
            self._counters.resume(note.counts)
        self._counters.missed(max(0, self._made_ns - seen_ns) / 1e9)
        self._schedule.resume(since_ns)
        return since_ns

    def note(self, sample: Sample, since_ns: int, now_ns: int, sink: Sink) -> None:
        """What no reading carries yet of a window that lasts since then, if it tells more."""
        amounts = self._counters.amounts(sample)
        events = {name: n for name, n in amounts.items() if quantity(name).resolution >= 1}
        round_ns = now_ns - now_ns % NOTE_EVERY_NS
        if round_ns == self._noted_ns and events == self._noted:
            return
        if round_ns != self._noted_ns:
            self._noted_times = {name: n for name, n in amounts.items() if name not in events}
        self._noted, self._noted_ns = events, round_ns
        counts, seen_ns = {**events, **self._noted_times}, max(since_ns + LEAST_NS, round_ns)
        sink.note(Note(self._name, counts, since_ns, seen_ns, self._schedule.ends_ns))

    def carried(self, sample: Sample) -> None:
        """A reading of that sample was stored, and another window is open."""
        self._counters.carried(sample)
        self._noted_ns = -1

    def _first_window(self, now_ns: int, sink: Sink) -> int:
        """What another run has measured of it is told already."""
        boot, until_ns = sink.measured_until(self._name) or ("", 0)
        since_ns = self._schedule.window(now_ns)
        return max(since_ns, until_ns) if boot == self._clock.boot_id else since_ns
