"""Two TF-Lunas on the I2C wire, written from Benewake's manual: registers, ticks, settings.

What a register holds that was not saved (20) is lost with the supply.
"""

import struct
from collections.abc import Sequence

from drivers.contract import I2cModel
from drivers.people.tf_luna.optics import Echo, Optics
from drivers.people.tf_luna_pair.driver import TfLunaPairConfig
from drivers.simulation.scene import View
from drivers.simulation.world import PEOPLE_STEP_S

FAR_MM = 900
"""Where the configuration does not tell: the other side of a door."""
_CHIP_CENTIDEGREES = 4150
_POWER_ON = {
    0x0A: b"\x01\x00\x03",
    0x22: b"\x10",
    0x26: b"\x64\x00",
    0x3C: b"LUNA",
}
_READ_ONLY = (*range(0x20), *range(0x3C, 0x40))


class TfLunaChip(I2cModel):
    """One of them. `saves` counts writes of its flash, `optics` has the faults of light.

    `frozen`: its processor stands still.
    """

    step_s = PEOPLE_STEP_S

    def __init__(self, address: int, optics: Optics) -> None:
        self.address = address
        self.optics = optics
        self.saves = 0
        self.frozen = False
        self._view = View(0.0)
        self.brown_out()

    def brown_out(self) -> None:
        """Back to what was delivered; the address was saved."""
        self._registers = bytearray(0x100)
        for register, data in _POWER_ON.items():
            self._registers[register : register + len(data)] = data
        self._registers[0x22] = self.address
        self._pointer = 0
        self._frame = -1

    def step(self, view: View) -> None:
        self._view = view

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        self._measure(now_ns)
        if write:
            self._pointer = write[0]
            for value in write[1:]:
                self._write(self._pointer, value)
                self._pointer = (self._pointer + 1) & 0xFF
        answer = self._registers[self._pointer : self._pointer + read]
        self._pointer = (self._pointer + read) & 0xFF
        return bytes(answer).ljust(read, b"\x00")

    def _write(self, register: int, value: int) -> None:
        if register not in _READ_ONLY:
            self._registers[register] = value
            self.saves += register == 0x20 and value == 1

    def _measure(self, now_ns: int) -> None:
        """Continuously at its rate, whoever reads; triggered or frozen it keeps the last."""
        rate = int.from_bytes(self._registers[0x26:0x28], "little")
        if self.frozen or self._registers[0x23] or not rate:
            return
        frame = now_ns * rate // 1_000_000_000
        if frame != self._frame:
            self._frame = frame
            self._show(self.optics.echo(self._view), frame * 1000 // rate)

    def _show(self, echo: Echo, ticks: int) -> None:
        words = (*echo, _CHIP_CENTIDEGREES, ticks & 0xFFFF, 0)
        self._registers[0x00:0x0A] = struct.pack("<5H", *words)


class TfLunaPairModel(TfLunaChip):
    """The outer one; `inner` is the other. Same seed, same echoes."""

    def __init__(self, config: TfLunaPairConfig | None = None, seed: int = 0) -> None:
        config = config or TfLunaPairConfig()
        far_mm, half_m = config.far_mm or FAR_MM, config.spacing_mm / 2000
        outer, inner = config.addresses
        super().__init__(outer, Optics(far_mm, -half_m, seed=2 * seed))
        self.inner = TfLunaChip(inner, Optics(far_mm, half_m, seed=2 * seed + 1))

    @property
    def others(self) -> Sequence[I2cModel]:
        return (self.inner,)
