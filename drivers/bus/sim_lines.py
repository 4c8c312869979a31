"""The two lines of a simulated I2C bus, and a chip that holds one of them."""

from typing import NamedTuple


class Levels(NamedTuple):
    """Of the two lines; True = high."""

    scl: bool = True
    sda: bool = True


class InterruptedRead:
    """A chip whose host was reset in the midst of a read: it still has `bits` zeros to send.

    It puts out the next bit after each falling edge of SCL, and listens again after a STOP: SDA
    rises while SCL is high (UM10204, 3.1.4).
    """

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._seen = Levels()
        self.over = False

    @property
    def pulls_sda(self) -> bool:
        return self._bits > 0

    def see(self, host: Levels) -> None:
        """The host lets its ends of the lines be so."""
        before, self._seen = self._seen, host
        if before.scl and not host.scl:
            self._bits = max(0, self._bits - 1)
        stop = before == Levels(scl=True, sda=False) and host == Levels()
        self.over = self.over or (stop and not self._bits)
