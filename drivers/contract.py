"""The contract between a driver and whoever reads it.

A driver is never called from two threads. It does no logging, retrying, time-stamping, caching,
gap filling or derived values, and raises only DriverError.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from drivers.probe import Probe
from drivers.quantities import Quantity
from drivers.simulation.scene import View
from drivers.simulation.world import AIR_STEP_S

Sample = Mapping[str, float | None]
"""Quantity name to value: None = the chip says "bad", absent = not measured."""

BusKind = Literal["i2c", "serial", "gpio", "onewire"]


class Driver(ABC):
    """`__init__(bus, config)` does no I/O; `open` may be called again after any failure."""

    channels: ClassVar[Sequence[Quantity]]
    poll_every: ClassVar[float | None] = None
    """Seconds between calls of `poll`, for parts that speak without being asked."""
    compensated_by: ClassVar[Sequence[Quantity]] = ()
    """What the part wants to be told of the air around it, because its values depend on it."""
    first_value_s: float = 0.0
    """Seconds from `open` to the first values, at most; 0 = each `read` measures."""

    @abstractmethod
    def open(self) -> None:
        """Identify the chip, load its calibration, start it."""

    def poll(self) -> None:
        """Take in what the part has said since the last call; bounded time, never waits."""

    def compensate(self, air: Mapping[str, float]) -> None:
        """Before a read: what was measured nearby just now, of `compensated_by`.

        What is unknown is absent; the part then keeps what it was told last. Raises DriverError.
        """

    @abstractmethod
    def read(self) -> Sample:
        """One conversion, or the counters as they stand; bounded time."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the bus; may be called at any time, also twice."""


class Recalibration(ABC):
    """A driver whose part can be told the truth, and keeps it: a forced recalibration.

    Only a technician does that (`gateway calibrate --forced`); nothing else writes to the
    calibration of a part. `settles_s`: so long it must have measured before, in air that does not
    change; `steady`: by how much its values may differ in the last third of that.
    """

    recalibrated: ClassVar[Quantity]
    references: ClassVar[tuple[float, float]]
    """The lowest and the highest true value that the part takes."""
    settles_s: float
    steady: ClassVar[float]

    @abstractmethod
    def recalibrate(self, reference: float) -> float | None:
        """Tell the part what is true now; returns by how much it has corrected itself.

        None if it does not say. It measures on afterwards. Raises DriverError.
        """


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

    @property
    def slot(self) -> int:
        """Its place on the bus, which does not change: where it is configured to answer."""
        return self.address

    @property
    def others(self) -> Sequence["I2cModel"]:
        """Further chips of the same sensor, each at an address of its own; plugged in with it."""
        return ()

    @property
    def step_s(self) -> float:
        """How often (s) it has to see the world; who watches people needs PEOPLE_STEP_S."""
        return AIR_STEP_S

    @abstractmethod
    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        """The bytes that the chip answers with; None = it does not acknowledge."""

    def step(self, view: View) -> None:
        """What the chip would measure from now on."""

    def hold(self, held: bool, now_ns: int) -> None:
        """Its reset line went low, or was let go."""


class SerialModel(Model, ABC):
    """A part at the far end of a UART, which speaks and hears at `baudrate`; None = at any."""

    baudrate: ClassVar[int | None] = None

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
class PlainWords:
    """For whoever walks by: what a part is, and, in whole sentences, what it cannot see."""

    what: str
    limits: str


@dataclass(frozen=True, slots=True)
class Part:
    """All that the program knows of one part: what the registry finds under its name.

    `config` is a frozen msgspec.Struct with a default for each field that has a sensible one;
    `driver(bus, config)` and `model(config)` are built from it. What it occupies on its bus must be
    seen: an I2C config has `address` (and `xshut`, if a line may hold the part in reset), a GPIO
    config `lines` (a tuple of line numbers), a 1-wire config `device` (an id; None = the only one
    that is there).
    `limits` says in plain English what the part cannot see; "" = its author does not tell.
    `probe` recognises it on its bus; None = it cannot be recognised, or nobody has written how.
    `plain` tells citizens of it (`gateway notice`), by language: "de", "en". Each part that notices
    people has both; of one that measures air or light a general sentence is enough.
    """

    bus: BusKind
    config: type[Any]
    driver: Callable[[Any, Any], Driver]
    model: Callable[[Any], Model]
    limits: str = ""
    probe: Probe | None = None
    plain: Mapping[str, PlainWords] = field(default_factory=dict)
