"""The GPIO port on gpiozero, with an explicit pin factory (never the global one).

gpiozero's callbacks only note the edge; counting is done by whoever polls.
"""

import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from gpiozero import GPIOZeroError

from drivers.bus.ports import Edge, Gpio, GpioInput, Pull
from drivers.bus.resets import OpenDrain
from drivers.errors import BusError, kind_of
from drivers.timebase import SystemTimebase, Timebase

EDGES_KEPT = 4096
"""Edges kept between two polls: a line that chatters faster is broken, not busy."""

_PULL = {"up": "up", "down": "down", "none": "floating"}


def chip_factory(chip: int) -> Any:
    """gpiozero's pin factory for `/dev/gpiochipN`. Raises BusError without lgpio."""
    try:
        from gpiozero.pins.lgpio import LGPIOFactory
    except ImportError as error:
        raise BusError(
            f"the GPIO library is missing: {error}",
            "apt-get install python3-lgpio, and make the environment anew with "
            "python3 -m venv --system-site-packages",
        ) from error
    return LGPIOFactory(chip=chip)


def mock_factory() -> Any:
    """gpiozero's simulated pins, driven by `factory.pin(n).drive_high()`."""
    from gpiozero.pins.mock import MockFactory

    return MockFactory()


class LinuxGpio(Gpio):
    """The lines of one chip; `make_factory` is called at the first claim."""

    def __init__(self, make_factory: Callable[[], Any], time: Timebase | None = None) -> None:
        self.time = time or SystemTimebase()
        self._make_factory = make_factory
        self._factory: Any = None

    def claim(self, lines: Sequence[int], pull: Pull) -> GpioInput:
        with _bus_errors(lines):
            if self._factory is None:
                self._factory = self._make_factory()
            return _Claimed(self._factory, lines, pull, self.time)

    def close(self) -> None:
        factory, self._factory = self._factory, None
        if factory is not None:
            with suppress(*_failures()):  # the chip is gone: nothing is left to let go of
                factory.close()


class LinuxOpenDrain(OpenDrain):
    """Lines of one chip that are pulled low, or are inputs that somebody else pulls up.

    `make_factory` is called at the first of them.
    """

    def __init__(self, make_factory: Callable[[], Any]) -> None:
        self._make_factory = make_factory
        self._factory: Any = None

    def low(self, line: int) -> None:
        with _bus_errors([line]):
            self._pin(line).output_with_state(0)

    def let_go(self, line: int) -> None:
        with _bus_errors([line]):
            pin = self._pin(line)
            pin.function = "input"
            pin.pull = "floating"

    def close(self) -> None:
        factory, self._factory = self._factory, None
        if factory is not None:
            with suppress(*_failures()):  # the chip is gone: nothing is left to let go of
                factory.close()

    def _pin(self, line: int) -> Any:
        if self._factory is None:
            self._factory = self._make_factory()
        return self._factory.pin(line)


@contextmanager
def _bus_errors(lines: Sequence[int]) -> Iterator[None]:
    try:
        yield
    except _failures() as error:
        raise BusError(
            f"cannot use GPIO lines {list(lines)}: {error}",
            "see who holds them: gpioinfo; the user must be in group gpio",
            kind_of(getattr(error, "errno", None)),
        ) from error


def _failures() -> tuple[type[Exception], ...]:
    """What gpiozero raises; lgpio's own error is a bare Exception and its import starts a thread.

    So lgpio is asked only if a factory has imported it.
    """
    lgpio = sys.modules.get("lgpio")
    return (GPIOZeroError, OSError, RuntimeError, *([lgpio.error] if lgpio else []))


class _Claimed(GpioInput):
    """Input pins that feed one bounded queue of edges."""

    def __init__(self, factory: Any, lines: Sequence[int], pull: Pull, time: Timebase) -> None:
        self._edges: deque[Edge] = deque(maxlen=EDGES_KEPT)
        self._lost = False
        self._time = time
        self._pins = {line: factory.pin(line) for line in lines}
        # gpiozero keeps callbacks by weak reference: the watchers must live as long as the pins.
        self._watchers = {line: _Watcher(line, self._note) for line in lines}
        for line, pin in self._pins.items():
            self._set_up(pin, pull, self._watchers[line])

    def levels(self) -> dict[int, bool]:
        with _bus_errors(list(self._pins)):
            return {line: bool(pin.state) for line, pin in self._pins.items()}

    def edges(self) -> list[Edge]:
        taken = [self._edges.popleft() for _ in range(len(self._edges))]
        if self._lost:
            self._lost = False
            raise BusError(
                f"GPIO lines {list(self._pins)} chatter: edges were lost",
                "check the sensor's supply, its ground wire and the pull resistor",
            )
        return taken

    def close(self) -> None:
        pins, self._pins = self._pins, {}
        for pin in pins.values():
            with suppress(*_failures()):  # the chip is gone: nothing is left to let go of
                pin.when_changed = None
                pin.close()

    def _set_up(self, pin: Any, pull: Pull, watcher: "_Watcher") -> None:
        pin.function = "input"
        pin.pull = _PULL[pull]
        pin.edges = "both"
        pin.when_changed = watcher.changed

    def _note(self, line: int, high: bool) -> None:
        self._lost = self._lost or len(self._edges) == EDGES_KEPT
        self._edges.append(Edge(self._time.now_ns(), line, high))


class _Watcher:
    """The bound method that gpiozero may hold weakly."""

    def __init__(self, line: int, note: Callable[[int, bool], None]) -> None:
        self._line = line
        self._note = note

    def changed(self, _ticks: float, state: int) -> None:
        self._note(self._line, bool(state))


class OpenDrainLine:
    """One line that is pulled low or let go of; the pull-up is that of the pin, or of the bus."""

    def __init__(self, factory: Any, line: int) -> None:
        self._line = line
        with _bus_errors([line]):
            self._pin = factory.pin(line)
        self.release()

    def low(self) -> None:
        """Pull it low. Raises BusError."""
        with _bus_errors([self._line]):
            self._pin.output_with_state(0)

    def release(self) -> None:
        """Let go of it. Raises BusError."""
        with _bus_errors([self._line]):
            self._pin.input_with_pull("up")

    def high(self) -> bool:
        """What it is, whoever holds it. Raises BusError."""
        with _bus_errors([self._line]):
            return bool(self._pin.state)


@contextmanager
def open_drain(
    make_factory: Callable[[], Any], lines: Sequence[int]
) -> Iterator[list[OpenDrainLine]]:
    """Each an `OpenDrainLine`; at the end nobody holds them. Raises BusError."""
    with _bus_errors(lines):
        factory = make_factory()
    try:
        yield [OpenDrainLine(factory, line) for line in lines]
    finally:
        with suppress(*_failures()):  # whoever gets the pins next takes them as they are
            factory.close()
