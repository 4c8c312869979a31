"""When to send which bytes to an SPS30 on its UART.

It has a new measurement every second and is asked for it by every `poll`; the answer is taken in
by the next one, so nothing waits. A reading is the mean of what came since the last one, once 30 s
have passed since the start: so long it takes in clean air. Its fan is made for ten years without
pause.
"""

from contextlib import suppress
from typing import ClassVar

import msgspec

from drivers.bus.ports import Serial
from drivers.contract import Driver, Sample
from drivers.environment.exchange import Exchange, ask_known
from drivers.environment.means import Means
from drivers.environment.sps30_uart import codec
from drivers.environment.sps30_uart.codec import Answer
from drivers.errors import BadData, BusError, WrongDevice
from drivers.quantities import PM1, PM2_5, PM4, PM10, Quantity

_START_UP_NS = 30_000_000_000
_GIVE_UP_NS = 5_000_000_000
_PART = "SPS30"
_WIRING = (
    "check 5 V, that TX and RX are crossed (sensor TX to gateway RX), and that SEL (pin 4) is "
    "open: to ground it speaks I2C"
)
_NEXT = codec.command(codec.READ)


class Sps30UartConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One on a serial port of its own, with SEL (pin 4) left open."""


class Sps30Uart(Driver):
    """PM1, PM2.5, PM4 and PM10."""

    channels: ClassVar[tuple[Quantity, ...]] = (PM1, PM2_5, PM4, PM10)
    poll_every: ClassVar[float | None] = 1.0
    first_value_s = _START_UP_NS / 1e9 + 2

    def __init__(self, bus: Serial, config: Sps30UartConfig) -> None:
        self._bus = bus
        self._parser = codec.Parser()
        self._means = Means()
        self._opened = self._faulty = False
        self._started_ns = self._heard_ns = 0

    def open(self) -> None:
        self._parser, self._means, self._faulty = codec.Parser(), Means(), False
        self._bus.open(codec.BAUDRATE)
        self._identify()
        self._opened = True
        self._command(codec.STOP, b"", (0, codec.NOT_IN_THIS_STATE))
        self._command(codec.START, codec.FLOATS, (0,))
        self._started_ns = self._heard_ns = self._bus.time.now_ns()

    def poll(self) -> None:
        for answer in self._parser.feed(self._bus.read()):
            if answer.command == codec.READ:
                self._take(answer)
        self._bus.write(_NEXT)

    def read(self) -> Sample:
        self.poll()
        silent_ns = self._bus.time.now_ns() - self._heard_ns
        if silent_ns > _GIVE_UP_NS:
            raise BusError(f"no answer for {silent_ns / 1e9:.0f} s", _WIRING)
        self._look_at_faults()
        means = self._means.take()
        return {quantity.name: means.get(quantity.name) for quantity in self.channels}

    def close(self) -> None:
        if self._opened:
            with suppress(BusError):  # the port may be gone, and with it what is to stop
                self._bus.write(codec.command(codec.STOP))
        self._opened = False
        self._bus.close()

    def _take(self, answer: Answer) -> None:
        self._heard_ns = self._bus.time.now_ns()
        if answer.refusal:
            raise BadData("the SPS30 does not measure (was its supply cut?)", "check its supply")
        self._faulty |= answer.faulty
        if not answer.data:
            return
        values = codec.values(answer.data)
        if values is None:
            raise BadData(f"a measurement of {len(answer.data)} bytes instead of 40")
        if self._heard_ns - self._started_ns >= _START_UP_NS:
            self._means.add(values)

    def _look_at_faults(self) -> None:
        """Values of a part without fan or laser are none."""
        if not self._faulty:
            return
        self._faulty = False
        if found := codec.faults(self._ask(codec.STATUS, codec.KEEP).data):
            raise BadData(f"the SPS30 reports: {', '.join(found)}", "look at its fan, replace it")

    def _identify(self) -> None:
        """A part that sleeps is woken by a byte and the command behind it; no other minds them."""
        self._bus.write(b"\xff" + codec.command(codec.WAKE))
        answer = Exchange(self._bus, self._parser, _PART, _WIRING).ask(
            codec.command(codec.TYPE, codec.PRODUCT_TYPE),
            lambda answer: answer.command == codec.TYPE and not answer.refusal,
            1.5,
        )
        found = codec.product_type(answer.data)
        if found != codec.SPS30:
            raise WrongDevice(
                f"SPS30 (type {codec.SPS30}) expected, found a sensor of type {found!r}",
                "look at the sensor, and set its `driver`",
            )

    def _command(self, number: int, data: bytes, well: tuple[int, ...]) -> None:
        refusal = self._ask(number, data).refusal
        if refusal not in well:
            raise BadData(f"the SPS30 refuses command {number:02x} ({refusal:02x})", "power it off")

    def _ask(self, number: int, data: bytes) -> Answer:
        return ask_known(
            self._bus,
            self._parser,
            _PART,
            codec.command(number, data),
            lambda answer: answer.command == number,
        )
