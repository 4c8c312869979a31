"""When to send which bytes to an SDS011.

Reporting mode and working period survive a power cut in the part, so neither is ever written: in
query mode the driver asks, and a part that pauses by itself is refused, with what cures it.
"""

from typing import ClassVar

from drivers.contract import Sample
from drivers.environment.dust import WIRING, DustDriver
from drivers.environment.exchange import Exchange
from drivers.environment.framing import Framing
from drivers.environment.sds011 import codec
from drivers.environment.sds011.codec import Answer, Frame, Measurement
from drivers.errors import WrongDevice
from drivers.quantities import PM2_5, PM10, Quantity

_ASK_EVERY_NS = 3_000_000_000
"""The vendor asks for 3 s between two queries."""

_RUN_ALWAYS = "".join(f"\\x{byte:02x}" for byte in codec.command(codec.PERIOD, 1, 0))


class Sds011(DustDriver[Frame]):
    """PM2.5 and PM10."""

    channels: ClassVar[tuple[Quantity, ...]] = (PM2_5, PM10)
    sleep_command = codec.command(codec.SLEEP, 1, 0)
    wake_command = codec.command(codec.SLEEP, 1, 1) * 2
    """Twice: the first command after sleep may be lost."""

    _on_query = False
    _asked_ns = 0

    def poll(self) -> None:
        super().poll()
        now_ns = self._bus.time.now_ns()
        runs = self._wake_at_ns is None  # a query would wake it
        if self._on_query and runs and now_ns - self._asked_ns >= _ASK_EVERY_NS:
            self._asked_ns = now_ns
            self._bus.write(codec.command(codec.QUERY))

    def _new_parser(self) -> Framing[Frame]:
        return codec.parser()

    def _identify(self) -> None:
        self._exchange = Exchange(self._bus, self._parser, "SDS011", WIRING)
        self._bus.write(self.wake_command)
        self._ask(codec.FIRMWARE)
        period = self._ask(codec.PERIOD).data[1]
        if period:
            raise WrongDevice(
                f"the SDS011 is set to measure only every {period} min",
                "let it run always, PORT being its port: sudo systemctl stop gateway, "
                f"stty -F PORT 9600 raw, printf '{_RUN_ALWAYS}' > PORT",
            )
        self._on_query = self._ask(codec.REPORTING).data[1] == codec.ON_QUERY

    def _ask(self, number: int) -> Answer:
        frame = self._exchange.ask(
            codec.command(number),
            lambda frame: isinstance(frame, Answer) and frame.command == number,
            1.5,
        )
        assert isinstance(frame, Answer)
        return frame

    def _values(self, frame: Frame) -> Sample | None:
        return frame._asdict() if isinstance(frame, Measurement) else None
