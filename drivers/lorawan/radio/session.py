"""What a join gives an end device, and what of it outlives a power cut."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from drivers.lorawan.eu868 import DEFAULT_CHANNELS_HZ, RX2_DATA_RATE, RX2_HZ

MOST_CHANNELS = 16
DEFAULT_MASK = 0b111


class Nonces(StrEnum):
    """Where DevNonces come from."""

    COUNTED = "counted"
    """Up from 0 over the device's life, in `Memory` (LoRaWAN 1.0.4): none is ever used twice."""
    RANDOM = "random"
    """At random (LoRaWAN 1.0.2): one of 65,536, so some day one comes twice and is refused."""


class Channel(NamedTuple):
    """A frequency (Hz), and which data rates it takes."""

    frequency_hz: int
    least_data_rate: int = 0
    most_data_rate: int = 5


class Windows(NamedTuple):
    """Where and when the device listens after an uplink."""

    delay_s: int = 1
    rx1_offset: int = 0
    rx2_hz: int = RX2_HZ
    rx2_data_rate: int = RX2_DATA_RATE


def channel_places(more_hz: tuple[int, ...] = ()) -> tuple[Channel | None, ...]:
    """The three that every device has and those of a CFList, in 16 places."""
    known = tuple(Channel(frequency_hz) for frequency_hz in DEFAULT_CHANNELS_HZ + more_hz)
    return known + (None,) * (MOST_CHANNELS - len(known))


@dataclass
class Session:
    """Both counters are those of the next frame (32 bit); keys are 16 bytes.

    `channels` has 16 places, and `mask` a bit for each that may be used.
    """

    dev_addr: int
    nwk_skey: bytes
    app_skey: bytes
    uplink_counter: int = 0
    downlink_counter: int = 0
    windows: Windows = field(default_factory=Windows)
    channels: tuple[Channel | None, ...] = field(default_factory=channel_places)
    mask: int = DEFAULT_MASK
    transmissions: int = 1
    """Of an unconfirmed uplink (NbTrans)."""


@dataclass
class Memory:
    """What outlives a power cut. The MAC writes the DevNonce; the rest is what a family saves."""

    dev_nonce: int = 0
    """The next one, while they are counted."""
    session: Session | None = None
    settings: dict[str, str] = field(default_factory=dict)


def snapshot(session: Session) -> Session:
    """A copy that does not change with the device."""
    return replace(session)
