"""Two zones of a VL53L1X over a door, measured in turn.

Each poll reads what is ready in one transfer and starts the other zone with a second one. They are
single measurements, since a part that ranges by itself takes a new zone when it likes, and then
nobody can say whose distance it was. A part that lost its supply measures nothing any more, because
nobody has started it; that, and a look at its settings each ten seconds, shows the loss.
"""

from typing import Annotated, ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.errors import BadData, BusError
from drivers.people.heads import Echo, Geometry, NoDistance
from drivers.people.vl53l1x import address, codec, mounting
from drivers.people.zones import INNER, OUTER, TwoZones
from drivers.quantities import BLIND_TIME, COUNT_IN, COUNT_OUT, Quantity

SUN_KCPS = 5000
FARTHEST_MM = 4500
_MODE: codec.Mode = "long"
_LOOK_S = 0.005
_LOOKS = 100
_OVERDUE_NS = 500_000_000
_CHECK_NS = 10_000_000_000
_REFUSED_OFTEN = 20
_ACTIVE_HIGH = 0x01

Spad = Annotated[int, msgspec.Meta(ge=0, le=255)]


class Vl53l1xConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """It hangs over the door and looks down, `mounting_height_mm` above the floor.

    `inward` is the way of who comes in: from zone a to zone b, or the other way round. `mount` says
    how the part is turned. What is lower than `head_height_mm` is nobody, unless it is higher than
    three quarters of it and as short as shoulders are. `xshut` is the GPIO line
    (BCM number) at its XSHUT, which several on one bus need, each with another `address`. Only to
    try things out: `zone_width` (in SPADs), `zone_centres` (SPAD numbers of a and b), `near_mm` (a
    head is nearer than that).
    """

    mounting_height_mm: Annotated[int, msgspec.Meta(ge=1900, le=3500)]
    door_width_mm: Annotated[int, msgspec.Meta(ge=400, le=2000)] = 900
    head_height_mm: Annotated[int, msgspec.Meta(ge=600, le=1500)] = 1080
    inward: Literal["a_to_b", "b_to_a"] = "a_to_b"
    mount: mounting.Mount = "parallel"
    timing_budget_ms: Literal[20, 33, 50] = 20
    address: Annotated[int, msgspec.Meta(ge=0x08, le=0x77)] = address.DEFAULT
    xshut: Annotated[int, msgspec.Meta(ge=0, le=27)] | None = None
    zone_width: mounting.Width | None = None
    zone_centres: tuple[Spad, Spad] | None = None
    near_mm: Annotated[int, msgspec.Meta(ge=300, le=3000)] | None = None

    def __post_init__(self) -> None:
        widest = mounting.widest_door(self.mounting_height_mm)
        if self.door_width_mm > widest:
            raise ValueError(
                f"at {self.mounting_height_mm} mm it sees all of a door up to {widest} mm: mount "
                "it higher, or narrow the way"
            )

    @property
    def width(self) -> mounting.Width:
        """Of a zone, in SPADs."""
        return self.zone_width or mounting.zone_width(self.mounting_height_mm)


