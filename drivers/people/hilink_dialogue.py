"""What is said to a radar of Hi-Link at `open`: some commands, until it reports.

All of them answer the same commands, so only a report identifies the part; and while its
configuration is open it does not report. Where its reports do not come, its configuration is closed
and the port heard a moment longer: another radar then says who it is. Bluetooth is left as it is:
switching it off writes flash and takes a restart of the part.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Generic, TypeVar

from drivers.bus.ports import Serial
from drivers.errors import BadData, BusError, DriverError, WrongDevice
from drivers.people import hilink
from drivers.people.hilink import Ack, Parser

R = TypeVar("R")

WIRING = (
    "check 5 V, that TX and RX are crossed (radar TX to gateway RX), and that the radar is set to "
    "256000 baud"
)
_DIALOGUE_NS = 1_000_000_000
_OTHERS_NS = 150_000_000
_LOOK_EVERY_S = 0.01
_KEPT = 400
"""Bytes in which another radar is looked for."""


class Dialogue(Generic[R]):
    """With the part of that name in the registry; what came so far tells why it failed."""

    def __init__(self, bus: Serial, parser: Parser[R], name: str) -> None:
        self._bus = bus
        self._parser = parser
        self._name = name
        self._end_ns = bus.time.now_ns() + _DIALOGUE_NS
        self._bytes = 0
        self._reports = 0
        self._last = b""

    def hold(self, commands: Iterable[int]) -> dict[int, bytes]:
        """Say them, see a report; the data of their ACKs. Takes 1.2 s at most.

        A part that was left in configuration would stay silent.
        """
        try:
            self._ask(hilink.ENABLE_CONFIGURATION, hilink.ENABLE_DATA)
            answers = {word: self._ask(word) for word in commands}
            self._ask(hilink.END_CONFIGURATION)
            self._await(lambda frame: not isinstance(frame, Ack))
        except DriverError as error:
            other = self._other()
            if other is None:
                raise
            raise WrongDevice(
                f"no report of an {self._name.upper()}, but those of an {other.upper()}",
                f"set `driver: {other}` for this sensor, or change the part",
            ) from error
        return answers

    def _ask(self, word: int, data: bytes = b"") -> bytes:
        self._bus.write(hilink.command(word, data))
        ack = self._await(lambda frame: isinstance(frame, Ack) and frame.word == word)
        if not isinstance(ack, Ack):
            return b""
        if ack.status:
            raise BadData(
                f"the radar refuses command {word:04x} (status {ack.status})", "power-cycle it"
            )
        return ack.data

    def _await(self, wanted: Callable[[R | Ack], bool]) -> R | Ack:
        while True:
            for frame in filter(wanted, self._heard()):
                return frame
            if self._bus.time.now_ns() >= self._end_ns:
                raise self._trouble()
            self._bus.time.sleep(_LOOK_EVERY_S)

    def _heard(self) -> list[R | Ack]:
        data = self._bus.read()
        frames = self._parser.feed(data)
        self._bytes += len(data)
        self._last = (self._last + data)[-_KEPT:]
        self._reports += sum(not isinstance(frame, Ack) for frame in frames)
        return frames

    def _other(self) -> str | None:
        """Lets the part report again, and hears whether it is another radar."""
        with suppress(BusError):
            self._bus.write(hilink.command(hilink.END_CONFIGURATION))
            end_ns = self._bus.time.now_ns() + _OTHERS_NS
            while self._bus.time.now_ns() < end_ns:
                self._bus.time.sleep(_LOOK_EVERY_S)
                self._heard()
        others = (name for name in hilink.HEADERS if name != self._name)
        here = None if self._reports else self._last
        return next((one for one in others if here and hilink.HEADERS[one] in here), None)

    def _trouble(self) -> DriverError:
        if not self._bytes:
            return BusError("nothing arrives from the radar", WIRING)
        if not self._reports:
            return WrongDevice(
                f"{self._bytes} bytes arrived, but no report of an {self._name.upper()}",
                f"another part, or another baud rate: {WIRING}",
            )
        return BusError(
            "the radar reports but does not answer",
            "check the wire from the gateway's TX to the radar's RX",
        )
