"""When to send which bytes to an AMG8833, and what its pictures add up to.

The chip measures by itself, ten frames a second; each `poll` takes the newest in one transfer. It
has no identity: `open` reads its settings and a frame before it writes anything. A real-time clock
or a motion sensor at that address sets bits that an AMG8833 never does, or is hotter than 80 Cel.

A brown-out leaves a chip that measures on with the settings of power-on, and unstable. `open`
writes a mark; once a second the settings are read back. A chip that still has them at the next
`open` of the same driver kept its supply: it is neither reset nor waited for.

    (open) --settings gone, or first open--> warming --15 s--> learning --2 s--> seeing
    (open) --settings are there-------------------------------------------------> seeing
"""

import math
from typing import Annotated, ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.errors import BadData, BusError, WrongDevice
from drivers.people.amg8833 import codec
from drivers.people.thermal import Inward, ThermalCounter
from drivers.quantities import BLIND_TIME, COUNT_IN, COUNT_OUT, TARGETS, Quantity

_RESET_S = 0.05
_FIRST_FRAME_S = 0.2
_HOTTEST = 80
_STABLE_NS = 15_000_000_000
_BLIND_NS = 500_000_000
_GIVE_UP_NS = 3_000_000_000
_STATE_EVERY_NS = 1_000_000_000
_SHOULDER_MM = 1400
_HALF_BODY_MM = 150


