"""Ports around a port: whoever uses them notices nothing, and what passes is told, for debugging.

Each event is one mapping that JSON can hold. `up` is ns by the port's time base, of the beginning
of the call, of an edge when it came; bytes are hexadecimal; `error` is a BusErrorKind:

    I2c      {"up", "address", "write", "read"}, or "error" in place of "read"
    Serial   {"up", "open": baud}, {"up", "in"}, {"up", "out"}; with "error" if it failed.
             A read that found nothing is not told
    Gpio     {"up", "claim": [lines], "pull"}, {"up", "levels": {line: is high}},
             {"up", "line", "high"} for an edge; "error": "edges" if some were lost
    OneWire  {"up", "device", "convert"}, or "error" in place of "convert"

Reset lines, and who else is on a 1-wire bus, are not told.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from drivers.bus.ports import Edge, Gpio, GpioInput, I2c, OneWire, Pull, Serial
from drivers.errors import BusError

Event = Mapping[str, object]
Tell = Callable[[Event], None]
"""Takes an event, by the thread of the bus; never waits, never raises."""


class RecordedI2c(I2c):
    """Of a bus, or of one channel of a multiplexer: then without the selecting of it."""

    def __init__(self, port: I2c, tell: Tell) -> None:
        self.time, self.resets = port.time, port.resets
        self._port = port
        self._tell = tell

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        asked = {"up": self.time.now_ns(), "address": address, "write": write.hex()}
        try:
            answer = self._port.transfer(address, write, read)
        except BusError as error:
            self._tell({**asked, "error": error.kind})
            raise
        self._tell({**asked, "read": answer.hex()})
        return answer

    def close(self) -> None:
        self._port.close()


class RecordedSerial(Serial):
    """What goes out, and what has come in at each look."""

    def __init__(self, port: Serial, tell: Tell) -> None:
        self.time = port.time
        self._port = port
        self._tell = tell

    def open(self, baudrate: int) -> None:
        self._told({"up": self.time.now_ns(), "open": baudrate}, self._port.open, baudrate)

    def read(self) -> bytes:
        up_ns = self.time.now_ns()
        try:
            data = self._port.read()
        except BusError as error:
            self._tell({"up": up_ns, "in": "", "error": error.kind})
            raise
        if data:
            self._tell({"up": up_ns, "in": data.hex()})
        return data

    def write(self, data: bytes) -> None:
        self._told({"up": self.time.now_ns(), "out": data.hex()}, self._port.write, data)

    def close(self) -> None:
        self._port.close()

    def _told(self, event: Event, call: Callable[[Any], None], given: object) -> None:
        try:
            call(given)
        except BusError as error:
            self._tell({**event, "error": error.kind})
            raise
        self._tell(event)


class RecordedGpio(Gpio):
    """The lines that are claimed through it, and no others."""

    def __init__(self, port: Gpio, tell: Tell) -> None:
        self.time = port.time
        self._port = port
        self._tell = tell

    def claim(self, lines: Sequence[int], pull: Pull) -> GpioInput:
        event = {"up": self.time.now_ns(), "claim": list(lines), "pull": pull}
        try:
            claimed = self._port.claim(lines, pull)
        except BusError as error:
            self._tell({**event, "error": error.kind})
            raise
        self._tell(event)
        return _RecordedInput(claimed, self)

    def close(self) -> None:
        self._port.close()

    def tell(self, event: Event) -> None:
        """Of one of its lines."""
        self._tell(event)


class _RecordedInput(GpioInput):
    def __init__(self, claimed: GpioInput, gpio: RecordedGpio) -> None:
        self._claimed = claimed
        self._gpio = gpio

    def levels(self) -> dict[int, bool]:
        up_ns = self._gpio.time.now_ns()
        try:
            levels = self._claimed.levels()
        except BusError as error:
            self._gpio.tell({"up": up_ns, "levels": {}, "error": error.kind})
            raise
        self._gpio.tell({"up": up_ns, "levels": levels})
        return levels

    def edges(self) -> list[Edge]:
        up_ns = self._gpio.time.now_ns()
        try:
            edges = self._claimed.edges()
        except BusError:
            self._gpio.tell({"up": up_ns, "error": "edges"})
            raise
        for edge in edges:
            self._gpio.tell({"up": edge.at_ns, "line": edge.line, "high": edge.high})
        return edges

    def close(self) -> None:
        self._claimed.close()


class RecordedOneWire(OneWire):
    """Conversions; `devices` lists others' devices, too."""

    def __init__(self, port: OneWire, tell: Tell) -> None:
        self.time = port.time
        self._port = port
        self._tell = tell

    def devices(self) -> list[str]:
        return self._port.devices()

    def convert(self, device: str) -> bytes:
        asked = {"up": self.time.now_ns(), "device": device}
        try:
            told = self._port.convert(device)
        except BusError as error:
            self._tell({**asked, "error": error.kind})
            raise
        self._tell({**asked, "convert": told.hex()})
        return told

    def close(self) -> None:
        self._port.close()


RECORDERS: Mapping[str, Callable[[Any, Tell], Any]] = {
    "i2c": RecordedI2c,
    "serial": RecordedSerial,
    "gpio": RecordedGpio,
    "onewire": RecordedOneWire,
}
"""By the kind of bus that a part needs."""
