"""What the drivers of all families share: asking, values, and what came down.

A driver writes to a modem only what differs from what it reads there, for that is flash. Data rate
and keys that cannot be read back are written before a join, since a session that goes on has its
own. The modem repeats nothing of its own accord: whoever has the ledger of airtime decides that.
"""

from abc import ABC, abstractmethod
from collections import deque
from typing import ClassVar

from drivers.bus.ports import Serial
from drivers.errors import BadData, DriverError
from drivers.lorawan.contract import (
    Downlink,
    Fate,
    Identity,
    Joined,
    Keys,
    Modem,
    Sent,
    Session,
    Settings,
)
from drivers.lorawan.dialogue import Dialect, End, Outcome, Question
from drivers.lorawan.eu868 import DATA_RATES
from drivers.lorawan.exchange import Exchange
from drivers.lorawan.lines import shown

MOST_DOWNLINKS = 16
SEND_S = 25.0
CONFIRMED_S = 60.0
"""Airtime at DR0 is 2.8 s up and as much down, and RX2 opens 2 s (RxDelay 15: 16 s) after it."""


class SerialModem(Modem, ABC):
    """One family; used by one thread."""

    family: ClassVar[str]
    baudrate: ClassVar[int]
    dialect: ClassVar[Dialect]

    transmissions = 1

    def __init__(self, port: Serial) -> None:
        self._port = port
        self._exchange = Exchange(port, self.dialect, self.family, self.baudrate)
        self._down: deque[Downlink] = deque(maxlen=MOST_DOWNLINKS)
        self._keys: Keys | None = None
        self._settings = Settings()
        self._rekeyed = False

    def open(self) -> Identity:
        self._exchange.open()
        return self._identify()

    def prepare(self, keys: Keys, settings: Settings) -> None:
        self._keys, self._settings = keys, settings
        self._prepare(keys, settings)

    def resume(self, known: Session | None) -> Session | None:
        """A session that was there before other keys were written is none of them."""
        return None if self._rekeyed else self._resume(known)

    def max_payload(self) -> int:
        return DATA_RATES[self._data_rate()].max_payload

    def send(self, port: int, payload: bytes, confirmed: bool = False) -> Sent:
        if not 1 <= port <= 223 or not 1 <= len(payload) <= 242:
            raise ValueError(f"no uplink: {len(payload)} bytes on port {port}")
        self._absorb()
        return self._send(port, payload, confirmed)

    def downlinks(self) -> list[Downlink]:
        self._absorb()
        down = list(self._down)
        self._down.clear()
        return down

    def close(self) -> None:
        self._exchange.close()

    @abstractmethod
    def _identify(self) -> Identity: ...

    @abstractmethod
    def _prepare(self, keys: Keys, settings: Settings) -> None: ...

    @abstractmethod
    def _send(self, port: int, payload: bytes, confirmed: bool) -> Sent: ...

    def _resume(self, known: Session | None) -> Session | None:
        return self.session()

    @abstractmethod
    def _data_rate(self) -> int:
        """Of the next uplink, 0 to 7."""

    @abstractmethod
    def _absorb(self) -> None:
        """Take in what has come by itself."""

    def _value(self, question: Question) -> str:
        """What the first group of its answer's first line says. Raises DriverError."""
        value = self._told(question)
        if value is None:
            raise self._refused(question, "")
        return value

    def _told(self, question: Question) -> str | None:
        """The same; None if the firmware knows no such question."""
        outcome = self._exchange.ask(question)
        if outcome.end is End.REFUSED:
            return None
        match = question.first.fullmatch(outcome.lines[0])
        return match[1] if match else None

    def _do(self, question: Question) -> None:
        outcome = self._exchange.ask(question)
        if outcome.end is End.REFUSED:
            raise self._refused(question, outcome.lines[-1])

    def _not_asked(self, question: Question, outcome: Outcome, said: Sent | None) -> Joined:
        """A join that was refused, if for a reason that passes; else it raises BadData.

        What comes after the modem has begun says nothing of whether it has sent.
        """
        begun = len(outcome.lines) > 1
        if begun or said is None or said.fate not in (Fate.BUSY, Fate.NO_CHANNEL):
            raise self._refused(question, outcome.lines[-1])
        return Joined(refusal=said)

    def _refused(self, question: Question, said: str) -> DriverError:
        told = f"the {self.family} refuses {shown(question.command)!r}"
        return BadData(
            f"{told}: {shown(said)!r}" if said else told,
            "its firmware may be too old: docs/lorawan.md",
        )
