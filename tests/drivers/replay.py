"""Ports that say again what a recorder has told: a driver over them counts what it counted then."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from drivers.bus.ports import Edge, Gpio, GpioInput, I2c, OneWire, Pull, Serial
from drivers.bus.resets import ResetLines, no_lines
from drivers.contract import Driver, Sample
from drivers.errors import BusError, BusErrorKind
from drivers.timebase import VirtualTimebase

Event = Mapping[str, Any]


class Tape:
    """The events in their order, and a time that never lags behind the next to be used."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.events = deque(events)
        self.time = VirtualTimebase(self.events[0]["up"])

    def reach(self, up_ns: int) -> None:
        self.time.sleep(max(0, up_ns - self.time.now_ns()) / 1e9)

    def take(self, **asked: object) -> Event:
        """The next event, which is what is asked for. Raises the BusError that it tells of."""
        event = self.events.popleft()
        assert asked.items() <= event.items(), f"asked {asked}, recorded {event}"
        self.reach(event["up"])
        if "error" in event:
            raise BusError("recorded", "", BusErrorKind(event["error"]))
        return event

    def due(self, key: str) -> list[Event]:
        """The next events with that key, up to now."""
        found = []
        while self.events and key in self.events[0] and self.events[0]["up"] <= self.time.now_ns():
            found.append(self.events.popleft())
        return found


class ReplayedI2c(I2c):
    def __init__(self, tape: Tape) -> None:
        self.time, self.resets = tape.time, ResetLines(no_lines)
        self._tape = tape

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        answer = bytes.fromhex(self._tape.take(address=address, write=write.hex())["read"])
        assert len(answer) == read
        return answer

    def close(self) -> None: ...


class ReplayedSerial(Serial):
    def __init__(self, tape: Tape) -> None:
        self.time = tape.time
        self._tape = tape

    def open(self, baudrate: int) -> None:
        self._tape.take(open=baudrate)

    def read(self) -> bytes:
        return b"".join(bytes.fromhex(event["in"]) for event in self._tape.due("in"))

    def write(self, data: bytes) -> None:
        self._tape.take(out=data.hex())

    def close(self) -> None: ...


class ReplayedGpio(Gpio, GpioInput):
    def __init__(self, tape: Tape) -> None:
        self.time = tape.time
        self._tape = tape

    def claim(self, lines: Sequence[int], pull: Pull) -> GpioInput:
        self._tape.take(claim=list(lines), pull=pull)
        return self

    def levels(self) -> dict[int, bool]:
        return {int(line): high for line, high in self._tape.take()["levels"].items()}

    def edges(self) -> list[Edge]:
        due = self._tape.due("line")
        return [Edge(event["up"], event["line"], event["high"]) for event in due]

    def close(self) -> None: ...


class ReplayedOneWire(OneWire):
    def __init__(self, tape: Tape) -> None:
        self.time = tape.time
        self._tape = tape

    def devices(self) -> list[str]:
        return sorted({event["device"] for event in self._tape.events})

    def convert(self, device: str) -> bytes:
        return bytes.fromhex(self._tape.take(device=device)["convert"])

    def close(self) -> None: ...


def replayed(tape: Tape, driver: Driver, settles_s: float = 0.0, spare_s: float = 0.0) -> Sample:
    """What the driver has counted when all was played, and so much time has passed.

    The last `spare_s` of the tape are for the reading.
    """
    last_ns = tape.events[-1]["up"] - round(spare_s * 1e9)
    driver.open()
    while tape.events and tape.events[0]["up"] <= last_ns:
        left = len(tape.events)
        tape.reach(tape.events[0]["up"])
        driver.poll()
        assert len(tape.events) < left, f"nobody wanted {tape.events[0]}"
    tape.time.sleep(settles_s)
    return driver.read()
