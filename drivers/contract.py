"""The contract between a driver and whoever reads it.

A driver is never called from two threads. It does no logging, retrying, time-stamping, caching,
gap filling or derived values, and raises only DriverError.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from drivers.quantities import Quantity
from drivers.simulation.scene import View

Sample = Mapping[str, float | None]
"""Quantity name to value: None = the chip says "bad", absent = not measured."""

BusKind = Literal["i2c", "serial", "gpio", "onewire"]


class Driver(ABC):
    """`__init__(bus, config)` does no I/O; `open` may be called again after any failure."""

    channels: ClassVar[Sequence[Quantity]]
    poll_every: ClassVar[float | None] = None
    """Seconds between calls of `poll`, for parts that speak without being asked."""

    @abstractmethod
    def open(self) -> None:
        """Identify the chip, load its calibration, start it."""

    def poll(self) -> None:
        """Take in what the part has said since the last call; bounded time, never waits."""

    @abstractmethod
    def read(self) -> Sample:
        """One conversion, or the counters as they stand; bounded time."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the bus; may be called at any time, also twice."""


class Model:
    """A simulated part on the wire, written from the datasheet, never from the codec.

    `step` shows it what is around it; the subclass for its bus says what it does then.
    """


class I2cModel(Model, ABC):
    """A chip on the simulated I2C bus. `now_ns` is the time of that bus."""

    address: int
    """Where it answers at the moment."""
    reset_line: int | None = None
    """The line that holds it in reset while it is low."""
    step_s: float = 1.0
    """How often (s) it has to see the world."""

    @property
    def slot(self) -> int:
        """Its place on the bus, which does not change: where it is configured to answer."""
        return self.address

    @abstractmethod
    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        """The bytes that the chip answers with; None = it does not acknowledge."""

    def step(self, view: View) -> None:
        """What the chip would measure from now on."""

    def hold(self, held: bool, now_ns: int) -> None:
        """Its reset line went low, or was let go."""


class SerialModel(Model, ABC):
    """A part at the far end of a UART."""

    @abstractmethod
    def step(self, view: View) -> bytes:
        """What the part has sent since the last step, as it stands on the wire."""

    def receive(self, data: bytes) -> bytes:
        """The host sent `data`; returns the answer on the wire."""
        return b""


class GpioModel(Model, ABC):
    """A part that drives GPIO lines."""

    @abstractmethod
    def step(self, view: View) -> Mapping[int, bool]:
        """Line number to "is high", for every line that the part drives."""


class OneWireModel(Model, ABC):
    """A 1-wire device and what the kernel makes of it; `device` is its id, as 28-0123456789ab."""

    device: str

    @abstractmethod
    def step(self, view: View) -> bytes | None:
        """What `w1_slave` says of a conversion now; None = the device is not on the bus."""


@dataclass(frozen=True, slots=True)
class Part:
    """All that the program knows of one part: what the registry finds under its name.

    `config` is a frozen msgspec.Struct with a default for each field that has a sensible one;
    `driver(bus, config)` and `model(config)` are built from it. What it occupies on its bus must be
    seen: an I2C config has `address` (and `xshut`, if a line may hold the part in reset), a GPIO
    config `lines` (a tuple of line numbers), a 1-wire config `device` (an id; None = the only one
    that is there).
    `limits` says in plain English what the part cannot see; "" = its author does not tell.
    """

    bus: BusKind
    config: type[Any]
    driver: Callable[[Any, Any], Driver]
    model: Callable[[Any], Model]
    limits: str = ""
