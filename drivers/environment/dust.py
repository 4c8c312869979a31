"""Dust sensors with a fan and a laser that speak every second and can be put to sleep.

A reading is the mean of what the part has said since the last one, once it is warm.

Theory, warm: the part is warm when it has spoken without a break for its warm-up time; whoever
falls silent for longer than SILENT_S may have lost its supply, or slept, and warms up anew. So
warmth follows from what is heard alone, and a wake or sleep command that is lost does no harm: the
command is repeated while the part does not do as told.

Theory, sleep: laser and fan last about 8000 h, a year of running without pause. With
`sleep_between` the part sleeps after a reading and `poll` wakes it a warm-up and COLLECT_S before
the next. When that is nobody tells the driver, so it takes the time between its last two readings;
the part runs until there are two, and always when they are too close to be worth it. A reading that
comes sooner than that finds a part that is asleep or warming up: it wakes it, and its values are
None.
"""

from abc import abstractmethod
from contextlib import suppress
from typing import ClassVar, Generic, TypeVar

import msgspec

from drivers.bus.ports import Serial
from drivers.contract import Driver, Sample
from drivers.environment.framing import Parser
from drivers.environment.means import Means
from drivers.errors import BusError

WARM_UP_S = 30
COLLECT_S = 10
SILENT_S = 10
WORTH_IT_S = 20
"""A shorter sleep is not worth the start of the fan."""

REPEAT_S = 3
WIRING = (
    "check 5 V (the fan needs 100 mA), that TX and RX are crossed (sensor TX to gateway RX), and "
    "that the fan turns"
)

F = TypeVar("F")


class DustConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One on a serial port of its own, 9600 baud.

    `sleep_between`: fan and laser rest between readings that are more than a minute apart.
    """

    sleep_between: bool = True


class DustDriver(Driver, Generic[F]):
    """What these parts have in common; the subclass knows their bytes."""

    poll_every: ClassVar[float | None] = 1.0
    first_value_s = WARM_UP_S + 5.0
    sleep_command: ClassVar[bytes]
    wake_command: ClassVar[bytes]

    def __init__(self, bus: Serial, config: DustConfig) -> None:
        self._bus = bus
        self._sleeps = config.sleep_between
        self._parser = self._new_parser()
        self._means = Means()
        self._opened = False
        self._period_ns = 0
        self._read_ns: int | None = None
        self._wake_at_ns: int | None = None  # None: it shall run
        self._told_ns = self._heard_ns = self._since_ns = 0

    @abstractmethod
    def _new_parser(self) -> Parser[F]:
        """A parser with an empty buffer."""

    @abstractmethod
    def _identify(self) -> None:
        """Wake the part and see that it is one, on an open bus."""

    @abstractmethod
    def _values(self, frame: F) -> Sample | None:
        """The measurement in this frame; None = it is something else."""

    def open(self) -> None:
        self._parser, self._means = self._new_parser(), Means()
        self._bus.open(9600)
        self._identify()
        self._wake_at_ns, self._read_ns, self._period_ns = None, None, 0
        self._told_ns = self._since_ns = self._heard_ns = self._bus.time.now_ns()
        self._opened = True

    def poll(self) -> None:
        data = self._bus.read()
        now_ns = self._bus.time.now_ns()
        samples = [s for s in map(self._values, self._parser.feed(data)) if s is not None]
        for sample in samples:
            self._take(sample, now_ns)
        self._see_to_state(now_ns, bool(samples))

    def read(self) -> Sample:
        self.poll()
        now_ns = self._bus.time.now_ns()
        asleep, self._wake_at_ns = self._wake_at_ns is not None, None
        if asleep:
            self._tell(self.wake_command, now_ns)
        silent_ns = now_ns - max(self._heard_ns, self._told_ns)
        if silent_ns > SILENT_S * 1e9:
            raise BusError(f"no measurement for {silent_ns / 1e9:.0f} s", WIRING)
        means = self._means.take()
        self._learn(now_ns)
        self._rest(now_ns)
        return {quantity.name: means.get(quantity.name) for quantity in self.channels}

    def close(self) -> None:
        if self._opened and self._sleeps:
            with suppress(BusError):  # the port may be gone, and with it what is to sleep
                self._bus.write(self.sleep_command)
        self._opened = False
        self._bus.close()

    def _take(self, sample: Sample, now_ns: int) -> None:
        if now_ns - self._heard_ns > SILENT_S * 1e9:
            self._since_ns = now_ns
        self._heard_ns = now_ns
        if self._wake_at_ns is None and now_ns - self._since_ns >= WARM_UP_S * 1e9:
            self._means.add(sample)

    def _see_to_state(self, now_ns: int, spoke: bool) -> None:
        """Wake it when it is time; repeat a command that it does not follow."""
        late = now_ns - self._told_ns >= REPEAT_S * 1e9
        if self._wake_at_ns is not None:
            if now_ns >= self._wake_at_ns:
                self._wake_at_ns = None
                self._tell(self.wake_command, now_ns)
            elif spoke and late:
                self._tell(self.sleep_command, now_ns)
        elif late and now_ns - self._heard_ns >= REPEAT_S * 1e9:
            self._bus.write(self.wake_command)

    def _learn(self, now_ns: int) -> None:
        self._period_ns = 0 if self._read_ns is None else now_ns - self._read_ns
        self._read_ns = now_ns

    def _rest(self, now_ns: int) -> None:
        pause_ns = self._period_ns - round((WARM_UP_S + COLLECT_S) * 1e9)
        if self._sleeps and pause_ns >= WORTH_IT_S * 1e9:
            self._wake_at_ns = now_ns + pause_ns
            self._tell(self.sleep_command, now_ns)

    def _tell(self, command: bytes, now_ns: int) -> None:
        self._bus.write(command)
        self._told_ns = now_ns
