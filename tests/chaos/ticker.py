"""Another package's driver for a chip that counts its own readings and writes each of them down.

The register of the chip is the length of its truth file, so it outlives every process, and what
stands in the file was given out: the line is written, in one write, just before the answer.
"""

import os
import struct
import time
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, I2cModel, Part, Sample
from drivers.quantities import COUNT_IN, PRESSURE, Quantity

LINE = "%010d %020d %05d\n"
LINE_BYTES = 38
_ANSWER = struct.Struct(">QH")


class Line(NamedTuple):
    """What was given out: its number, when (ns since boot), and how many were counted since."""

    number: int
    up_ns: int
    amount: int


class TickerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`truth` is the file; behind line `last` the chip does not answer any more."""

    address: int
    truth: str
    last: int = 10**9


class Ticker(Driver):
    """Shows the number of the reading as a pressure."""

    channels: ClassVar[Sequence[Quantity]] = (PRESSURE,)

    def __init__(self, bus: I2c, config: TickerConfig) -> None:
        self._bus = bus
        self._address = config.address

    def open(self) -> None:
        """There is nothing to identify."""

    def read(self) -> Sample:
        return {"pressure": self._ask()[0]}

    def close(self) -> None:
        """Nothing to let go of."""

    def _ask(self) -> tuple[int, int]:
        number, amount = _ANSWER.unpack(self._bus.transfer(self._address, b"\0", _ANSWER.size))
        return number, amount


class CountingTicker(Ticker):
    """Counts what each poll tells, and shows the number of the newest poll as a pressure."""

    channels: ClassVar[Sequence[Quantity]] = (COUNT_IN, PRESSURE)
    poll_every: ClassVar = 0.01

    def __init__(self, bus: I2c, config: TickerConfig) -> None:
        super().__init__(bus, config)
        self._count = 0
        self._number: int | None = None

    def poll(self) -> None:
        self._number, amount = self._ask()
        self._count += amount

    def read(self) -> Sample:
        return {"count_in": self._count, "pressure": self._number}


class TickerModel(I2cModel):
    """The chip."""

    def __init__(self, config: TickerConfig) -> None:
        self.address = config.address
        self._last = config.last
        self._truth = os.open(config.truth, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        number = os.fstat(self._truth).st_size // LINE_BYTES + 1
        if number > self._last:
            return None
        amount = amount_of(number)
        line = LINE % (number, time.clock_gettime_ns(time.CLOCK_BOOTTIME), amount)
        os.write(self._truth, line.encode())
        return _ANSWER.pack(number, amount)


def amount_of(number: int) -> int:
    """What is counted before that reading: some, and not always the same."""
    return number * 31 % 9 + 1


TICKER = Part("i2c", TickerConfig, Ticker, TickerModel)
COUNTING = Part("i2c", TickerConfig, CountingTicker, TickerModel)
