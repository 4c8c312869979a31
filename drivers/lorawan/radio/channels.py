"""Which channel an end device may use next: duty cycle by silence, one sub-band at a time.

After a transmission of T its sub-band is silent for T * (1/dc - 1), as LoRaMac-node and most modems
do it. Over a long time that is exactly the duty cycle; an hour that begins with a transmission may
hold a part of one more, less than T * (1 - dc) beyond it. A power cut forgets the silence.
"""

from collections.abc import Sequence
from random import Random

from drivers.lorawan.eu868 import DEFAULT_CHANNELS_HZ, SubBand, sub_band
from drivers.lorawan.radio.events import NoChannel
from drivers.lorawan.radio.session import Channel, Session

JOIN_CHANNELS = tuple(Channel(frequency_hz) for frequency_hz in DEFAULT_CHANNELS_HZ)


class DutyCycle:
    """When each sub-band is free again."""

    def __init__(self) -> None:
        self.exponent = 0
        """Of the limit over all channels (DutyCycleReq): one part in 2 to its power."""
        self._free_ns: dict[SubBand, int] = {}
        self._all_free_ns = 0

    def used(self, frequency_hz: int, ends_ns: int, airtime_ns: int) -> None:
        """Something was sent there, up to `ends_ns`."""
        band = sub_band(frequency_hz)
        self._free_ns[band] = ends_ns + band.off_ns(airtime_ns)
        self._all_free_ns = ends_ns + airtime_ns * ((1 << self.exponent) - 1)

    def free_ns(self, frequency_hz: int) -> int:
        """From when on something may be sent there."""
        return max(self._free_ns.get(sub_band(frequency_hz), 0), self._all_free_ns)


def usable(session: Session, data_rate: int) -> Sequence[Channel]:
    """The channels that the network lets it use at that data rate; the default ones if none."""
    allowed = [
        channel
        for number, channel in enumerate(session.channels)
        if channel
        and session.mask >> number & 1
        and channel.least_data_rate <= data_rate <= channel.most_data_rate
    ]
    return allowed or JOIN_CHANNELS


def choose(
    channels: Sequence[Channel], duty_cycle: DutyCycle | None, now_ns: int, random: Random
) -> Channel:
    """One of those that are free, at random; None enforces nothing. Raises NoChannel."""
    if duty_cycle is None:
        return random.choice(channels)
    free = [channel for channel in channels if duty_cycle.free_ns(channel.frequency_hz) <= now_ns]
    if not free:
        raise NoChannel(free_ns(channels, duty_cycle) - now_ns)
    return random.choice(free)


def free_ns(channels: Sequence[Channel], duty_cycle: DutyCycle | None) -> int:
    """When the first of them is free."""
    if duty_cycle is None:
        return 0
    return min(duty_cycle.free_ns(channel.frequency_hz) for channel in channels)
