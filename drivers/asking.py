"""Questions of probes: what comes twice alike is an answer, what comes once may be noise."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from drivers.bus.ports import I2c, Serial
from drivers.errors import BusError, BusErrorKind

F = TypeVar("F")

_TRIES = 3
_LOOK_EVERY_S = 0.02


class Parser(Protocol[F]):
    """What takes bytes as they arrive and gives the frames that they complete."""

    def feed(self, data: bytes) -> list[F]: ...


def acknowledged(bus: I2c, address: int, write: bytes, read: int = 0) -> bytes | None:
    """What comes back; None = nobody acknowledges. Raises BusError for all else on the wire."""
    try:
        return bus.transfer(address, write, read)
    except BusError as error:
        if error.kind is not BusErrorKind.NO_ANSWER:
            raise
        return None


def steady(bus: I2c, address: int, write: bytes, read: int) -> bytes | None:
    """The answer that comes twice in three tries; None = there is none. Raises BusError."""
    seen: set[bytes] = set()
    for _ in range(_TRIES):
        answer = acknowledged(bus, address, write, read)
        if answer is None:
            return None
        if answer in seen:
            return answer
        seen.add(answer)
    return None


def frame(
    port: Serial,
    parser: Parser[F],
    command: bytes,
    wanted: Callable[[F], bool],
    seconds: float,
) -> F | None:
    """Send, and wait for the frame that is wanted; None = it has not come. Raises BusError."""
    parser.feed(port.read())
    port.write(command)
    end_ns = port.time.now_ns() + round(seconds * 1e9)
    while True:
        for candidate in parser.feed(port.read()):
            if wanted(candidate):
                return candidate
        if port.time.now_ns() >= end_ns:
            return None
        port.time.sleep(_LOOK_EVERY_S)
