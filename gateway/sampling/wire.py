"""One wire with all its sensors: a bus, and the channels of multiplexers behind it.

It knows nothing of chips: it hears from its sensors how they fare (gateway/sampling/bus_care.py),
tells what is wrong, and asks for recovery where somebody can give it. A channel by itself can only
be silent: a line that is held there holds the whole wire.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping

from drivers.errors import BusErrorKind, DriverError
from gateway.backoff import Backoff
from gateway.clock import Clock
from gateway.model import BusState, Finding
from gateway.sampling.bus_care import (
    BAD_DATA,
    BUS_RETRY_S,
    Blame,
    BusCare,
    RollCall,
    cause_of,
)
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

_STUCK_CURE = (
    "switch the power of its parts off and on; unplug one after the other to find the one that "
    "holds it; docs/sensors.md, When a bus fails"
)
_RUBBISH_CURE = (
    "are these the parts that are configured? If i2cdetect shows one at each address, SDA is held: "
    + _STUCK_CURE
)
_SILENT_CURE = "check the supply and the cable that its parts have in common: plug, 3.3 V, ground"
_PROBLEMS = {
    BusState.STUCK: "is stuck",
    BusState.GONE: "is not there",
    BusState.SILENT: "is silent",
}


class Line:
    """One bus of the configuration: its counters, and what is wrong with it."""

    def __init__(self, name: str, sensors: Collection[str], clock: Clock) -> None:
        self.name = name
        self.state = BusState.WELL
        self.rubbish = False
        """It is stuck by what its parts say, and they may be other parts."""
        self.failures: Counter[str] = Counter()
        """By kind since the start."""
        self.roll = RollCall(sensors)
        self._troubles = {
            state: Trouble(f"bus {name}", problem, clock, logger)
            for state, problem in _PROBLEMS.items()
        }

    @property
    def finding(self) -> Finding | None:
        """What is wrong with all of it, if anything."""
        trouble = self._troubles.get(self.state)
        return None if trouble is None else trouble.finding

    def tell(self, state: BusState, error: DriverError) -> None:
        """It is in that state, of which `error` is the evidence."""
        changed, self.state = state is not self.state, state
        if changed:
            self._end(state)
        self.rubbish = state is BusState.STUCK and cause_of(error) == BAD_DATA
        if state is BusState.STUCK:
            cure = _RUBBISH_CURE if self.rubbish else _STUCK_CURE
            self._troubles[state].came(DriverError(f"all fail: {error}"), cure)
        elif state is BusState.SILENT:
            self._troubles[state].came(DriverError(f"nobody answers: {error}"), _SILENT_CURE)
        elif state is BusState.GONE:
            self._troubles[state].came(error, error.hint)

    def well(self) -> None:
        """Somebody answers."""
        if self.state is not BusState.WELL:
            self.state, self.rubbish = BusState.WELL, False
            self._end(BusState.WELL)

    def _end(self, state: BusState) -> None:
        for other, trouble in self._troubles.items():
            if other is not state:
                trouble.went()


class Wire:
    """`buses`: the sensors of each, the root first; told of by one thread.

    While they all wait, `release` lets go of the root's device, which its controller cannot be
    taken from otherwise; `recover` asks for its recovery, None if nobody can.
    """

    def __init__(
        self,
        buses: Mapping[str, Collection[str]],
        clock: Clock,
        release: Callable[[], None] = lambda: None,
        recover: Callable[[], None] | None = None,
    ) -> None:
        self.lines = {name: Line(name, sensors, clock) for name, sensors in buses.items()}
        self._root = next(iter(self.lines.values()))
        self._of = {own: self.lines[name] for name, sensors in buses.items() for own in sensors}
        self._answered: set[str] = set()
        self._well: set[str] = set()
        """Who has answered once, and twice, since anybody failed."""
        self._care = BusCare(list(self._of), Backoff(*BUS_RETRY_S))
        self.not_before_ns = self._care.not_before_ns
        """See Care."""
        self._release = release
        self._recover = recover
        self._clock = clock

    @property
    def sensors(self) -> Collection[str]:
        """Of all its buses."""
        return self._of.keys()

    def findings(self) -> list[Finding]:
        """What is wrong with a whole bus; that of the root is all that can be said."""
        lines = [self._root] if self._root.finding else self.lines.values()
        return [line.finding for line in lines if line.finding is not None]

    def excuses(self, sensor: str) -> bool:
        """Whether what is wrong with that sensor is said of its bus already.

        Where all parts say rubbish both are told: the wrong parts may be configured.
        """
        if self._root.rubbish:
            return False
        return bool(self._root.finding or self._of[sensor].finding)

    def succeeded(self, sensor: str) -> None:
        """It was opened, polled or read.

        The third time since anybody failed tells nothing that the first two have not told.
        """
        if sensor in self._well:
            return
        if sensor in self._answered:
            self._well.add(sensor)
        self._answered.add(sensor)
        self._care.succeeded(sensor, self._clock.now_ns())
        line = self._of[sensor]
        line.roll.answered(sensor)
        line.well()
        self._root.well()

    def slipped(self, sensor: str, error: DriverError) -> None:
        """A transfer of it failed: that is counted, and no more."""
        self._of[sensor].failures[cause_of(error)] += 1

    def failed(self, sensor: str, error: DriverError) -> Blame:
        """It was not; whose failure that is."""
        self._answered.clear()
        self._well.clear()
        now_ns, line, cause = self._clock.now_ns(), self._of[sensor], cause_of(error)
        line.failures[cause] += 1
        blame = self._care.failed(sensor, error, now_ns)
        self._root.tell(self._care.state, error)
        if cause == BusErrorKind.NO_ANSWER:
            line.roll.missed(sensor)
        if line is not self._root and line.roll.silent:
            line.tell(BusState.SILENT, error)
            blame = Blame.OPEN if blame is Blame.SENSOR else blame
        if blame is Blame.BUS:
            self._release()
            if self._recover is not None and self._care.take_recovery(now_ns):
                self._recover()
        return blame
