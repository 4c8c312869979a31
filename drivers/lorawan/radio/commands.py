"""MAC commands of LoRaWAN 1.0.3 (section 5), both ways: bytes to what they say and back.

A request and its answer share an identifier. A body is one little-endian number, whose parts stand
here in the order of their bits, the lowest first; frequencies are in units of 100 Hz. Commands
follow each other without lengths, so what stands behind an unknown one cannot be read.
"""

from dataclasses import astuple, dataclass
from typing import TypeVar

KEEP = 15
"""Data rate or power of LinkADRReq: as it is."""
ALL_CHANNELS = 6
"""ChMaskCntl: all that are defined; 0: those of the mask."""
BATTERY_UNKNOWN = 255
UNIT_HZ = 100


@dataclass(frozen=True, slots=True)
class LinkCheckReq:
    """The device asks how well it is heard."""


@dataclass(frozen=True, slots=True)
class LinkCheckAns:
    """Margin in dB, and how many gateways heard the question."""

    margin: int
    gateways: int


@dataclass(frozen=True, slots=True)
class LinkADRReq:
    """The network sets data rate, power, channels (a bit each) and transmissions (NbTrans)."""

    power: int = KEEP
    data_rate: int = KEEP
    mask: int = 0
    transmissions: int = 0
    mask_control: int = ALL_CHANNELS


@dataclass(frozen=True, slots=True)
class LinkADRAns:
    """What was taken, a bit each: channels, data rate, power. All, or nothing is changed."""

    taken: int


@dataclass(frozen=True, slots=True)
class DutyCycleReq:
    """The device may send one part in 2 to the power of `exponent`, over all channels."""

    exponent: int


@dataclass(frozen=True, slots=True)
class DutyCycleAns:
    """It has been set."""


@dataclass(frozen=True, slots=True)
class RXParamSetupReq:
    """Data rate of RX2, by how much that of RX1 is lower than the uplink's, frequency of RX2."""

    rx2_data_rate: int
    rx1_offset: int
    reserved: int
    frequency: int


@dataclass(frozen=True, slots=True)
class RXParamSetupAns:
    """What was taken, a bit each: frequency, data rate of RX2, offset of RX1."""

    taken: int


@dataclass(frozen=True, slots=True)
class DevStatusReq:
    """The network asks how the device is."""


@dataclass(frozen=True, slots=True)
class DevStatusAns:
    """Battery 1 to 254 (0: none, 255: unknown), SNR of the request (dB, 6 bit two's complement)."""

    battery: int
    snr: int


@dataclass(frozen=True, slots=True)
class NewChannelReq:
    """A channel beside the three of the region; frequency 0 takes it away."""

    number: int
    frequency: int
    least_data_rate: int = 0
    most_data_rate: int = 5


@dataclass(frozen=True, slots=True)
class NewChannelAns:
    """What was taken, a bit each: frequency, data rates."""

    taken: int


@dataclass(frozen=True, slots=True)
class RXTimingSetupReq:
    """Seconds from the end of an uplink to RX1; RX2 is one later. 0 stands for 1."""

    delay_s: int


@dataclass(frozen=True, slots=True)
class RXTimingSetupAns:
    """It has been set."""


@dataclass(frozen=True, slots=True)
class DeviceTimeReq:
    """The device asks for the time at which this uplink ends."""


@dataclass(frozen=True, slots=True)
class DeviceTimeAns:
    """GPS seconds and 1/256 of it, at the end of the uplink that asked."""

    seconds: int
    fraction: int


Upward = (
    LinkCheckReq
    | LinkADRAns
    | DutyCycleAns
    | RXParamSetupAns
    | DevStatusAns
    | NewChannelAns
    | RXTimingSetupAns
    | DeviceTimeReq
)
Downward = (
    LinkCheckAns
    | LinkADRReq
    | DutyCycleReq
    | RXParamSetupReq
    | DevStatusReq
    | NewChannelReq
    | RXTimingSetupReq
    | DeviceTimeAns
)

Command = TypeVar("Command", Upward, Downward)

# By identifier: the type, and the bits of its parts.
_UP: dict[int, tuple[type[Upward], tuple[int, ...]]] = {
    0x02: (LinkCheckReq, ()),
    0x03: (LinkADRAns, (8,)),
    0x04: (DutyCycleAns, ()),
    0x05: (RXParamSetupAns, (8,)),
    0x06: (DevStatusAns, (8, 8)),
    0x07: (NewChannelAns, (8,)),
    0x08: (RXTimingSetupAns, ()),
    0x0D: (DeviceTimeReq, ()),
}
_DOWN: dict[int, tuple[type[Downward], tuple[int, ...]]] = {
    0x02: (LinkCheckAns, (8, 8)),
    0x03: (LinkADRReq, (4, 4, 16, 4, 4)),
    0x04: (DutyCycleReq, (8,)),
    0x05: (RXParamSetupReq, (4, 3, 1, 24)),
    0x06: (DevStatusReq, ()),
    0x07: (NewChannelReq, (8, 24, 4, 4)),
    0x08: (RXTimingSetupReq, (8,)),
    0x0D: (DeviceTimeAns, (32, 8)),
}
_CIDS = {form: cid for table in (_UP, _DOWN) for cid, (form, _) in table.items()}
_BITS = {form: bits for table in (_UP, _DOWN) for form, bits in table.values()}


def cid(command: Upward | Downward) -> int:
    """Its identifier, which a request and its answer share."""
    return _CIDS[type(command)]


def pack(command: Upward | Downward) -> bytes:
    """Raises ValueError if a part does not fit its bits."""
    number, at = 0, 0
    for part, bits in zip(astuple(command), _BITS[type(command)], strict=True):
        if not 0 <= part < 1 << bits:
            raise ValueError(f"{part} does not fit {bits} bits of {command}")
        number, at = number | part << at, at + bits
    return bytes([cid(command)]) + number.to_bytes(at // 8, "little")


def read_up(data: bytes) -> tuple[list[Upward], bytes]:
    """What a device says, and the rest that nobody understands."""
    return _read(data, _UP)


def read_down(data: bytes) -> tuple[list[Downward], bytes]:
    """What a network says, and the rest that nobody understands."""
    return _read(data, _DOWN)


def _read(
    data: bytes, table: dict[int, tuple[type[Command], tuple[int, ...]]]
) -> tuple[list[Command], bytes]:
    commands = []
    while data and data[0] in table:
        form, bits = table[data[0]]
        end = 1 + sum(bits) // 8
        if len(data) < end:
            break
        commands.append(form(*_parts(int.from_bytes(data[1:end], "little"), bits)))
        data = data[end:]
    return commands, data


def _parts(number: int, bits: tuple[int, ...]) -> list[int]:
    parts = []
    for width in bits:
        parts.append(number & ((1 << width) - 1))
        number >>= width
    return parts
