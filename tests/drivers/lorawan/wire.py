"""A modem's UART in virtual time: what one end writes the other hears, and waiting is free."""

from drivers.errors import BusError, BusErrorKind
from drivers.lorawan.modem_model import ModemModel
from drivers.simulation.scene import View
from drivers.timebase import Timebase


class VirtualWire:
    """The `Serial` port of a host at one modem, or at nobody while `model` is None.

    `gone`: the port itself is not there, as one at USB whose plug was pulled.
    """

    def __init__(self, model: ModemModel | None, time: Timebase) -> None:
        self.time = time
        self.model = model
        self.gone = False
        self._baudrate = 0

    def open(self, baudrate: int) -> None:
        self._check()
        self._baudrate = baudrate
        self._step()

    def read(self) -> bytes:
        self._check()
        heard = self._step()
        return heard if self._fits else bytes(byte ^ 0xA5 for byte in heard)

    def write(self, data: bytes) -> None:
        self._check()
        self._step()
        if self.model is not None and self._fits:
            self.model.receive(data)

    def close(self) -> None:
        self._baudrate = 0

    @property
    def _fits(self) -> bool:
        """Whether both ends have one speed."""
        return self.model is not None and self.model.baudrate in (None, self._baudrate)

    def _check(self) -> None:
        if self.gone:
            raise BusError("the port is gone", "plug it in", BusErrorKind.GONE)

    def _step(self) -> bytes:
        return b"" if self.model is None else self.model.step(View(0.0))
