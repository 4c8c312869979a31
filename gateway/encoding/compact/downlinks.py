"""What a platform asks of a node by downlink: bounded, and checked at both ends.

Commands follow each other in one payload of at most 51 bytes; each is a code and big-endian whole
numbers. The time is told on a port of its own by TS003 (gateway/clock/lorawan.py), not here.

    01 epoch(4) number(5)     Ack           02 begins(4) ends(4)  Replay
    03 seconds(3)             SetInterval
"""

from collections.abc import Sequence
from typing import NamedTuple

PORT = 11
"""Where commands come in, unless it is configured otherwise."""
MOST_BYTES = 51
MOST_REPLAYED_S = 35 * 86_400
LEAST_INTERVAL_S, MOST_INTERVAL_S = 60, 86_400
_LARGEST_NUMBER = 2**40 - 1
_LATEST_S = 2**32 - 1


class Ack(NamedTuple):
    """The platform has all counts of that epoch up to that number, for good."""

    epoch: int
    number: int


class Replay(NamedTuple):
    """Send again what is of these times: UTC in seconds since 1970, half-open, 35 days at most."""

    begins_s: int
    ends_s: int


class SetInterval(NamedTuple):
    """Seconds from one uplink of readings to the next: a minute to a day."""

    seconds: int


Command = Ack | Replay | SetInterval


def encode(commands: Sequence[Command]) -> bytes:
    """Raises ValueError for none, too many, and what is out of bounds."""
    payload = b"".join(_encoded(command) for command in commands)
    return _bounded(payload)


def decode(payload: bytes) -> list[Command]:
    """All of them, or ValueError: half a downlink is not obeyed."""
    commands: list[Command] = []
    rest = _bounded(payload)
    while rest:
        if rest[0] not in _SHAPES:
            raise ValueError(f"command {rest[0]} is not known")
        kind, widths = _SHAPES[rest[0]]
        size = 1 + sum(widths)
        if len(rest) < size:
            raise ValueError("broken off: it ends where more must follow")
        commands.append(_checked(kind(*_numbers(rest[1:size], widths))))
        rest = rest[size:]
    return commands


_SHAPES: dict[int, tuple[type[Ack] | type[Replay] | type[SetInterval], tuple[int, ...]]] = {
    1: (Ack, (4, 5)),
    2: (Replay, (4, 4)),
    3: (SetInterval, (3,)),
}


def _encoded(command: Command) -> bytes:
    _checked(command)
    for code, (kind, widths) in _SHAPES.items():
        if isinstance(command, kind):
            numbers = zip(command, widths, strict=True)
            return bytes([code]) + b"".join(n.to_bytes(width, "big") for n, width in numbers)
    raise ValueError(f"{command} is no command")


def _numbers(body: bytes, widths: Sequence[int]) -> list[int]:
    ends = [sum(widths[: place + 1]) for place in range(len(widths))]
    pairs = zip(ends, widths, strict=True)
    return [int.from_bytes(body[end - width : end], "big") for end, width in pairs]


def _checked(command: Command) -> Command:
    if not _is_well(command):
        raise ValueError(f"{command} is out of bounds")
    return command


def _is_well(command: Command) -> bool:
    match command:
        case Ack(epoch, number):
            return 1 <= epoch <= _LATEST_S and 1 <= number <= _LARGEST_NUMBER
        case Replay(begins_s, ends_s):
            span_s = ends_s - begins_s
            return begins_s >= 0 and 1 <= span_s <= MOST_REPLAYED_S and ends_s <= _LATEST_S
        case SetInterval(seconds):
            return LEAST_INTERVAL_S <= seconds <= MOST_INTERVAL_S


def _bounded(payload: bytes) -> bytes:
    if not 1 <= len(payload) <= MOST_BYTES:
        raise ValueError(f"a downlink has 1 to {MOST_BYTES} bytes, this {len(payload)}")
    return payload
