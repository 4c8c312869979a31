"""Presence in the one beam of a TF-Luna or TFmini on a serial port.

The part speaks unasked. `open` sets centimetres, 100 frames a second and output on, as somebody may
have set it otherwise; they are lost with its supply, since what saves them (11) is never sent. A
first TFmini does not know these commands and speaks so anyway.
"""

from typing import Annotated, ClassVar

import msgspec

from drivers.bus.ports import Serial
from drivers.contract import Driver, Sample
from drivers.environment.exchange import Exchange
from drivers.errors import BusError
from drivers.people.beam import Beam
from drivers.people.presence import Presence, Steady
from drivers.people.tf_luna import codec
from drivers.quantities import ACTIVATIONS, BLIND_TIME, MOTION, OCCUPIED_TIME, Quantity

WIRING = (
    "check 5 V, that TX and RX are crossed (lidar TX to gateway RX), that its pin 5 is open, and "
    "that it is set to 115200 baud"
)
_IDENTIFIED_S = 1.0
_HOLDS_NS = 300_000_000
_STUCK_AFTER_NS = 15 * 60 * 1_000_000_000
_GIVE_UP_NS = 3_000_000_000
_STEADY_NS = {True: 20_000_000, False: 40_000_000, None: 100_000_000}
"""Shorter is an outlier, the gap between an arm and the body, or a moment without an echo."""

Far = Annotated[int, msgspec.Meta(ge=600, le=8000)]
Margin = Annotated[int, msgspec.Meta(ge=100, le=1000)]


class TfLunaConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One beam across a door or down to the floor.

    `far_mm`: from the lens to the wall or the floor; without it that is learned in the first two
    seconds. Who is in the beam is nearer than that by more than `margin_mm`.
    """

    far_mm: Far | None = None
    margin_mm: Margin = 200


class TfLuna(Driver):
    """Motion now (1 or 0), and since construction activations, occupied and blind time.

    `motion` is somebody in the beam, an activation each interruption of it. Blind is silence beyond
    0.3 s, no echo of use (sun, dark, too far), a cover, and what stays in the beam after 15 min;
    then `motion` is None.
    """

    first_value_s = 2.5
    channels: ClassVar[tuple[Quantity, ...]] = (MOTION, ACTIVATIONS, OCCUPIED_TIME, BLIND_TIME)
    poll_every: ClassVar[float | None] = 0.2

    def __init__(self, bus: Serial, config: TfLunaConfig) -> None:
        self._bus = bus
        self._config = config
        self._presence = Presence(bus.time.now_ns(), _HOLDS_NS, _STUCK_AFTER_NS)
        self._heard_ns = bus.time.now_ns()
        self._garbage = 0
        self._begin()

    def open(self) -> None:
        self._bus.open(codec.BAUDRATE)
        exchange = Exchange(self._bus, codec.Parser(), "lidar", WIRING)
        settings = codec.FORMAT_CM + codec.RATE + codec.OUTPUT_ON
        exchange.ask(settings, lambda frame: True, _IDENTIFIED_S)
        self._begin()
        self._heard_ns = self._bus.time.now_ns()

    def poll(self) -> None:
        """The newest frame of a batch is of now, those before it are 10 ms apart."""
        data = self._bus.read()
        now_ns = self._bus.time.now_ns()
        frames = self._parser.feed(data)
        self._garbage = 0 if frames else self._garbage + len(data)
        for age, frame in zip(reversed(range(len(frames))), frames, strict=True):
            self._take(frame, now_ns - age * codec.FRAME_NS, now_ns)

    def read(self) -> Sample:
        self.poll()
        now_ns = self._bus.time.now_ns()
        if now_ns - self._heard_ns > _GIVE_UP_NS:
            raise self._no_frame(now_ns - self._heard_ns)
        self._presence.settle(now_ns)
        state = self._presence.state
        return {
            "motion": None if state is None else int(state),
            "activations": self._presence.activations,
            "occupied_time": self._presence.occupied_ns / 1e9,
            "blind_time": self._presence.blind_ns / 1e9,
        }

    def close(self) -> None:
        self._bus.close()

    def _begin(self) -> None:
        """The far side may be another one."""
        self._parser = codec.Parser()
        self._beam = Beam(self._config.far_mm, self._config.margin_mm)
        self._steady = Steady(_STEADY_NS)

    def _take(self, frame: codec.Frame, at_ns: int, now_ns: int) -> None:
        """Polls come unevenly, frames do not: hold them apart, but never ahead of time."""
        at_ns = max(at_ns, self._heard_ns + codec.FRAME_NS // 2)
        if at_ns <= now_ns:
            self._heard_ns = at_ns
            seen = self._beam.see(frame.distance_mm, at_ns)
            self._presence.see(self._steady.see(seen, at_ns), at_ns)

    def _no_frame(self, silent_ns: int) -> BusError:
        came = f"{self._garbage} bytes of something else" if self._garbage else "nothing"
        return BusError(f"no valid frame for {silent_ns / 1e9:.0f} s, {came} came", WIRING)
