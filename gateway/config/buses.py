"""The buses that a configuration may name."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from drivers.contract import BusKind
from gateway.config.values import AbsolutePath, Name


class I2cPins(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The GPIO lines that an I2C controller takes its bus from."""

    scl: Annotated[int, Meta(ge=0, le=1023, description="The clock line, by its BCM number.")]
    sda: Annotated[int, Meta(ge=0, le=1023, description="The data line, by its BCM number.")]
    chip: Annotated[int, Meta(ge=0, le=255, description="N of /dev/gpiochipN.")] = 0

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if self.scl == self.sda:
            raise ValueError(f"scl and sda are both line {self.scl}")


class I2cBus(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="i2c"
):
    """An I2C bus of this computer."""

    kind: ClassVar[BusKind] = "i2c"
    device: Annotated[AbsolutePath, Meta(description="Its device file.")] = "/dev/i2c-1"
    recovery: Annotated[
        Literal["none", "rebind", "clock"],
        Meta(
            description="What is done while its lines are held: none, the driver of its controller "
            "is taken away and given back (rebind), or the clock is also pulsed meanwhile (clock)."
        ),
    ] = "none"
    pins: Annotated[
        I2cPins | None, Meta(description="Its two lines, for `recovery: clock`; null = unknown.")
    ] = None
    reset_chip: Annotated[
        int,
        Meta(
            ge=0,
            le=255,
            description="N of /dev/gpiochipN, whose lines hold parts of this bus in reset (`xshut` "
            "of a sensor).",
        ),
    ] = 0
    simulated: Annotated[bool, Meta(description="Simulated parts instead of the wire.")] = False

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if self.recovery == "clock" and self.pins is None:
            raise ValueError(
                "`recovery: clock` needs `pins`: {scl: 3, sda: 2} for /dev/i2c-1 of a Raspberry Pi"
            )


class I2cMuxBus(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="i2c-mux"
):
    """One channel of a TCA9548A multiplexer, which is an I2C bus of its own."""

    kind: ClassVar[BusKind] = "i2c"
    parent: Annotated[
        Name, Meta(description="What the multiplexer sits on: a bus of type i2c or i2c-mux.")
    ]
    address: Annotated[
        Literal[0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77],
        Meta(description="That of the multiplexer, by its pins A0 to A2: 0x70 to 0x77."),
    ] = 0x70
    channel: Annotated[int, Meta(ge=0, le=7, description="N of its lines SDn and SCn.")]


class SerialBus(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="serial"
):
    """A serial port, with one part at its end."""

    kind: ClassVar[BusKind] = "serial"
    device: Annotated[
        AbsolutePath,
        Meta(description="Its device file; /dev/serial/by-id/... survives renumbering."),
    ]
    simulated: Annotated[bool, Meta(description="A simulated part instead of the wire.")] = False


class GpioBus(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="gpio"
):
    """The GPIO lines of one chip."""

    kind: ClassVar[BusKind] = "gpio"
    chip: Annotated[int, Meta(ge=0, le=255, description="N of /dev/gpiochipN.")] = 0
    simulated: Annotated[bool, Meta(description="Simulated parts instead of the lines.")] = False

    @property
    def device(self) -> str:
        """Its device file."""
        return f"/dev/gpiochip{self.chip}"


class OneWireBus(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="onewire"
):
    """The 1-wire devices that the kernel has found."""

    kind: ClassVar[BusKind] = "onewire"
    device: Annotated[
        AbsolutePath, Meta(description="Its folder in sysfs, of all 1-wire pins.")
    ] = "/sys/bus/w1/devices"
    simulated: Annotated[bool, Meta(description="Simulated parts instead of the wire.")] = False


RootBus = I2cBus | SerialBus | GpioBus | OneWireBus
"""One that has a device of its own."""

Bus = RootBus | I2cMuxBus
