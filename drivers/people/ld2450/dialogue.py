"""What is said to an LD2450 at `open`: set multi-target mode, and see that it is one.

An LD2410 answers the same commands, so only a report identifies the part. Bluetooth is left as it
is: switching it off writes flash and takes a restart of the part.
"""

from collections.abc import Callable
from contextlib import suppress

from drivers.bus.ports import Serial
from drivers.errors import BadData, BusError, DriverError, WrongDevice
from drivers.people.ld2450 import codec
from drivers.people.ld2450.codec import Ack, Frame, Report

WIRING = (
    "check 5 V, that TX and RX are crossed (radar TX to gateway RX), and that the radar is set to "
    "256000 baud"
)
_DIALOGUE_NS = 1_000_000_000
_LOOK_EVERY_S = 0.01


class Dialogue:
    """The exchange at `open`, within one second; what came so far tells why it failed."""

    def __init__(self, bus: Serial) -> None:
        self._bus = bus
        self._parser = codec.Parser()
        self._end_ns = bus.time.now_ns() + _DIALOGUE_NS
        self._bytes = 0
        self._reports = 0

    def hold(self) -> None:
        """Set multi-target mode, see a report. A part left in configuration would stay silent."""
        try:
            self._ask(codec.ENABLE_CONFIGURATION, codec.ENABLE_DATA)
            self._ask(codec.MULTI_TARGET)
            self._ask(codec.END_CONFIGURATION)
            self._await(lambda frame: isinstance(frame, Report))
        except DriverError:
            with suppress(BusError):
                self._bus.write(codec.command(codec.END_CONFIGURATION))
            raise

    def _ask(self, word: int, data: bytes = b"") -> None:
        self._bus.write(codec.command(word, data))
        ack = self._await(lambda frame: isinstance(frame, Ack) and frame.word == word)
        if isinstance(ack, Ack) and ack.status:
            raise BadData(
                f"the radar refuses command {word:04x} (status {ack.status})", "power-cycle it"
            )

    def _await(self, wanted: Callable[[Frame], bool]) -> Frame:
        while True:
            data = self._bus.read()
            frames = self._parser.feed(data)
            self._bytes += len(data)
            self._reports += sum(isinstance(frame, Report) for frame in frames)
            for frame in filter(wanted, frames):
                return frame
            if self._bus.time.now_ns() >= self._end_ns:
                raise self._trouble()
            self._bus.time.sleep(_LOOK_EVERY_S)

    def _trouble(self) -> DriverError:
        if not self._bytes:
            return BusError("nothing arrives from the radar", WIRING)
        if not self._reports:
            return WrongDevice(
                f"{self._bytes} bytes arrived, but no report of an LD2450",
                f"another part, or another baud rate: {WIRING}",
            )
        return BusError(
            "the radar reports but does not answer",
            "check the wire from the gateway's TX to the radar's RX",
        )
