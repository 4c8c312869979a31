"""When to send which bytes to an MH-Z19B or MH-Z19C: one question per reading.

The zero calibration (87) at the wrong moment ruins the sensor for good: only a technician lets it
be sent, in air of 400 ppm. The span calibration (88) is never sent. Whether ABC is on is asked
first and written only if it differs.

Theory, warm: the lamp needs 3 min, and until then the sensor says a constant: 400, 410 or 500. When
it got its supply is not known, so the 3 min begin with `open`; a sensor that has since then said
nothing but one of these constants is still warming up, or damaged.
"""

from typing import ClassVar

import msgspec

from drivers.bus.ports import Serial
from drivers.contract import Driver, Recalibration, Sample
from drivers.environment.exchange import Exchange, ask_known
from drivers.environment.mhz19 import codec
from drivers.environment.mhz19.codec import Answer
from drivers.errors import BadData, BusError
from drivers.quantities import CO2, Quantity

WARM_UP_NS = 180_000_000_000
_CONSTANTS = (400.0, 410.0, 500.0)
_PART = "MH-Z19"
_WIRING = (
    "check 5 V (at least 4.9, 150 mA), and that TX and RX are crossed (sensor TX to gateway RX)"
)


class Mhz19Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One on a serial port of its own.

    `abc`: automatic baseline correction. null leaves it as it is (on, from the factory), which is
    right for rooms that stand empty for hours on most days; false for rooms that are never empty,
    whose air it would call fresh.
    """

    abc: bool | None = None


class Mhz19(Driver, Recalibration):
    """CO2."""

    channels: ClassVar[tuple[Quantity, ...]] = (CO2,)
    first_value_s = WARM_UP_NS / 1e9 + 2
    recalibrated: ClassVar[Quantity] = CO2
    references: ClassVar[tuple[float, float]] = (400, 400)
    settles_s = 1200.0
    steady: ClassVar[float] = 40.0

    def __init__(self, bus: Serial, config: Mhz19Config) -> None:
        self._bus = bus
        self._abc = config.abc
        self._parser = codec.parser()
        self._opened_ns = 0
        self._constant: float | None = None
        self._moved = False

    def open(self) -> None:
        self._parser = codec.parser()
        self._bus.open(codec.BAUDRATE)
        self._identify()
        if self._abc is not None:
            self._see_to_abc(self._abc)
        self._opened_ns = self._bus.time.now_ns()
        self._constant, self._moved = None, False

    def read(self) -> Sample:
        self._parser.feed(self._bus.read())  # what came late is no answer to this question
        self._parser = codec.parser()
        co2 = codec.co2(self._ask(codec.READ))
        return {"co2": co2 if self._warm(co2) else None}

    def recalibrate(self, reference: float) -> None:
        """It answers nothing; that it still answers to another question is all there is to see."""
        self._bus.write(codec.command(codec.ZERO_POINT))
        self._bus.time.sleep(0.2)
        self._ask(codec.READ)

    def close(self) -> None:
        self._bus.close()

    def _warm(self, co2: float | None) -> bool:
        if co2 not in _CONSTANTS or self._constant not in (None, co2):
            self._moved = True
        self._constant = co2
        warmed_up = self._bus.time.now_ns() - self._opened_ns >= WARM_UP_NS
        return warmed_up and self._moved

    def _identify(self) -> None:
        Exchange(self._bus, self._parser, _PART, _WIRING).ask(
            codec.command(codec.READ), lambda answer: answer.command == codec.READ, 1.5
        )

    def _see_to_abc(self, wanted: bool) -> None:
        if self._abc_is_on() == wanted:
            return
        self._bus.write(codec.set_abc(wanted))
        self._bus.time.sleep(0.2)
        if self._abc_is_on() != wanted:
            raise BadData("the MH-Z19 does not take `abc`", "leave `abc` out of its options")

    def _abc_is_on(self) -> bool:
        try:
            return codec.abc(self._ask(codec.ABC_STATE))
        except BusError as error:
            raise BadData(
                "this MH-Z19 does not tell whether `abc` is on", "leave `abc` out of its options"
            ) from error

    def _ask(self, number: int) -> Answer:
        return ask_known(
            self._bus,
            self._parser,
            _PART,
            codec.command(number),
            lambda answer: answer.command == number,
        )
