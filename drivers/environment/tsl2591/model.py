"""A TSL2591 on the wire: command byte, registers, integration, saturation, sleep.

Written from the datasheet (DS000338). A byte without the command bit is not obeyed. An integration
begins when AEN is set, with the gain and time set then, takes the longest time that the datasheet
allows and is repeated; results before its end are those of the one before. `infrared` is channel 1
as a share of channel 0: 0.3 is a lamp, 0.6 a glowing bulb.
"""

from drivers.contract import I2cModel
from drivers.environment.tsl2591.driver import Tsl2591Config
from drivers.simulation.scene import View

_GAINS = (1, 25, 428, 9876)
_STEP_NS = 108_000_000
_ENABLE, _CONTROL, _ID, _STATUS, _DATA = 0x00, 0x01, 0x12, 0x13, 0x14


class Tsl2591Model(I2cModel):
    """What the part answers, register by register."""

    def __init__(self, config: Tsl2591Config | None = None) -> None:
        self.address = (config or Tsl2591Config()).address
        self.infrared = 0.3
        self.lux = 0.0
        self.step(View(0.0))
        self.brown_out()

    def brown_out(self) -> None:
        """The supply went away for a moment: the state of power-on."""
        self._registers = bytearray(0x20)
        self._registers[_ID] = 0x50
        self._control = 0
        self._valid_ns: int | None = None

    def step(self, view: View) -> None:
        self.lux = view.illuminance

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        if not write or write[0] & 0xE0 != 0xA0:
            return bytes(read)
        self._integrate(now_ns)
        first = write[0] & 0x1F
        for register, value in enumerate(write[1:], first):
            self._write(register, value, now_ns)
        return bytes(self._registers[first : first + read]).ljust(read, b"\x00")

    def _write(self, register: int, value: int, now_ns: int) -> None:
        if register == _CONTROL:
            self._registers[_CONTROL] = value & 0x37
        elif register == _ENABLE:
            began = value & 0b11 == 0b11 and self._registers[_ENABLE] & 0b11 != 0b11
            self._registers[_ENABLE] = value
            if began:
                self._registers[_STATUS] = 0
                self._begin(now_ns)
            elif value & 0b11 != 0b11:
                self._valid_ns = None

    def _begin(self, now_ns: int) -> None:
        self._control = self._registers[_CONTROL]
        self._valid_ns = now_ns + self._steps * _STEP_NS

    @property
    def _steps(self) -> int:
        """Of the integration under way."""
        return min(5, self._control & 0b111) + 1

    def _integrate(self, now_ns: int) -> None:
        if self._valid_ns is None or now_ns < self._valid_ns:
            return
        self._registers[_STATUS] = 0x01
        for channel, count in enumerate(self.counts()):
            at = _DATA + 2 * channel
            self._registers[at : at + 2] = count.to_bytes(2, "little")
        self._begin(now_ns)

    def counts(self) -> tuple[int, int]:
        """Of both channels in this light: the lux equation of ams, solved for channel 0."""
        gain = _GAINS[self._control >> 4 & 0b11]
        counts_per_lux = gain * self._steps * 100 / 408
        lux_per_count = max(1 - 1.64 * self.infrared, 0.59 - 0.86 * self.infrared)
        all_light = self.lux * counts_per_lux / lux_per_count
        top = 36863 if self._steps == 1 else 65535
        return min(top, round(all_light)), min(top, round(all_light * self.infrared))
