"""When to send which bytes to an MCP9808: awake for one conversion, shut down between reads.

It has no "ready" bit, and keeps its last result: a read waits longer than a conversion takes. After
a brown-out it would answer with 0 Cel and with settings that are right; so `open` sets the critical
limit, which is 0 then, and each read looks at it.
"""

from typing import ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.environment.mcp9808 import codec
from drivers.errors import BadData, WrongDevice
from drivers.quantities import TEMPERATURE, Quantity

_SLOWEST = 1.3
"""The datasheet gives no longest conversion; this is a cautious guess."""


class Mcp9808Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address` is 0x18 with A0, A1 and A2 to ground; to supply they add 1, 2 and 4."""

    address: Literal[0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F] = 0x18


class Mcp9808(Driver):
    """Temperature."""

    channels: ClassVar[tuple[Quantity, ...]] = (TEMPERATURE,)

    def __init__(self, bus: I2c, config: Mcp9808Config) -> None:
        self._bus = bus
        self._address = config.address

    def open(self) -> None:
        maker, device = self._word(codec.MANUFACTURER_ID), self._word(codec.DEVICE_ID)
        if maker != codec.MICROCHIP or device >> 8 != codec.MCP9808_ID:
            raise WrongDevice(
                f"mcp9808 expected at 0x{self._address:02x}, "
                f"found another chip (id 0x{maker:04x} 0x{device:04x})",
                "acceleration sensors have addresses like it: look at the chip",
            )
        self._set(codec.CONFIG, codec.SHUT_DOWN)
        self._bus.transfer(self._address, bytes([codec.RESOLUTION, codec.FINEST]))
        self._set(codec.CRITICAL_LIMIT, codec.HIGHEST_LIMIT)

    def read(self) -> Sample:
        self._set(codec.CONFIG, codec.AWAKE)
        self._bus.time.sleep(codec.CONVERSION_S * _SLOWEST)
        measured = self._word(codec.TEMPERATURE)
        if self._word(codec.CRITICAL_LIMIT) != codec.HIGHEST_LIMIT:
            raise BadData("the part has lost its settings", "check the supply of the sensor")
        self._set(codec.CONFIG, codec.SHUT_DOWN)
        return {TEMPERATURE.name: codec.temperature(measured)}

    def close(self) -> None:
        """The part is shut down since the last read."""

    def _word(self, register: int) -> int:
        return codec.word(self._bus.transfer(self._address, bytes([register]), 2))

    def _set(self, register: int, value: int) -> None:
        self._bus.transfer(self._address, codec.write(register, value))
