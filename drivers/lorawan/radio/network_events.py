"""What a network server tells the platforms behind it; times are UTC (ns)."""

from enum import StrEnum
from typing import NamedTuple

from drivers.lorawan.radio.air import Levels
from drivers.lorawan.radio.membership import Queued, Registration


class UplinkHeard(NamedTuple):
    """A new data frame; a frame that came again is not told again. `port` None: it had none."""

    device: Registration
    key_id: bytes
    dev_addr: int
    counter: int
    port: int | None
    payload: bytes
    confirmed: bool
    adr: bool
    data_rate: int
    frequency_hz: int
    airtime_ns: int
    levels: Levels
    utc_ns: int


class DeviceJoined(NamedTuple):
    """A JoinRequest was accepted."""

    device: Registration
    key_id: bytes
    dev_addr: int
    utc_ns: int


class Fate(StrEnum):
    """What became of a downlink of an application."""

    QUEUED = "queued"
    SENT = "sent"
    ACKNOWLEDGED = "ack"
    UNACKNOWLEDGED = "nack"
    FAILED = "failed"


class DownlinkFate(NamedTuple):
    """`counter` None as long as it was not sent."""

    device: Registration
    key_id: bytes
    dev_addr: int
    item: Queued
    fate: Fate
    counter: int | None
    utc_ns: int


NetworkEvent = UplinkHeard | DeviceJoined | DownlinkFate
