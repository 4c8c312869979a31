"""An MH-Z19B at the far end of the wire, from its manual V1.6 and what is known from the field.

For 3 min after it got its supply it says 410 ppm, and never less than 400. Zero calibration (87)
takes the air that it is in for 400 ppm, whatever it is, and is answered by nothing.
"""

from drivers.contract import SerialModel
from drivers.environment.mhz19.driver import Mhz19Config
from drivers.simulation.scene import View

_WARM_UP_S = 180
_KEPT = 36


class Mhz19Model(SerialModel):
    """`constant`: what it says while it warms up. `tells_abc`: whether it answers 7D.

    `drift` (ppm) is what it reads too much, `correction` what it takes off since it was
    `calibrated`.
    """

    baudrate = 9600

    def __init__(self, config: Mhz19Config | None = None) -> None:
        self.constant = 410
        self.range = 5000
        self.abc = True
        self.abc_writes = 0
        self.tells_abc = True
        self.calibrated = False
        self.drift = self.correction = 0
        self._powered_s: float | None = None
        self._view = View(0.0)
        self._heard = b""

    def cut_power(self) -> None:
        """It warms up anew."""
        self._powered_s = None

    def step(self, view: View) -> bytes:
        self._powered_s = view.now_s if self._powered_s is None else self._powered_s
        self._view = view
        return b""

    def receive(self, data: bytes) -> bytes:
        self._heard = (self._heard + data)[-_KEPT:]
        answers = b""
        while (start := self._heard.find(b"\xff\x01")) >= 0 and len(self._heard) >= start + 9:
            command, self._heard = self._heard[start : start + 9], self._heard[start + 9 :]
            if command[8] == 255 - sum(command[1:8]) % 256 + 1:
                answers += self._obey(command[2], command[3:8])
        return answers

    def _obey(self, number: int, data: bytes) -> bytes:
        if number == 0x86:
            return _answer(0x86, self._ppm().to_bytes(2, "big") + bytes([round(self._warmth())]))
        if number == 0x79:
            self.abc, self.abc_writes = data[0] == 0xA0, self.abc_writes + 1
            return _answer(0x79, b"\x01")
        if number == 0x7D and self.tells_abc:
            return _answer(0x7D, bytes([0, 0, 0, 0, 0, self.abc]))
        self.calibrated |= number in (0x87, 0x88)
        if number == 0x87:
            self.correction = 400 - round(self._view.co2) - self.drift
        return b""

    def _ppm(self) -> int:
        if self._powered_s is None or self._view.now_s - self._powered_s < _WARM_UP_S:
            return self.constant
        return min(self.range, max(400, round(self._view.co2) + self.drift + self.correction))

    def _warmth(self) -> float:
        return min(255, max(0, self._view.temperature + 5 + 40))


def _answer(number: int, data: bytes) -> bytes:
    body = bytes([number]) + data.ljust(6, b"\x00")
    return b"\xff" + body + bytes([(255 - sum(body) % 256 + 1) % 256])
