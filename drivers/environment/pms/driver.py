"""When to send which bytes to a PMS5003 or PMS7003.

It is told to speak by itself at `open` and with every wake-up: passive mode may be left from
another program, and neither mode nor sleep survives a power cut.
"""

from typing import ClassVar

from drivers.contract import Sample
from drivers.environment.dust import WIRING, DustDriver
from drivers.environment.exchange import Exchange
from drivers.environment.framing import Framing
from drivers.environment.pms import codec
from drivers.environment.pms.codec import Frame, Measurement
from drivers.quantities import PM1, PM2_5, PM10, Quantity

_ANSWERS_WITHIN_S = 6.0
"""The fan starts, then up to 2.3 s pass between frames while the air is steady."""


class Pms(DustDriver[Frame]):
    """PM1, PM2.5 and PM10 in the atmosphere."""

    channels: ClassVar[tuple[Quantity, ...]] = (PM1, PM2_5, PM10)
    sleep_command = codec.command(codec.SLEEP, 0)
    wake_command = codec.command(codec.SLEEP, 1) + codec.command(codec.MODE, 1)

    def _new_parser(self) -> Framing[Frame]:
        return codec.parser()

    def _identify(self) -> None:
        exchange = Exchange(self._bus, self._parser, "PMS5003/PMS7003", WIRING)
        exchange.ask(
            self.wake_command, lambda frame: isinstance(frame, Measurement), _ANSWERS_WITHIN_S
        )

    def _values(self, frame: Frame) -> Sample | None:
        return codec.values(frame) if isinstance(frame, Measurement) else None
