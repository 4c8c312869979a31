"""How a part is recognised on its bus, and not disturbed by it.

A question writes nothing that outlives a power cut, and leaves the part as it was; what cannot be
left so stands in the docstring of its module. It raises BusError when the wire fails in another way
than that nobody acknowledges; that, and bytes without sense, mean that it is not this part.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

if TYPE_CHECKING:  # who only knows of parts knows nothing of buses
    from drivers.bus.ports import I2c, Serial


class Sureness(StrEnum):
    """`certain`: it has said who it is; `likely`: it only behaves as that part does."""

    CERTAIN = "certain"
    LIKELY = "likely"


@dataclass(frozen=True, slots=True)
class I2cProbe:
    """`ask(bus, address)` gives the evidence in a few words, None where it is not this part."""

    addresses: tuple[int, ...]
    ask: Callable[["I2c", int], str | None]
    sureness: Sureness = Sureness.CERTAIN


@dataclass(frozen=True, slots=True)
class SerialProbe:
    """Of a part that speaks at `baudrate`.

    `hear(bytes)` gives the evidence in what came unasked; `ask(port)` puts the question on a port
    that is open at that speed, and waits on the port's time. None: it never speaks so.
    """

    baudrate: int
    hear: Callable[[bytes], str | None] | None = None
    ask: Callable[["Serial"], str | None] | None = None
    sureness: Sureness = Sureness.CERTAIN


@dataclass(frozen=True, slots=True)
class OneWireProbe:
    """`family`: the first two characters of the ids of such parts."""

    family: str


Probe = I2cProbe | SerialProbe | OneWireProbe


def addresses(config: type[Any]) -> tuple[int, ...]:
    """Those that the configuration of an I2C part allows: its `address` is a Literal."""
    found: tuple[int, ...] = get_args(get_type_hints(config)["address"])
    return found
