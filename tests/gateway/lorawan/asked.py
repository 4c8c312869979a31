"""A modem that says of each join what a test wants, and a link to it."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

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
from gateway.airtime import Ledger
from gateway.lorawan.link import Link
from gateway.lorawan.state import StateFile
from tests.gateway.simulated_clock import SimulatedClock

KEYS = Keys("70B3D57ED0000001", "B6B53F4A168A7A88BDF7EA135CE9CFCA")
OWN = Session("26011234", 5, 1, 1)


class Asked(Modem):
    """What `answer` says of each join, which takes 7 s; `times`: when it was asked."""

    transmissions = 1

    def __init__(self, clock: SimulatedClock, answer: Callable[[], Joined]) -> None:
        self.answer = answer
        self.times: list[float] = []
        self._clock = clock

    def open(self) -> Identity:
        return Identity("asked", "1", "0004A30B001C0530")

    def prepare(self, keys: Keys, settings: Settings) -> None:
        """Nothing differs."""

    def resume(self, known: Session | None) -> Session | None:
        return None

    def join(self) -> Joined:
        self.times.append(self._clock.now_ns() / 1e9)
        joined = self.answer()
        self._clock.sleep(0.1 if joined.refusal else 7)
        return joined

    def session(self) -> Session | None:
        return OWN

    def max_payload(self) -> int:
        return 222

    def send(self, port: int, payload: bytes, confirmed: bool = False) -> Sent:
        return Sent(Fate.SENT)

    def downlinks(self) -> list[Downlink]:
        return []

    def close(self) -> None:
        """Always possible."""


class Node:
    """A link to that modem, and its files."""

    def __init__(self, folder: Path, answer: Callable[[], Joined]) -> None:
        self.clock = SimulatedClock()
        self.clock.sleep(3600)
        self.modem = Asked(self.clock, answer)
        self._folder = folder
        self.start()

    def start(self) -> None:
        """The program, again; nothing of before was told to end."""
        self.ledger = Ledger(self._folder / "airtime", self.clock, "radio")
        state = StateFile(self._folder / "state", "radio", self.clock)
        self.link = Link(
            "radio", lambda: self.modem, lambda: KEYS, Settings(), self.ledger, state, self.clock
        )

    def run(self, seconds: float) -> None:
        """Let time pass, step by step."""
        end_ns = self.clock.now_ns() + round(seconds * 1e9)
        while self.clock.now_ns() < end_ns:
            self.clock.sleep(min(self.link.ready() or 5.0, 5.0))

    @property
    def joins(self) -> int:
        """As the ledger knows them."""
        return self.ledger.told(0, 3).joins

    @property
    def problems(self) -> set[str]:
        """As they are now."""
        return {one.problem for one in self.link.findings()}


def waits(times: list[float]) -> list[float]:
    """From each to the next."""
    return [later - one for one, later in pairwise(times)]
