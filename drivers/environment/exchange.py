"""Asking a part on a serial port and waiting for its answer, in bounded time."""

from collections.abc import Callable
from typing import Generic, TypeVar

from drivers.bus.ports import Serial
from drivers.environment.framing import Parser
from drivers.errors import BadData, BusError, DriverError, WrongDevice

F = TypeVar("F")

_LOOK_EVERY_S = 0.02


class Exchange(Generic[F]):
    """With the part called `part`; what has come so far tells why an answer is missing."""

    def __init__(self, bus: Serial, parser: Parser[F], part: str, wiring: str) -> None:
        self._bus = bus
        self._parser = parser
        self._part = part
        self._wiring = wiring
        self._bytes = 0
        self._frames = 0

    def ask(self, command: bytes, wanted: Callable[[F], bool], seconds: float) -> F:
        """Send, and wait for the frame that is wanted. Raises BusError or WrongDevice."""
        self._bus.write(command)
        end_ns = self._bus.time.now_ns() + round(seconds * 1e9)
        while True:
            for frame in self._heard():
                if wanted(frame):
                    return frame
            if self._bus.time.now_ns() >= end_ns:
                raise self._trouble()
            self._bus.time.sleep(_LOOK_EVERY_S)

    def _heard(self) -> list[F]:
        data = self._bus.read()
        frames = self._parser.feed(data)
        self._bytes += len(data)
        self._frames += len(frames)
        return frames

    def _trouble(self) -> DriverError:
        if not self._bytes:
            return BusError(f"nothing arrives from the {self._part}", self._wiring)
        if not self._frames:
            return WrongDevice(
                f"{self._bytes} bytes arrived, but not one frame of the {self._part}",
                f"another part, or another baud rate: {self._wiring}",
            )
        return BusError(
            f"the {self._part} speaks but does not answer",
            "check the wire from the gateway's TX to the sensor's RX",
        )


def ask_known(
    bus: Serial, parser: Parser[F], part: str, command: bytes, wanted: Callable[[F], bool]
) -> F:
    """One second for a part that was identified: what is no answer is noise, not another part."""
    try:
        return Exchange(bus, parser, part, "check its supply and its wires").ask(
            command, wanted, 1.0
        )
    except WrongDevice as error:
        raise BadData(str(error), "check the wires, keep them short") from error