class Vl53l1x(Driver):
    """Counts of who went through below; `blind_time` as `drivers.people.zones` tells it."""

    channels: ClassVar[tuple[Quantity, ...]] = (COUNT_IN, COUNT_OUT, BLIND_TIME)
    poll_every: ClassVar[float | None] = 0.025

    def __init__(self, bus: I2c, config: Vl53l1xConfig) -> None:
        self._bus = bus
        self._config = config
        if config.xshut is not None:
            bus.resets.add(config.xshut)
        a, b = _looks(config)
        self._looks = (a, b) if config.inward == "a_to_b" else (b, a)
        self._zones = TwoZones(_geometry(config), bus.time.now_ns())
        self._budget_ns = config.timing_budget_ms * 1_000_000
        self._zone = OUTER
        self._started_ns: int | None = None
        self._checked_ns = 0
        self._refused = [0, 0]
        self._asks_first = False

    def open(self) -> None:
        self.close()
        address.take(self._bus, self._config.address, self._config.xshut)
        self._await(codec.FIRMWARE, "it does not start")
        self._write(codec.SETTINGS, codec.SETTINGS_BLOCK)
        self._range_once()
        for register, data in codec.mode_and_budget(_MODE, self._config.timing_budget_ms):
            self._write(register, data)
        self._refused = [0, 0]
        self._checked_ns = self._bus.time.now_ns()
        self._measure(OUTER, self._checked_ns)
        self._zones.miss(self._checked_ns)

    def poll(self) -> None:
        if self._started_ns is None:
            raise BusError("read before open")
        now_ns = self._bus.time.now_ns()
        waited_ns = now_ns - self._started_ns
        if waited_ns < self._budget_ns:
            return
        result = self._result()
        if result is None:
            self._watch(waited_ns)
            return
        zone, at_ns = self._zone, self._started_ns + self._budget_ns
        self._measure(INNER if zone == OUTER else OUTER, now_ns)
        self._zones.see(zone, self._echo(zone, result), at_ns)
        self._check_settings(now_ns)

    def read(self) -> Sample:
        self.poll()
        self._zones.settle(self._bus.time.now_ns())
        return {
            "count_in": self._zones.counted_in,
            "count_out": self._zones.counted_out,
            "blind_time": self._zones.blind_ns / 1e9,
        }

    def close(self) -> None:
        """What it measures by then nobody reads, and it stops by itself."""
        self._started_ns = None

    def _range_once(self) -> None:
        """The first ranging calibrates the part; it also shows how the part tells a new result."""
        self._write(codec.INTERRUPT_CLEAR, codec.CLEAR + codec.TIMED)
        self._await(codec.READY, "its first measurement does not end")
        told = codec.result(self._read(codec.RESULT, codec.RESULT_LENGTH)).ready
        self._write(codec.INTERRUPT_CLEAR, codec.CLEAR)
        self._write(codec.START, codec.STOP)
        # That bits 0 to 2 of 0x0088 follow the interrupt is unconfirmed: where they don't, ask it.
        cleared = not codec.result(self._read(codec.RESULT, codec.RESULT_LENGTH)).ready
        self._asks_first = not (told and cleared)
        for register, data in codec.AFTER_FIRST_RANGING:
            self._write(register, data)

    def _await(self, register: int, trouble: str) -> None:
        """Until bit 0 of it is set: booted, or ready while the pin is active high."""
        for _ in range(_LOOKS):
            if self._read(register, 1)[0] & 1:
                return
            self._bus.time.sleep(_LOOK_S)
        raise BadData(
            f"{trouble} in {_LOOK_S * _LOOKS} s", "check its 3.3 V supply; power-cycle it"
        )

    def _result(self) -> codec.Result | None:
        """None = the measurement is still going on."""
        if self._asks_first and not codec.is_ready(_ACTIVE_HIGH, self._read(codec.READY, 1)[0]):
            return None
        result = codec.result(self._read(codec.RESULT, codec.RESULT_LENGTH))
        return result if result.ready or self._asks_first else None

    def _measure(self, zone: int, now_ns: int) -> None:
        self._bus.transfer(self._config.address, codec.measure(self._looks[zone]))
        self._zone, self._started_ns = zone, now_ns

    def _watch(self, waited_ns: int) -> None:
        if waited_ns > _OVERDUE_NS:
            raise BadData(
                f"a measurement has not ended after {waited_ns / 1e9:.1f} s",
                "it may have lost its supply: check 3.3 V and the length of the cable",
            )

    def _echo(self, zone: int, result: codec.Result) -> Echo:
        refused = result.status == codec.BAD_ROI
        self._refused[zone] = self._refused[zone] + 1 if refused else 0
        if self._refused[zone] >= _REFUSED_OFTEN:
            raise BadData(
                "the part refuses its zones (status 13): they are not within its array",
                "take `zone_centres` and `zone_width` out of the options",
            )
        return _echo(result)

    def _check_settings(self, now_ns: int) -> None:
        if now_ns - self._checked_ns < _CHECK_NS:
            return
        self._checked_ns = now_ns
        wanted = codec.timing(_MODE, self._config.timing_budget_ms)
        if self._read(codec.TIMING, codec.TIMING_LENGTH) != wanted:
            raise BadData(
                "the part has lost its settings",
                "check its 3.3 V supply and the length of the cable",
            )

    def _read(self, register: int, count: int) -> bytes:
        return self._bus.transfer(self._config.address, codec.index(register), count)

    def _write(self, register: int, data: bytes) -> None:
        self._bus.transfer(self._config.address, codec.index(register) + data)


def _looks(config: Vl53l1xConfig) -> tuple[codec.Zone, codec.Zone]:
    return mounting.zones(config.mount, config.width, config.zone_centres)


def _geometry(config: Vl53l1xConfig) -> Geometry:
    geometry = mounting.geometry(config.mounting_height_mm, config.head_height_mm, config.width)
    if config.near_mm is None:
        return geometry
    near_mm = geometry.height(config.near_mm)
    return geometry._replace(head_mm=near_mm, low_mm=near_mm)


def _echo(result: codec.Result) -> Echo:
    """Bright light takes the echo away: only in the dark is no echo the same as nobody."""
    if result.status == codec.OK and result.distance_mm <= FARTHEST_MM:
        return float(result.distance_mm)
    nothing = result.status in (codec.SIGNAL, codec.PHASE, codec.WRAPPED)
    dark = result.ambient_kcps < SUN_KCPS
    return NoDistance.NOTHING if nothing and dark else NoDistance.UNUSABLE
