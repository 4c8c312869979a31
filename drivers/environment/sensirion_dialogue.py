"""Commands to a Sensirion part on I2C: written, waited for, answered in a message of its own.

While it carries out a command the part acknowledges nothing, and what it answers may be read when
the time of that command is over. Write and read are therefore two messages with the wait between
them, never one with a repeated start: parts that stretch the clock instead of refusing, as the
SCD30 does, upset the I2C controller of the Raspberry Pi.
"""

from drivers.bus.ports import I2c
from drivers.environment import sensirion
from drivers.errors import BadData, BusError, BusErrorKind, WrongDevice

_REPEATED = 0x2B2B
"""The word whose CRC is 2B."""


class Dialogue:
    """One part at `address`."""

    def __init__(self, bus: I2c, address: int) -> None:
        self.time = bus.time
        self.address = address
        self._bus = bus

    def tell(self, command: bytes, wait_s: float) -> None:
        """Send a command and give it its time. Raises BusError."""
        self._bus.transfer(self.address, command)
        self.time.sleep(wait_s)

    def hear(self, count: int) -> tuple[int, ...]:
        """The answer to the last command, `count` words. Raises BusError and BadData."""
        return sensirion.words(self._answer(count), count)

    def ask(self, command: bytes, count: int, wait_s: float) -> tuple[int, ...]:
        """Send a command and hear its answer. Raises BusError and BadData."""
        self.tell(command, wait_s)
        return self.hear(count)

    def steady(
        self, command: bytes, count: int, wait_s: float, times: int = 2
    ) -> tuple[int, ...] | None:
        """As `ask`, but None where not even `times` of twice as many answers come whole.

        One CRC in 256 is right by chance, and always that of a byte that is repeated for ever, if
        it is 2B. Raises BusError if the wire fails otherwise than that nobody acknowledges.
        """
        whole = 0
        for _ in range(2 * times):
            try:
                words = self.ask(command, count, wait_s)
            except BadData:
                continue
            except BusError as error:
                if error.kind is not BusErrorKind.NO_ANSWER:
                    raise
                continue
            whole += set(words) != {_REPEATED}
            if whole == times:
                return words
        return None

    def identity(self, command: bytes, count: int, wait_s: float, part: str) -> tuple[int, ...]:
        """As `ask`; the same wrong bytes twice are no noise but another part: WrongDevice."""
        answers = []
        for _ in range(2):
            self.tell(command, wait_s)
            answers.append(self._answer(count))
            try:
                return sensirion.words(answers[-1], count)
            except BadData as error:
                failure = error
        if answers[0] != answers[1]:
            raise failure
        raise WrongDevice(
            f"{part} expected at 0x{self.address:02x}, "
            f"something else answers {answers[0].hex(' ')}",
            "look at which part stands at this address, and at `driver` of this sensor",
        )

    def _answer(self, count: int) -> bytes:
        return self._bus.transfer(self.address, b"", count * sensirion.WORD_LENGTH)
