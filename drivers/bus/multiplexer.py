"""The channels of TCA9548A multiplexers, each an I2C bus of its own (datasheet SCPS207, 8.5.4).

Theory: a multiplexer is one register, a bit for each of its eight channels; what is set there is
connected to the segment that it sits on. So parts with one address are told apart by connecting
one of them at a time: before a transfer the other multiplexers of the segment are disconnected,
and this one is set to the channel, if that is not known to be so. Talking to the segment itself
leaves a channel connected: the configuration sees to it that no address is on both.

What is known of a register ends with any error. It can also change by itself, to 0, when the supply
of the multiplexer dips or somebody pulls its reset; then the part behind it does not acknowledge,
and nobody else can, for its address is not on the segment. So after a NACK the channel is selected
again, and the transfer is made once more, unless it was selected a moment before. Reading the
register back before each transfer would cost more, and leave the same gap behind it.

A multiplexer that does not acknowledge is away, or held in reset, and connects nothing.
"""

from drivers.bus.ports import I2c
from drivers.errors import BusError, BusErrorKind
from drivers.timebase import Timebase


class Multiplexers:
    """All multiplexers of one segment: the bus itself, or a channel of another multiplexer."""

    def __init__(self, segment: I2c) -> None:
        self.segment = segment
        self._registers: dict[int, int | None] = {}

    def add(self, address: int) -> None:
        """There is one at that address, of which nothing is known."""
        self._registers.setdefault(address, None)

    def connect(self, address: int, channel: int) -> bool:
        """That channel and no other; whether it had to be selected for that. Raises BusError."""
        for other in self._registers:
            if other != address:
                self._disconnect(other)
        return self._set(address, 1 << channel)

    def forget(self, address: int) -> None:
        """Nobody knows what that one connects."""
        self._registers[address] = None

    def _disconnect(self, address: int) -> None:
        try:
            self._set(address, 0)
        except BusError as error:
            if error.kind is not BusErrorKind.NO_ANSWER:
                raise

    def _set(self, address: int, register: int) -> bool:
        if self._registers[address] == register:
            return False
        self._registers[address] = None
        try:
            self.segment.transfer(address, bytes([register]))
        except BusError as error:
            raise BusError(f"multiplexer: {error}", error.hint, error.kind) from error
        self._registers[address] = register
        return True


class MuxChannel(I2c):
    """One channel (0 to 7) of the multiplexer at `address`, one of those of `siblings`.

    All channels of one wire belong to one thread.
    """

    def __init__(self, siblings: Multiplexers, address: int, channel: int) -> None:
        self._siblings = siblings
        self._address = address
        self._channel = channel
        self.time: Timebase = siblings.segment.time
        self.resets = siblings.segment.resets
        siblings.add(address)

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        selected = self._siblings.connect(self._address, self._channel)
        try:
            return self._siblings.segment.transfer(address, write, read)
        except BusError as error:
            self.close()
            if selected or error.kind is not BusErrorKind.NO_ANSWER:
                raise
        return self.transfer(address, write, read)  # it is selected anew: never a third time

    def close(self) -> None:
        """The wire stays open, for it is others' too; what is connected is not known any more."""
        self._siblings.forget(self._address)
