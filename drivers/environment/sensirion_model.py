"""What simulated Sensirion parts have in common, from the datasheets (SCD4x 3.3 to 3.12).

A part acknowledges nothing while it carries out a command, no unknown command, no argument with a
wrong CRC, and no read when it has nothing to say. An answer is given once.
"""

from abc import abstractmethod

from drivers.contract import I2cModel


def crc(data: bytes) -> int:
    """CRC-8 of Sensirion by long division, bit by bit (SCD4x datasheet 3.12)."""
    remainder = 0xFF
    for byte in data:
        for bit in range(7, -1, -1):
            high = remainder >> 7 ^ byte >> bit & 1
            remainder = remainder << 1 & 0xFF
            if high:
                remainder ^= 0x31
    return remainder


def on_wire(*values: int) -> bytes:
    """Words of 16 bits, each with its CRC."""
    pairs = [bytes((value >> 8, value & 0xFF)) for value in values]
    return b"".join(pair + bytes((crc(pair),)) for pair in pairs)


def steps(value: float, lowest: float, span: float) -> int:
    """The nearest of 65535 steps to a value between `lowest` and `lowest + span`."""
    return min(65535, max(0, round((value - lowest) * 65535 / span)))


class SensirionModel(I2cModel):
    """Commands and answers of one part; a subclass carries the commands out.

    `flip` is what noise does to the next answers: a mask for their first byte.
    """

    command_length = 2

    def __init__(self) -> None:
        self.now_ns = 0
        self.flip = 0
        self._busy_until_ns = 0
        self._answer: bytes | None = None

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        self.now_ns = now_ns
        if now_ns < self._busy_until_ns:
            return None
        if write and not self._obey(write):
            return None
        return self._say(read) if read else b""

    @abstractmethod
    def execute(self, command: str, arguments: tuple[int, ...]) -> tuple[bytes, float] | None:
        """The answer and the seconds that the command (hex) takes; None = not acknowledged."""

    def _obey(self, write: bytes) -> bool:
        code, data = write[: self.command_length], write[self.command_length :]
        arguments = tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 3))
        if on_wire(*arguments) != data or len(code) < self.command_length:
            return False
        done = self.execute(code.hex(), arguments)
        if done is None:
            return False
        self._answer, seconds = done[0] or None, done[1]
        self._busy_until_ns = self.now_ns + round(seconds * 1e9)
        return True

    def _say(self, length: int) -> bytes | None:
        """What is read beyond the answer is a bus that nobody pulls low."""
        if self._answer is None or self.now_ns < self._busy_until_ns:
            return None
        said, self._answer = self._answer, None
        said = bytes([said[0] ^ self.flip]) + said[1:]
        return said[:length].ljust(length, b"\xff")
