"""An AHT20 on the wire: commands, busy and calibration bits, power-up, CRC.

Written from the AHT20 Product Manual V1.1 (5.3, 5.4, 6). Where the manual is silent: an unknown
command is not acknowledged, as newer parts do with the initialisation of the AHT10
(adafruit/Adafruit_CircuitPython_AHTx0, issue 17); it is busy during its own initialisation, as the
driver of Adafruit takes for granted; a part that has not measured says 0 counts. All of that is
unconfirmed, and so is what it answers during power-up and reset; here nothing is
acknowledged.
"""

from drivers.contract import I2cModel
from drivers.environment.aht20.driver import Aht20Config
from drivers.simulation.scene import View

_POWER_UP_NS = 100_000_000
_RESET_NS = 20_000_000
_INITIALISE_NS = 10_000_000
_MEASURE_NS = 80_000_000


class Aht20Model(I2cModel):
    """What the part answers. The attributes without a leading underscore are its faults and kinds.

    `calibrates_itself`: at power-on, as most parts do. `accepts_initialisation`: False = BE brings
    no calibration. `stays_busy`: no measurement ends. `has_crc`: False for an AHT10. `reserved`:
    further bits of its status, 0x14 in recorded answers.
    """

    def __init__(self, config: Aht20Config | None = None) -> None:
        self.address = (config or Aht20Config()).address
        self.calibrates_itself = True
        self.accepts_initialisation = True
        self.stays_busy = False
        self.has_crc = True
        self.reserved = 0x14
        self._ready_ns: int | None = None
        self.step(View(0.0))
        self.brown_out(-_POWER_UP_NS)

    def step(self, view: View) -> None:
        self.set_counts(
            _counts(view.humidity * 0x100000 / 100),
            _counts((view.temperature + 50) * 0x100000 / 200),
        )

    def set_counts(self, humidity: int, temperature: int) -> None:
        """What the converter will find at the next measurement."""
        self._air = (humidity << 20 | temperature).to_bytes(5, "big")

    def brown_out(self, now_ns: int) -> None:
        """The supply failed and is back: the state of power-on, and deaf until it has started."""
        self._restart(now_ns + _POWER_UP_NS)

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        if now_ns < self._deaf_until_ns:
            return None
        self._finish(now_ns)
        if write and not self._carry_out(write, now_ns):
            return None
        return self._answer()[:read].ljust(read, b"\xff")

    def _carry_out(self, command: bytes, now_ns: int) -> bool:
        if command == b"\xba":
            self._restart(now_ns + _RESET_NS)
        elif command == b"\xbe\x08\x00":
            self._calibrated = self.accepts_initialisation
            self._begin(now_ns + _INITIALISE_NS, self._data)
        elif command == b"\xac\x33\x00":
            self._begin(now_ns + _MEASURE_NS, self._air)
        else:
            return command == b"\x71"
        return True

    def _begin(self, ready_ns: int, data: bytes) -> None:
        self._ready_ns = ready_ns
        self._next_data = data

    def _restart(self, deaf_until_ns: int) -> None:
        self._deaf_until_ns = deaf_until_ns
        self._ready_ns = None
        self._calibrated = self.calibrates_itself
        self._data = bytes(5)

    def _finish(self, now_ns: int) -> None:
        if self._ready_ns is not None and now_ns >= self._ready_ns and not self.stays_busy:
            self._ready_ns = None
            self._data = self._next_data

    def _answer(self) -> bytes:
        status = self.reserved | 0x08 * self._calibrated | 0x80 * (self._ready_ns is not None)
        said = bytes([status]) + self._data
        return said + bytes([_crc(said)]) if self.has_crc else said


def _counts(exact: float) -> int:
    """The converter ends at 20 bits."""
    return min(0xFFFFF, max(0, round(exact)))


def _crc(data: bytes) -> int:
    """The remainder of x^8 + x^5 + x^4 + 1, begun with ones, by long division."""
    remainder = int.from_bytes(data, "big") << 8 ^ 0xFF << 8 * len(data)
    for bit in range(8 * len(data) - 1, -1, -1):
        if remainder >> bit + 8 & 1:
            remainder ^= 0x131 << bit
    return remainder
