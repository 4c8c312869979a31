"""When to send which bytes to a TSL2591: look once, then measure in the range that fits.

Light spans nine decades and a range four, so a read is a look and a measurement:

    look          gain 25, 100 ms: up to some 3 klx, and one count in darkness is 0.16 lx
    saturated  -> gain 1, 100 ms; saturated again: no value, the light is beyond the part
    otherwise  -> counts grow in proportion with gain and time; the most sensitive range whose
                  larger channel stays below half of its full scale. Half, as gains are 8 % off and
                  light flickers. Saturated all the same (a lamp went on): the look counts

So a read is at most two integrations and 0.8 s. AEN is cleared before each, hence AVALID tells of
this integration and of no other; after a brown-out it never comes. The part sleeps between reads.
"""

from typing import ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.environment.tsl2591 import codec
from drivers.errors import BadData, WrongDevice
from drivers.quantities import ILLUMINANCE, Quantity

_LOOK = codec.Range(gain=1, steps=1)
_BRIGHT = codec.Range(gain=0, steps=1)
_RANGES = (
    codec.Range(3, 6),
    codec.Range(3, 3),
    codec.Range(3, 1),
    codec.Range(2, 1),
    _LOOK,
    _BRIGHT,
)
"""From the most sensitive to the least."""
_STATUS_POLLS = 5
_POLL_S = 0.01


class Tsl2591Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The part has one address only, which it shares with the VL53L1X."""

    address: Literal[0x29] = 0x29


class Tsl2591(Driver):
    """Illuminance."""

    channels: ClassVar[tuple[Quantity, ...]] = (ILLUMINANCE,)

    def __init__(self, bus: I2c, config: Tsl2591Config) -> None:
        self._bus = bus
        self._address = config.address

    def open(self) -> None:
        found = self._register(codec.DEVICE_ID)
        if found != codec.TSL2591_ID:
            raise WrongDevice(
                f"tsl2591 expected at 0x{self._address:02x}, found another chip (id 0x{found:02x})",
                "a VL53L1X has this address too: look at the chip",
            )
        self._write(codec.ENABLE, codec.OFF)

    def read(self) -> Sample:
        look = self._measure(_LOOK)
        if look.saturated(_LOOK):
            bright = self._measure(_BRIGHT)
            return {ILLUMINANCE.name: _illuminance(bright, _BRIGHT)}
        within = _fitting(look)
        if within != _LOOK:
            counts = self._measure(within)
            if not counts.saturated(within):
                return {ILLUMINANCE.name: _illuminance(counts, within)}
        return {ILLUMINANCE.name: _illuminance(look, _LOOK)}

    def close(self) -> None:
        """The part sleeps since the last read."""

    def _measure(self, within: codec.Range) -> codec.Counts:
        self._write(codec.ENABLE, codec.OFF)
        self._write(codec.CONTROL, within.control)
        self._write(codec.ENABLE, codec.ON)
        self._bus.time.sleep(within.conversion_s)
        self._wait_until_valid()
        data = self._bus.transfer(self._address, bytes([codec.DATA]), codec.DATA_LENGTH)
        self._write(codec.ENABLE, codec.OFF)
        return codec.counts(data)

    def _wait_until_valid(self) -> None:
        for _ in range(_STATUS_POLLS):
            if self._register(codec.STATUS) & codec.STATUS_VALID:
                return
            self._bus.time.sleep(_POLL_S)
        raise BadData("the integration does not end", "check the supply of the sensor")

    def _register(self, register: int) -> int:
        return self._bus.transfer(self._address, bytes([register]), 1)[0]

    def _write(self, register: int, value: int) -> None:
        self._bus.transfer(self._address, bytes([register, value]))


def _illuminance(counts: codec.Counts, within: codec.Range) -> float | None:
    return None if counts.saturated(within) else codec.illuminance(counts, within)


def _fitting(look: codec.Counts) -> codec.Range:
    """The most sensitive range in which twice this light would find room."""
    larger = max(look.all_light, look.infrared)
    for within in _RANGES[:-2]:
        if larger * within.sensitivity * 2 <= within.full_scale * _LOOK.sensitivity:
            return within
    return _LOOK
