"""A DS18B20 and what Linux' w1_therm makes of it, from the datasheet and the kernel's source.

12 bit. `resets`: the supply fails in each conversion, so that the power-on value is read.
`answers`: False = nobody pulls the line low, all bits are 1. `shorted`: it is low, all bits are 0.
"""

import struct

from drivers.contract import OneWireModel
from drivers.environment.ds18b20.driver import Ds18b20Config
from drivers.simulation.scene import View

_ALARMS_AND_CONFIGURATION = b"\x4b\x46\x7f\xff"


class Ds18b20Model(OneWireModel):
    """Without an id in its configuration it has one of its own."""

    def __init__(self, config: Ds18b20Config | None = None) -> None:
        self.device = (config or Ds18b20Config()).device or "28-00000a1b2c3d"
        self.resets = False
        self.answers = True
        self.shorted = False
        self.flips = 0
        """Bits of the scratchpad's first byte that the wire turns."""

    def step(self, view: View) -> bytes | None:
        scratchpad = self._scratchpad(view.temperature)
        sent = bytes([scratchpad[0] ^ self.flips]) + scratchpad[1:]
        well = "YES" if _crc(sent[:8]) == sent[8] else "NO"
        hexed = " ".join(f"{byte:02x}" for byte in sent)
        raw = struct.unpack("<h", sent[:2])[0] if well == "YES" else 0
        millidegrees = int(raw * 1000 / 16)  # towards zero, as C does
        first = f"{hexed} : crc={_crc(sent[:8]):02x} {well}\n"
        return f"{first}{hexed} t={millidegrees}\n".encode()

    def _scratchpad(self, temperature: float) -> bytes:
        if self.shorted:
            return bytes(9)
        if not self.answers:
            return b"\xff" * 9
        raw = 0x0550 if self.resets else round(min(125.0, max(-55.0, temperature)) * 16)
        mark = 0x0C if self.resets else 0x10 - (raw & 0x0F)
        body = struct.pack("<h", raw) + _ALARMS_AND_CONFIGURATION + bytes([mark, 0x10])
        return body + bytes([_crc(body)])


def _crc(data: bytes) -> int:
    """Bit by bit, as the shift register in the datasheet's figure."""
    register = 0
    for byte in data:
        for bit in range(8):
            feedback = (register ^ byte >> bit) & 1
            register >>= 1
            if feedback:
                register ^= 0b10001100
    return register
