"""Two TF-Lunas on one I2C bus, side by side across a door: who went which way.

Each poll reads both, one transfer each. Settings are only written where they differ, and saved
nowhere. A part that lost its supply, or stands still, shows by ticks that do not go on.
"""

from typing import Annotated, ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.errors import BadData, BusError, WrongDevice
from drivers.people.beam import Beam
from drivers.people.beams import TwoBeams
from drivers.people.tf_luna_pair import codec
from drivers.quantities import BLIND_TIME, COUNT_IN, COUNT_OUT, Quantity

_STANDS_NS = 500_000_000

Address = Literal[0x10, 0x11, 0x12, 0x13]


class TfLunaPairConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two beams across a door at the height of the hip, one behind the other along the way.

    `address` is that of the outer one, `inner_address` of the inner one; without it that is the
    other one of 0x10 and 0x11, or of 0x12 and 0x13. Both are delivered with 0x10, so one of them
    has to be set to another once before. `spacing_mm` is between the beams, less than a body is
    deep.
    `far_mm`: from the lenses to the other side of the door; without it that is learned in the first
    two seconds. Who is in a beam is nearer than that by more than `margin_mm`.
    """

    address: Address = 0x10
    inner_address: Address | None = None
    spacing_mm: Annotated[int, msgspec.Meta(ge=50, le=250)] = 100
    far_mm: Annotated[int, msgspec.Meta(ge=600, le=3000)] | None = None
    margin_mm: Annotated[int, msgspec.Meta(ge=100, le=1000)] = 200

    def __post_init__(self) -> None:
        if self.address == self.inner_address:
            raise ValueError("`address` and `inner_address` must be two addresses")

    @property
    def addresses(self) -> tuple[int, int]:
        """Of the outer and the inner one."""
        inner = self.address ^ 1 if self.inner_address is None else self.inner_address
        return self.address, inner


class TfLunaPair(Driver):
    """Counts of who went through both beams; `blind_time` as `drivers.people.beams` tells it."""

    channels: ClassVar[tuple[Quantity, ...]] = (COUNT_IN, COUNT_OUT, BLIND_TIME)
    poll_every: ClassVar[float | None] = 0.02

    def __init__(self, bus: I2c, config: TfLunaPairConfig) -> None:
        self._bus = bus
        self._config = config
        self._beams = TwoBeams(bus.time.now_ns())
        self._lidars: tuple[_Lidar, _Lidar] | None = None

    def open(self) -> None:
        self.close()
        outer, inner = self._config.addresses
        lidars = self._lidar(outer, "outer"), self._lidar(inner, "inner")
        for lidar in lidars:
            lidar.open()
        self._lidars = lidars

    def poll(self) -> None:
        if self._lidars is None:
            raise BusError("read before open")
        outer, inner = (lidar.look() for lidar in self._lidars)
        self._beams.see(outer, inner, self._bus.time.now_ns())

    def read(self) -> Sample:
        self.poll()
        return {
            "count_in": self._beams.counted_in,
            "count_out": self._beams.counted_out,
            "blind_time": self._beams.blind_ns / 1e9,
        }

    def close(self) -> None:
        """They measure on, which harms nobody."""
        self._lidars = None

    def _lidar(self, address: int, name: str) -> "_Lidar":
        beam = Beam(self._config.far_mm, self._config.margin_mm)
        return _Lidar(self._bus, address, name, beam)


class _Lidar:
    """One of the two."""

    def __init__(self, bus: I2c, address: int, name: str, beam: Beam) -> None:
        self._bus = bus
        self._address = address
        self._what = f"the {name} TF-Luna at 0x{address:02x}"
        self._beam = beam
        self._ticks: int | None = None
        self._ticked_ns = bus.time.now_ns()
        self._broken: bool | None = None

    def open(self) -> None:
        """Raises WrongDevice before anything is written."""
        if self._read(codec.SIGNATURE, len(codec.LUNA)) != codec.LUNA:
            raise WrongDevice(
                f"no TF-Luna at 0x{self._address:02x}: its signature is missing",
                "a VEML7700 has address 0x10 too: look at the part",
            )
        for register, wanted in codec.SETTINGS:
            if self._read(register, len(wanted)) != wanted:
                self._bus.transfer(self._address, bytes([register]) + wanted)
        self._ticked_ns = self._bus.time.now_ns()

    def look(self) -> bool | None:
        """Whether something is in the beam, by what was measured last; None = nobody can tell."""
        found = codec.measurement(self._read(codec.MEASUREMENT, codec.MEASUREMENT_LENGTH))
        now_ns = self._bus.time.now_ns()
        if found.ticks != self._ticks:
            self._ticks, self._ticked_ns = found.ticks, now_ns
            self._broken = self._beam.see(found.distance_mm, now_ns)
        elif now_ns - self._ticked_ns > _STANDS_NS:
            raise BadData(
                f"{self._what} has not measured for {(now_ns - self._ticked_ns) / 1e9:.1f} s",
                "check its 5 V supply and the length of the cable; power-cycle it",
            )
        return self._broken

    def _read(self, register: int, count: int) -> bytes:
        return self._bus.transfer(self._address, bytes([register]), count)
