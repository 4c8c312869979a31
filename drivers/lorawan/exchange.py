"""A dialogue over a serial port: all waiting is by the port's time."""

import re
from collections import deque

from drivers.bus.ports import Serial
from drivers.errors import BadData, BusError, BusErrorKind, DriverError, WrongDevice
from drivers.lorawan.dialogue import MOST_EVENTS, Dialect, Dialogue, End, Outcome, Question
from drivers.lorawan.lines import shown

LOOK_EVERY_S = 0.02

_SPOKEN = {
    "rn2483": re.compile(r"RN\d{4} .*|invalid_param"),
    "lora-e5": re.compile(r"\+[A-Z0-9]+: .*"),
    "rak3172": re.compile(r"AT\+[A-Z]+=.*|\+EVT:.*|AT_COMMAND_NOT_FOUND"),
    "la66": re.compile(r"Dragino .*|[A-Z]{2}[0-9]{3}\S* v[0-9.]+"),
}
"""How each family speaks, to tell somebody who has another one."""


class Exchange:
    """With a modem of `family`, the name by which people know it."""

    def __init__(self, port: Serial, dialect: Dialect, family: str, baudrate: int) -> None:
        self._port = port
        self._dialogue = Dialogue(dialect)
        self._family = family
        self._baudrate = baudrate
        self._events: deque[str] = deque(maxlen=MOST_EVENTS)
        self._opened = False

    def open(self) -> None:
        """Open the port, or open it again; what came before is forgotten. Raises BusError."""
        self._port.open(self._baudrate)
        self._dialogue.forget()
        self._events.clear()
        self._opened = True

    def close(self) -> None:
        """May be called at any time."""
        self._opened = False
        self._port.close()

    def ask(self, question: Question) -> Outcome:
        """Answered or refused. Raises DriverError if neither, or if the modem restarts."""
        if not self._opened:
            raise BusError(f"the {self._family} is not open", "open it first")
        self._look()
        self._write(self._dialogue.ask(question, self._now_ns()))
        while self._dialogue.outcome is None:
            self._look()
            if self._dialogue.outcome is None:
                self._port.time.sleep(LOOK_EVERY_S)
        outcome = self._dialogue.outcome
        if outcome.end is End.RESTARTED:
            raise self._restarted()
        if outcome.end is End.SILENT:
            raise self._trouble(question)
        return outcome

    def wait(self, pattern: re.Pattern[str], seconds: float) -> list[str]:
        """Events up to the one like `pattern`, oldest first; all that came if there was none.

        What came before, and was not taken by `events`, counts too. Raises BusError.
        """
        end_ns = self._now_ns() + round(seconds * 1e9)
        came: list[str] = []
        while True:
            self._look()
            while self._events:
                came.append(self._events.popleft())
                if pattern.fullmatch(came[-1]):
                    return came
            if self._dialogue.restarted:
                raise self._restarted()
            if self._now_ns() >= end_ns:
                return came[-MOST_EVENTS:]
            self._port.time.sleep(LOOK_EVERY_S)

    def events(self) -> list[str]:
        """What has come by itself since it was last taken, oldest first. Never waits."""
        self._look()
        events = list(self._events)
        self._events.clear()
        return events

    def _look(self) -> None:
        self._write(self._dialogue.step(self._port.read(), self._now_ns()))
        self._events.extend(self._dialogue.take_events())

    def _write(self, data: bytes) -> None:
        if data:
            self._port.write(data)

    def _now_ns(self) -> int:
        return self._port.time.now_ns()

    def _restarted(self) -> DriverError:
        return BusError(
            f"the {self._family} has restarted by itself",
            "it needs 3.3 V also while it sends (0.1 A): short wires, a good supply",
        )

    def _trouble(self, question: Question) -> DriverError:
        said = shown(question.command)
        strays = list(self._dialogue.strays)
        if not self._dialogue.bytes:
            wiring = (
                f"check its supply, TX and RX (crossed), and its speed of {self._baudrate} baud"
            )
            told = f"nothing arrives from the {self._family}: no answer to {said!r}"
            return BusError(told, wiring, BusErrorKind.NO_ANSWER)
        for family, speech in _SPOKEN.items():
            if family != self._family and any(speech.fullmatch(line) for line in strays):
                return WrongDevice(
                    f"not a {self._family}: it speaks like a {family}",
                    f"write `modem: {family}`, or ask what is there: gateway scan",
                )
        heard = ", ".join(repr(shown(line)) for line in strays) or "no whole line"
        came = f"{self._dialogue.bytes} bytes: {heard}"
        return BadData(
            f"no answer of the {self._family} to {said!r}, but {came}",
            "check its wires; another part or another speed sounds so too: gateway scan",
        )
