"""The far end of a serial port, scripted line by line, in virtual time.

`answers` say for each command what comes: lines, or pairs of seconds and a line for what comes
later. `slices` cuts what is read into pieces of some bytes, as a tty does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle

from drivers.bus.ports import Serial
from drivers.errors import BusError
from drivers.timebase import VirtualTimebase

Said = str | tuple[float, str]
Answer = Sequence[Said]
_AT_ONCE_S = 0.03


class FarEnd(Serial):
    def __init__(
        self,
        answers: Mapping[str, Answer] | Callable[[str], Answer],
        slices: Sequence[int] = (),
        unknown: Answer = (),
    ) -> None:
        self.time = VirtualTimebase(1_000_000_000)
        self.answers = answers
        self.unknown = unknown
        self.asked: list[str] = []
        self.baudrate = 0
        self.gone = False
        self.end = b"\r\n"
        self._slices: Iterator[int] | None = cycle(slices) if slices else None
        self._typed = b""
        self._comes: list[tuple[int, bytes]] = []

    def open(self, baudrate: int) -> None:
        self._check()
        self.baudrate = baudrate
        now = self.time.now_ns()
        self._comes = [one for one in self._comes if one[0] > now]

    def write(self, data: bytes) -> None:
        self._check()
        *commands, self._typed = (self._typed + data).split(b"\r\n")
        for command in filter(None, (one.lstrip(b"\xff").decode("latin-1") for one in commands)):
            self.asked.append(command)
            self.say(*self._answer(command))

    def read(self) -> bytes:
        self._check()
        now = self.time.now_ns()
        due = b"".join(data for at, data in self._comes if at <= now)
        self._comes = [one for one in self._comes if one[0] > now]
        if self._slices is None:
            return due
        first = next(self._slices)
        if due[first:]:
            self._comes.insert(0, (now, due[first:]))
        return due[:first]

    def close(self) -> None:
        self.baudrate = 0

    def say(self, *lines: Said) -> None:
        """By itself, or as an answer: each line after its seconds."""
        for line in lines:
            after, text = (_AT_ONCE_S, line) if isinstance(line, str) else line
            self.say_bytes(text.encode("latin-1") + self.end, after)

    def say_bytes(self, data: bytes, after_s: float = _AT_ONCE_S) -> None:
        at = self.time.now_ns() + round(after_s * 1e9)
        self._comes.append((at, data))
        self._comes.sort(key=lambda one: one[0])

    def _answer(self, command: str) -> Answer:
        if callable(self.answers):
            return self.answers(command)
        return self.answers.get(command, self.unknown)

    def _check(self) -> None:
        if self.gone:
            raise BusError("the adapter is unplugged")
