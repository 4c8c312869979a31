"""What a scan of one bus has found."""

from dataclasses import dataclass, field

from drivers.errors import BusError
from drivers.probe import Sureness


@dataclass(frozen=True, slots=True)
class Found:
    """Something that answers. `names`: the parts that it may be, none = nobody knows it.

    Several where they cannot be told apart; names of the registry, or of parts without a driver
    (`drivers.scanning.known`). It stands at an I2C `address`, is a 1-wire `device`, or speaks at
    `baudrate`.
    """

    names: tuple[str, ...]
    evidence: str
    sureness: Sureness | None = None
    address: int | None = None
    baudrate: int | None = None
    device: str | None = None


@dataclass(slots=True)
class Scan:
    """`problem`: why the bus could not be looked at to its end; what was found before counts."""

    found: list[Found] = field(default_factory=list)
    problem: BusError | None = None