class Amg8833Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address` is 0x68 with AD_SELECT to ground, 0x69 with AD_SELECT to supply.

    `mounting_height_mm` is the lens above the floor, looking straight down at the middle of a door
    of `door_width_mm`. `inward`: which side of the chip points inside, "notch" or "opposite"; or
    "left", "right" with the notch up as you look up at it. `threshold` (K) replaces what follows
    from the height; `averaging` lets the chip average two frames.
    """

    address: Literal[0x68, 0x69] = 0x69
    mounting_height_mm: Annotated[int, msgspec.Meta(ge=2200, le=4000)] = 2600
    door_width_mm: Annotated[int, msgspec.Meta(ge=500, le=3000)] = 900
    inward: Inward = "notch"
    threshold: Annotated[float, msgspec.Meta(ge=0.5, le=10)] | None = None
    averaging: bool = False

    def __post_init__(self) -> None:
        needed = self.door_width_mm - 2 * _HALF_BODY_MM
        seen = 2 * math.tan(math.radians(30)) * (self.mounting_height_mm - _SHOULDER_MM)
        if seen < needed:
            raise ValueError(
                f"{self.mounting_height_mm} mm above the floor the picture is {seen:.0f} mm wide "
                f"at the shoulders, too narrow for `door_width_mm: {self.door_width_mm}`: "
                "mount the sensor higher"
            )


class Amg8833(Driver):
    """Counts over the line below the sensor, and `blind_time`.

    Blind is each time of more than 0.5 s without a frame in which people would be seen (start-up,
    no frames, covered or dazzled: drivers/people/thermal.py), less those 0.5 s. `targets` is None
    then.
    """

    channels: ClassVar[tuple[Quantity, ...]] = (COUNT_IN, COUNT_OUT, TARGETS, BLIND_TIME)
    poll_every: ClassVar[float | None] = 0.1
    first_value_s = _STABLE_NS / 1e9 + 3.0

    def __init__(self, bus: I2c, config: Amg8833Config) -> None:
        self._bus = bus
        self._config = config
        self._counter = ThermalCounter(config.mounting_height_mm, config.inward, config.threshold)
        self._last = b""
        self._blind_ns = 0
        self._seen_ns = self._frame_ns = self._asked_ns = self._state_ns = bus.time.now_ns()
        self._stable_ns: int | None = None
        self._open = False

    def open(self) -> None:
        state = self._identify()
        if self._stable_ns is None or not codec.is_set(state, self._config.averaging):
            self._start()
        self._frame_ns = self._state_ns = self._bus.time.now_ns()
        self._open = True

    def poll(self) -> None:
        """Take the newest frame, unless it is the one before or too soon for another."""
        if not self._open:
            raise BusError("read before open")
        now_ns = self._bus.time.now_ns()
        if now_ns - self._asked_ns < codec.FRAME_NS // 2:
            return
        self._asked_ns = now_ns
        if now_ns - self._state_ns >= _STATE_EVERY_NS:
            self._look_after(now_ns)
        data = self._transfer(codec.PIXELS, codec.FRAME_LENGTH)
        if data != self._last:
            pixels = codec.frame(data)
            self._last, self._frame_ns = data, now_ns
            if self._stable_ns is not None and now_ns >= self._stable_ns:
                self._take(pixels, now_ns)

    def read(self) -> Sample:
        """The counts as they stand, with the frame of now if none was taken in the last 0.1 s."""
        if not self._open or self._bus.time.now_ns() - self._asked_ns >= codec.FRAME_NS:
            self.poll()
        now_ns = self._bus.time.now_ns()
        if now_ns - self._frame_ns > _GIVE_UP_NS:
            raise BadData(
                f"the picture has not changed for {(now_ns - self._frame_ns) / 1e9:.0f} s",
                "the chip has stopped: power-cycle the sensor",
            )
        unseen_ns = max(0, now_ns - self._seen_ns - _BLIND_NS)
        count_in, count_out = self._counter.counts
        return {
            "count_in": count_in,
            "count_out": count_out,
            "targets": None if unseen_ns else self._counter.tracker.targets,
            "blind_time": (self._blind_ns + unseen_ns) / 1e9,
        }

    def close(self) -> None:
        self._open = False

    def _identify(self) -> bytes:
        """Returns the settings. Writes only if nothing was measured yet: the chip may sleep."""
        state = self._settings()
        if not codec.chip_word(state):
            self._bus.transfer(self._config.address, codec.NORMAL)
            self._bus.time.sleep(_FIRST_FRAME_S)
            state = self._settings()
        if not 0 < codec.thermistor(codec.chip_word(state)) < _HOTTEST:
            raise self._stranger(f"its chip would have {codec.chip_word(state):03x} in 1/16 Cel")
        return state

    def _settings(self) -> bytes:
        state = self._transfer(codec.STATE, codec.STATE_LENGTH)
        if not codec.is_state(state):
            raise self._stranger(f"settings {state.hex(' ')}")
        try:
            codec.frame(self._transfer(codec.PIXELS, codec.FRAME_LENGTH))
        except BadData as error:
            raise self._stranger(str(error)) from error
        return state

    def _stranger(self, evidence: str) -> WrongDevice:
        return WrongDevice(
            f"no AMG8833 at 0x{self._config.address:02x}: {evidence}",
            "look which part is there: SPS30, clocks and motion sensors share its addresses",
        )

    def _start(self) -> None:
        self._stable_ns = None
        self._counter.learn_anew()
        for command in (codec.NORMAL, codec.RESET):
            self._bus.transfer(self._config.address, command)
            self._bus.time.sleep(_RESET_S)
        settings = (codec.TEN_FRAMES, codec.NO_INTERRUPT)
        for command in (*settings, *codec.averaging(self._config.averaging), codec.MARK):
            self._bus.transfer(self._config.address, command)
        self._stable_ns = self._bus.time.now_ns() + _STABLE_NS

    def _look_after(self, now_ns: int) -> None:
        self._state_ns = now_ns
        state = self._transfer(codec.STATE, codec.STATE_LENGTH)
        if not codec.is_set(state, self._config.averaging):
            raise BadData(
                "the chip has lost its settings: its supply was gone for a moment",
                "check the supply and its wires",
            )

    def _take(self, pixels: list[float], now_ns: int) -> None:
        if self._counter.update(pixels, now_ns):
            self._blind_ns += max(0, now_ns - self._seen_ns - _BLIND_NS)
            self._seen_ns = now_ns

    def _transfer(self, register: int, count: int) -> bytes:
        return self._bus.transfer(self._config.address, bytes([register]), count)
