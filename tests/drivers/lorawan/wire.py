"""A modem's UART in virtual time: what one end writes the other hears, and waiting is free."""

from drivers.lorawan.modem_model import ModemModel
from drivers.simulation.scene import View
from drivers.timebase import Timebase


class VirtualWire:
    """The `Serial` port of a host at one modem; unplugged while `model` is None."""

    def __init__(self, model: ModemModel | None, time: Timebase) -> None:
        self.time = time
        self.model = model
        self._baudrate = 0

    def open(self, baudrate: int) -> None:
        self._baudrate = baudrate
        self._step()

    def read(self) -> bytes:
        heard = self._step()
        return heard if self._fits else bytes(byte ^ 0xA5 for byte in heard)

    def write(self, data: bytes) -> None:
        self._step()
        if self.model is not None and self._fits:
            self.model.receive(data)

    def close(self) -> None:
        self._baudrate = 0

    @property
    def _fits(self) -> bool:
        """Whether both ends have one speed."""
        return self.model is not None and self.model.baudrate in (None, self._baudrate)

    def _step(self) -> bytes:
        return b"" if self.model is None else self.model.step(View(0.0))
